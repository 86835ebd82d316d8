import { readPdu, wireText, type Pdu } from '../../matrix/event.ts'
import type { JsonObject } from '../../matrix/json.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import { listSignatures } from '../../matrix/signing.ts'
import {
  findAuthorisingServer, isSignedBy, listRequiredSigners, verifyEvent, type FindServerKey, type VerifiedPdu,
} from '../../matrix/verify-event.ts'
import { yieldToLoop } from '../../util/yield.ts'
import type { KeyWanted, ServerKeys } from '../server-keys.ts'

/** An event that passed the checks that need nothing but itself and keys. */
export interface CheckedPdu {
  readonly ok: true
  readonly eventId: string
  readonly pdu: VerifiedPdu
  /** Canonical JSON as it is stored and sent on; of the redacted form where the content was not the one that was signed. */
  readonly canonical: string
  /** Whether the server that a restricted join names has signed it. */
  readonly isAuthorised: boolean
}

export interface RefusedPdu {
  readonly ok: false
  /** Undefined where it could not be told. */
  readonly eventId: string | undefined
  readonly reason: string
}

export type Checked = CheckedPdu | RefusedPdu

export interface RoomIdentity { readonly roomId: string, readonly version: RoomVersion }

/** So many signatures are checked before others get their turn. */
const CHECKED_TOGETHER = 16

/**
 * Checks 1 to 3 on receipt of PDUs: what fails the first or second is dropped, what fails the third goes on redacted
 * (Server-Server API, Checks performed on receipt of a PDU). In the order of the events.
 */
export async function checkPdus(room: RoomIdentity, pdus: readonly JsonObject[], keys: ServerKeys): Promise<Checked[]> {
  const formed = pdus.map((json) => checkFormat(room, json))
  const wanted = formed.flatMap((each) => each.ok ? listKeys(each.pdu, room.version) : [])
  const findKey = await keys.load(unique(wanted))
  const checked: Checked[] = []
  for (const [index, each] of formed.entries()) {
    if (index % CHECKED_TOGETHER === CHECKED_TOGETHER - 1) await yieldToLoop()
    checked.push(each.ok ? checkSignaturesAndHash(room, each.pdu, findKey) : each)
  }
  return checked
}

/** Check 1: it is a valid event of the room's version, and of this room. */
function checkFormat({ roomId, version }: RoomIdentity, json: JsonObject): { readonly ok: true, readonly pdu: Pdu } | RefusedPdu {
  const { unsigned: _, ...signed } = json
  const read = readPdu(signed, version)
  if (!read.ok) return { ok: false, eventId: undefined, reason: read.message }
  const { pdu } = read
  if (pdu.roomId !== roomId) return { ok: false, eventId: pdu.eventId, reason: 'It is of another room.' }
  // The database holds no NUL in the names by which state is found.
  const isStorable = !`${pdu.type}${pdu.stateKey ?? ''}${pdu.sender}`.includes('\0')
  return isStorable ? read : { ok: false, eventId: pdu.eventId, reason: 'A name in it holds NUL.' }
}

/** Checks 2 and 3: the right servers have signed it, and what it contains is what they signed. */
function checkSignaturesAndHash({ version }: RoomIdentity, pdu: Pdu, findKey: FindServerKey): Checked {
  const { eventId } = pdu
  const verified = verifyEvent(pdu, version, findKey)
  if (!verified.ok) return { ok: false, eventId, reason: `The signature of ${verified.serverName} is missing or wrong.` }
  const authoriser = findAuthorisingServer(pdu, version)
  return {
    ok: true, eventId,
    pdu: verified.pdu,
    canonical: wireText(verified.pdu.json),
    isAuthorised: authoriser === undefined || isSignedBy(pdu, version, authoriser, findKey),
  }
}

function listKeys(pdu: Pdu, version: RoomVersion): KeyWanted[] {
  const authoriser = findAuthorisingServer(pdu, version)
  const signers = new Set([...listRequiredSigners(pdu, version), ...authoriser === undefined ? [] : [authoriser]])
  return [...signers].flatMap((serverName) => (
    listSignatures(pdu.json, serverName).map(({ keyId }) => ({ serverName, keyId, validAt: pdu.originServerTs }))
  ))
}

/** Of one key, the latest time at which it is wanted: what is valid then was valid before. */
function unique(wanted: readonly KeyWanted[]): KeyWanted[] {
  const latest = new Map<string, KeyWanted>()
  for (const each of wanted) {
    const name = `${each.serverName} ${each.keyId}`
    if ((latest.get(name)?.validAt ?? Number.NEGATIVE_INFINITY) < each.validAt) latest.set(name, each)
  }
  return [...latest.values()]
}
