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

interface Formed {
  readonly ok: true
  readonly pdu: Pdu
}

/** So many events are looked at before others get their turn. */
const FORMED_TOGETHER = 64
/** So many are handed at once to other threads, which check the signatures; and so many such lots wait there at most. */
const CHECKED_TOGETHER = 32
const LOTS_MAX = 16

/**
 * Checks 1 to 3 on receipt of PDUs: what fails the first or second is dropped, what fails the third goes on redacted
 * (Server-Server API, Checks performed on receipt of a PDU). In the order of the events.
 */
export async function checkPdus(room: RoomIdentity, pdus: readonly JsonObject[], keys: ServerKeys): Promise<Checked[]> {
  const formed: (Formed | RefusedPdu)[] = []
  const wanted = new Map<string, KeyWanted>()
  for (const [index, json] of pdus.entries()) {
    if (index % FORMED_TOGETHER === FORMED_TOGETHER - 1) await yieldToLoop()
    const each = checkFormat(room, json)
    if (each.ok) addKeys(wanted, each.pdu, room.version)
    formed.push(each)
  }
  const findKey = await keys.load([...wanted.values()])
  const checked: Checked[] = []
  const lots: Promise<Checked[]>[] = []
  for (let at = 0; at < formed.length; at += CHECKED_TOGETHER) {
    if (at > 0) await yieldToLoop()
    if (lots.length === LOTS_MAX) checked.push(...await lots.shift() ?? [])
    lots.push(Promise.all(formed.slice(at, at + CHECKED_TOGETHER).map((each) => (
      each.ok ? checkSignaturesAndHash(room, each.pdu, findKey) : each
    ))))
  }
  for (const lot of lots) checked.push(...await lot)
  return checked
}

/** Check 1: it is a valid event of the room's version, and of this room. */
function checkFormat({ roomId, version }: RoomIdentity, json: JsonObject): Formed | RefusedPdu {
  const { unsigned: _, ...signed } = json
  const read = readPdu(signed, version)
  if (!read.ok) return { ok: false, eventId: undefined, reason: read.message }
  const { eventId, roomId: ofRoom } = read.pdu
  return ofRoom === roomId ? read : { ok: false, eventId, reason: 'It is of another room.' }
}

/** Checks 2 and 3: the right servers have signed it, and what it contains is what they signed. */
async function checkSignaturesAndHash({ version }: RoomIdentity, pdu: Pdu, findKey: FindServerKey): Promise<Checked> {
  const { eventId } = pdu
  const verified = await verifyEvent(pdu, version, findKey)
  if (!verified.ok) return { ok: false, eventId, reason: `The signature of ${verified.serverName} is missing or wrong.` }
  const authoriser = findAuthorisingServer(pdu, version)
  return {
    ok: true, eventId,
    pdu: verified.pdu,
    canonical: wireText(verified.pdu.json),
    isAuthorised: authoriser === undefined || await isSignedBy(pdu, version, authoriser, findKey),
  }
}

/** Of one key, the latest time at which it is wanted: what is valid then was valid before. */
function addKeys(latest: Map<string, KeyWanted>, pdu: Pdu, version: RoomVersion): void {
  const authoriser = findAuthorisingServer(pdu, version)
  const signers = new Set([...listRequiredSigners(pdu, version), ...authoriser === undefined ? [] : [authoriser]])
  for (const serverName of signers) {
    for (const { keyId } of listSignatures(pdu.json, serverName)) {
      const name = `${serverName} ${keyId}`
      const validAt = pdu.originServerTs
      if ((latest.get(name)?.validAt ?? Number.NEGATIVE_INFINITY) < validAt) latest.set(name, { serverName, keyId, validAt })
    }
  }
}
