import { federationEndpoint } from '../http/endpoint.ts'
import { preSerialized } from '../http/reply.ts'
import { canonicalJson } from '../matrix/canonical-json.ts'
import { signJson } from '../matrix/signing.ts'
import type { Services } from '../services.ts'

const DAY_MS = 86_400_000

/** `GET /_matrix/key/v2/server`: our keys, signed with themselves. Specification: Server-Server API, 3.2.1 Publishing Keys. */
export function getServerKey({ clock, config, signingKey }: Pick<Services, 'clock' | 'config' | 'signingKey'>) {
  return federationEndpoint('getServerKey', async () => {
    const keys = {
      server_name: config.serverName,
      valid_until_ts: clock.now() + DAY_MS,
      verify_keys: { [signingKey.keyId]: { key: signingKey.publicKey } },
      old_verify_keys: {},
    }
    return preSerialized(canonicalJson(signJson(keys, config.serverName, signingKey)))
  })
}
