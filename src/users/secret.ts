import { createHash } from 'node:crypto'
import type { Random } from '../util/random.ts'

/** What a secret is good for; it can be told by its prefix, also by scanners for leaked secrets. */
export type SecretKind = 'access' | 'refresh' | 'login' | 'openid' | 'setup'

const PREFIXES: Readonly<Record<SecretKind, string>> = {
  access: 'hearth_',
  refresh: 'hearth_refresh_',
  login: 'hearth_login_',
  openid: 'hearth_openid_',
  setup: 'hearth_setup_',
}

/** A secret of 256 random bits, with the digest under which it is stored: the secret itself is kept nowhere. */
export function newSecret(kind: SecretKind, random: Random): { secret: string, digest: Buffer } {
  const secret = PREFIXES[kind] + random.bytes(32).toString('base64url')
  return { secret, digest: digestOf(secret) }
}

/** What is kept of a secret: enough to know it again, and nothing to use it with. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
