import type { Pdu } from './event.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from './json.ts'
import type { FindState } from './room-state.ts'
import { listSignatures, signedText, verifyKeyFromBase64, verifyText } from './signing.ts'
import { allow, reject, type Verdict } from './verdict.ts'

const KEYS_MAX = 20

/**
 * An invite that redeems a third-party invite: it must be for this user, by who made the third-party invite, and signed by
 * one of the keys that the room knows from it (each room version, Authorisation rules, "If content has third_party_invite").
 */
export function authorizeThirdPartyInvite(
  event: Pick<Pdu, 'sender'>, target: string, signed: JsonValue | undefined, findState: FindState,
): Verdict {
  if (!isJsonObject(signed)) return reject('The third-party invite is not signed.')
  const token = ownValue(signed, 'token')
  const mxid = ownValue(signed, 'mxid')
  if (typeof token !== 'string' || mxid === undefined) return reject('The signed part names no user or no token.')
  if (mxid !== target) return reject('The third-party invite is for another user.')
  const invite = findState('m.room.third_party_invite', token)
  if (invite === undefined) return reject('The room has no such third-party invite.')
  if (invite.sender !== event.sender) return reject('The third-party invite is of another sender.')
  return isSignedByKeys(signed, listPublicKeys(invite.content)) ? allow : reject('The third-party invite has no right signature.')
}

/** The keys of an `m.room.third_party_invite`: one by itself and a list of them. */
function listPublicKeys(content: JsonObject): readonly string[] {
  const list = ownValue(content, 'public_keys')
  const entries = Array.isArray(list) ? list : []
  const keys = entries.map((entry) => isJsonObject(entry) ? ownValue(entry, 'public_key') : undefined)
  return [ownValue(content, 'public_key'), ...keys].filter((key) => typeof key === 'string').slice(0, KEYS_MAX)
}

function isSignedByKeys(signed: JsonObject, publicKeys: readonly string[]): boolean {
  const text = signedText(signed)
  const signatures = ownValue(signed, 'signatures')
  const entities = isJsonObject(signatures) ? Object.keys(signatures) : []
  const all = entities.flatMap((entity) => listSignatures(signed, entity)).slice(0, KEYS_MAX)
  return publicKeys.some((publicKey) => {
    const key = verifyKeyFromBase64(publicKey)
    return key !== undefined && all.some(({ signature }) => verifyText(text, signature, key))
  })
}
