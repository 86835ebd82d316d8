import { pduOf, type Pdu } from './event.ts'
import { eventSignedText, hasRightContentHash } from './hashes.ts'
import { serverNameOf } from './ids.ts'
import { isJsonObject, ownValue } from './json.ts'
import { redactEvent } from './redaction.ts'
import type { RoomVersion } from './room-versions.ts'
import { listSignatures, verifyTextAside, type VerifyKey } from './signing.ts'

declare const verified: unique symbol

/** An event whose format, signatures and hashes were checked, or that we built. Nothing else gets into a room. */
export type VerifiedPdu = Pdu & { readonly [verified]: true }

/** A public key of a server and how long it may be trusted; for a key of the past, when it expired. */
export interface ServerKey {
  readonly key: VerifyKey
  readonly validUntilTs: number
}

export type FindServerKey = (serverName: string, keyId: string) => ServerKey | undefined

export type VerifiedEvent =
  | { readonly ok: true, readonly pdu: VerifiedPdu, readonly redacted: boolean }
  | { readonly ok: false, readonly reason: 'bad-signature', readonly serverName: string }

/**
 * Checks 2 and 3 on receipt of a PDU: an event without the right signatures is to be dropped; one whose content hash
 * is wrong goes on in its redacted form (Server-Server API, Validating hashes and signatures on received events).
 */
export async function verifyEvent(pdu: Pdu, version: RoomVersion, findKey: FindServerKey): Promise<VerifiedEvent> {
  const text = eventSignedText(pdu.json, version)
  for (const serverName of listRequiredSigners(pdu, version)) {
    if (!await isSignedText(text, pdu, version, serverName, findKey)) return { ok: false, reason: 'bad-signature', serverName }
  }
  if (hasRightContentHash(pdu.json)) return { ok: true, pdu: asVerified(pdu), redacted: false }
  return { ok: true, pdu: asVerified(pduOf(redactEvent(pdu.json, version), version, pdu.eventId)), redacted: true }
}

/** Marks an event that we built and signed, or that was verified before it was stored. */
export function asVerified(pdu: Pdu): VerifiedPdu {
  return pdu as VerifiedPdu
}

/**
 * The servers whose signatures the event needs: the sender's, unless it is an invite from a third-party invite, which
 * another server may send; and in room versions 1 and 2 the server that gave the event its id.
 */
export function listRequiredSigners(pdu: Pdu, version: RoomVersion): readonly string[] {
  const signers = new Set<string>()
  const ofSender = serverNameOf(pdu.sender)
  if (ofSender !== undefined && !isThirdPartyInvite(pdu)) signers.add(ofSender)
  const ofEventId = version.eventIdFormat === 'given' ? serverNameOf(pdu.eventId) : undefined
  if (ofEventId !== undefined) signers.add(ofEventId)
  return [...signers]
}

/** The server that has to vouch for a restricted join (room version 8, Authorisation rules), if the event names one. */
export function findAuthorisingServer(pdu: Pdu, version: RoomVersion): string | undefined {
  const user = ownValue(pdu.content, 'join_authorised_via_users_server')
  const applies = version.restrictedJoins && pdu.type === 'm.room.member' && typeof user === 'string'
  return applies ? serverNameOf(user) : undefined
}

/** Whether the event bears a right signature of the server, by a key that was valid when the event was made. */
export function isSignedBy(pdu: Pdu, version: RoomVersion, serverName: string, findKey: FindServerKey): Promise<boolean> {
  return isSignedText(eventSignedText(pdu.json, version), pdu, version, serverName, findKey)
}

/** By a signature of a key that is known at least, and none of those may be wrong (appendices, Checking for a Signature). */
async function isSignedText(
  text: string, { json, originServerTs }: Pdu, version: RoomVersion, serverName: string, findKey: FindServerKey,
): Promise<boolean> {
  const checks = listSignatures(json, serverName).flatMap(({ keyId, signature }) => {
    const found = findKey(serverName, keyId)
    // Room version 5: a key that was not valid when the event was made is treated like an unknown one.
    const isKnown = found !== undefined && !(version.enforcesKeyValidity && found.validUntilTs < originServerTs)
    return isKnown ? [verifyTextAside(text, signature, found.key)] : []
  })
  return checks.length > 0 && (await Promise.all(checks)).every((isRight) => isRight)
}

function isThirdPartyInvite(pdu: Pdu): boolean {
  const { type, content } = pdu
  return type === 'm.room.member' && content['membership'] === 'invite' && isJsonObject(ownValue(content, 'third_party_invite'))
}
