import { canonicalJson } from '../matrix/canonical-json.ts'
import { forbidden } from '../matrix/errors.ts'
import type { Pdu } from '../matrix/event.ts'
import { eventSignedText } from '../matrix/hashes.ts'
import { isJsonObject, ownValue, type JsonObject } from '../matrix/json.ts'
import { listSignatures, verifyKeyFromBase64, verifyText, withSignature, type VerifyKey } from '../matrix/signing.ts'
import { allow, reject, type Verdict } from '../matrix/verdict.ts'
import type { SignedNext } from './build-next.ts'
import type { Room } from './room.ts'
import { isServerIn } from './servers-in-room.ts'

export type PolicyAnswer = { readonly ok: true, readonly signature: string } | { readonly ok: false, readonly message: string }

/** Port: asks policy servers. */
export interface PolicyServers {
  /** The signature of the server on an event, under its key for that. */
  sign(serverName: string, event: JsonObject): Promise<PolicyAnswer>
}

interface PolicyServer { readonly serverName: string, readonly key: VerifyKey }

const KEY_ID = 'ed25519:policy_server'
const TYPE = 'm.room.policy'

/**
 * The server that has to recommend an event for a room, if one does: it is named with its key and has somebody in the room.
 * What names it needs no recommendation, so that a room can be rid of it (Server-Server API, Policy Servers).
 */
export function findPolicyServer(
  room: Pick<Room, 'pendingState' | 'servers'>, event: { readonly type: string, readonly stateKey?: string | undefined },
): PolicyServer | undefined {
  const content = room.pendingState(TYPE)?.content
  if (content === undefined || (event.type === TYPE && event.stateKey === '')) return undefined
  const [via, keys] = [ownValue(content, 'via'), ownValue(content, 'public_keys')]
  const publicKey = isJsonObject(keys) ? ownValue(keys, 'ed25519') : undefined
  if (typeof via !== 'string' || typeof publicKey !== 'string' || !isServerIn(room, via)) return undefined
  const key = verifyKeyFromBase64(publicKey.replaceAll('-', '+').replaceAll('_', '/'))
  return key === undefined ? undefined : { serverName: via, key }
}

/** Check 7 on receipt: whether the room's policy server, where it has one, recommends an event. It is asked where it has not said. */
export async function checkPolicy(servers: PolicyServers, room: Room, { type, stateKey, json }: Pdu): Promise<Verdict> {
  const server = findPolicyServer(room, { type, stateKey })
  if (server === undefined) return allow
  const text = eventSignedText(json, room.version)
  const isSigned = listSignatures(json, server.serverName).some(({ keyId, signature }) => (
    keyId === KEY_ID && verifyText(text, signature, server.key)
  ))
  if (isSigned) return allow
  const answer = await servers.sign(server.serverName, json)
  if (answer.ok && verifyText(text, answer.signature, server.key)) return allow
  return reject(`${server.serverName} does not recommend the event${answer.ok ? '' : `: ${answer.message}`}.`)
}

/** An event of ours with the signature of the policy server that it needs. Throws M_FORBIDDEN where it is not given. */
export async function recommended(servers: PolicyServers, room: Room, signed: SignedNext): Promise<SignedNext> {
  const { type, stateKey, json } = signed.pdu
  const server = findPolicyServer(room, { type, stateKey })
  if (server === undefined) return signed
  const answer = await servers.sign(server.serverName, json)
  if (!answer.ok) throw forbidden(`The policy server of the room does not allow this: ${answer.message}`)
  if (!verifyText(eventSignedText(json, room.version), answer.signature, server.key)) {
    throw forbidden('The policy server of the room gave a wrong signature.')
  }
  const whole = withSignature(json, server.serverName, { keyId: KEY_ID, signature: answer.signature })
  return { ...signed, pdu: { ...signed.pdu, json: whole }, canonical: canonicalJson(whole) }
}
