import type { Config } from '../config/config.ts'
import { findSigningKey, makeSigningKey } from '../config/signing-key-file.ts'
import type { SigningKey } from '../matrix/signing.ts'
import type { Db } from '../store/database.ts'
import { hasRooms } from '../store/rooms/rooms.ts'
import { findServerFact, setServerFact } from '../store/server-info.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { OperatorError } from '../util/operator-error.ts'
import type { Random } from '../util/random.ts'

export interface KeyParts {
  readonly db: Db
  readonly config: Pick<Config, 'federation' | 'signingKeyPath'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** The public half of a key as the database remembers it. */
interface RememberedKey { readonly keyId: string, readonly publicKey: string }

/**
 * The key that this server signs with. A new server gets one. Where another one has been in use it is never replaced unasked:
 * others could not check any more what was signed with it (Server-Server API, Publishing Keys). Errors: OperatorError.
 */
export async function settleSigningKey({ db, config, clock, random, log }: KeyParts): Promise<SigningKey> {
  const { signingKeyPath: path, federation: { oldVerifyKeys } } = config
  const remembered = parse(await findServerFact(db, 'verify_key'))
  const found = await findSigningKey(path)
  if (found === undefined && (remembered !== undefined || await hasRooms(db))) throw new OperatorError(complain(path, remembered, clock))
  const key = found ?? await makeSigningKey(path, random)
  const isSame = remembered?.keyId === key.keyId && remembered.publicKey === key.publicKey
  if (remembered === undefined || isSame || oldVerifyKeys.some(({ keyId }) => keyId === remembered.keyId)) {
    if (!isSame) await setServerFact(db, 'verify_key', `${key.keyId} ${key.publicKey}`)
  } else {
    log.warn(
      { signingKeyPath: path },
      `The signing key is another one (${key.keyId}) than before; ${askToPublish(remembered, clock)}`,
    )
  }
  return key
}

function complain(path: string, remembered: RememberedKey | undefined, clock: Clock): string {
  const last = remembered === undefined ? 'others cannot check then what was signed with the old one.' : askToPublish(remembered, clock)
  return `There is no signing key at ${path}, but this server has one (${remembered?.keyId ?? 'it has rooms'}), by which others know it. `
    + 'Put the file back from a backup, where it is called signing.key, or name the place where it is with signing_key_path. '
    + `Only if it is lost for good: "npx hearth generate-key" makes another one; ${last}`
}

const askToPublish = ({ keyId, publicKey }: RememberedKey, clock: Clock): string =>
  'so that others can still check what was signed with the old one, write into the configuration: '
  + `federation: { old_verify_keys: [{ key_id: "${keyId}", public_key: "${publicKey}", expired_ts: ${clock.now()} }] }`

function parse(fact: string | undefined): RememberedKey | undefined {
  const [keyId, publicKey] = fact?.split(' ') ?? []
  return keyId === undefined || publicKey === undefined ? undefined : { keyId, publicKey }
}
