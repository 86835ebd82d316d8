import { pduOf } from '../../matrix/event.ts'
import { eventIdOf } from '../../matrix/hashes.ts'
import { isEventId, isRoomId } from '../../matrix/ids.ts'
import { isJsonObject, ownValue, parseJson, STORED, type JsonObject } from '../../matrix/json.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import { asVerified } from '../../matrix/verify-event.ts'
import type { CheckedPdu } from '../../rooms/receive/check-pdus.ts'
import type { Receiver } from '../../rooms/receive/receive.ts'
import type { Room } from '../../rooms/room.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import { isServerIn } from '../../rooms/servers-in-room.ts'
import type { InboundPduRow } from '../../store/federation/inbound.ts'
import type { PartialJoins } from '../membership/partial-joins.ts'
import type { ServerAcls } from '../server-acls.ts'
import type { Task } from './backlog.ts'
import type { OutsideEnds } from './outside-ends.ts'

export interface InboundPdusParts {
  readonly rooms: Rooms
  readonly receiver: Receiver
  readonly serverAcls: ServerAcls
  readonly outsideEnds: OutsideEnds
  readonly partialJoins: Pick<PartialJoins, 'whole'>
  readonly serverName: string
}

/** An event that passed the first checks, for a room. */
export interface AwaitedPdu { readonly room: number, readonly checked: CheckedPdu }

/** An event that is written down. */
export interface StagedPdu extends Task {
  readonly origin: string
  readonly eventId: string
  readonly json: string
  readonly isAuthorised: boolean
  /** Undefined where it was read back. */
  readonly checked?: CheckedPdu
}

/** What became of each event so far, by id (Server-Server API, PUT /send). */
export type PduResults = Record<string, { readonly error?: string }>

export interface FirstChecks {
  readonly passed: readonly AwaitedPdu[]
  readonly results: PduResults
}

/** What a row costs in memory besides its text. */
const OVERHEAD = 1_000

/** Events of other servers on their way into rooms. */
export class InboundPdus {
  readonly #parts: InboundPdusParts

  constructor(parts: InboundPdusParts) {
    this.#parts = parts
  }

  /** What needs no more than the events themselves, the keys of who signed them, and the rules of the room on servers. */
  async check(origin: string, pdus: readonly JsonObject[]): Promise<FirstChecks> {
    const byRoom = Map.groupBy(pdus, (pdu) => roomIdOf(pdu) ?? '')
    const rooms = await this.#parts.rooms.findAll([...byRoom.keys()].filter(isRoomId))
    const results = Object.create(null) as PduResults
    // Keys that cannot be had are waited for in all rooms at the same time.
    const passed = await Promise.all([...byRoom].map(([roomId, ofRoom]) => (
      this.#checkIn(rooms.get(roomId), roomId, { origin, pdus: ofRoom, results })
    )))
    return { passed: passed.flat(), results }
  }

  async #checkIn(
    room: Room | undefined, roomId: string,
    { origin, pdus, results }: { readonly origin: string, readonly pdus: readonly JsonObject[], readonly results: PduResults },
  ): Promise<AwaitedPdu[]> {
    if (room === undefined || !isServerIn(room, this.#parts.serverName)) {
      await this.#parts.outsideEnds.take(roomId, pdus)
      return []
    }
    if (!this.#parts.serverAcls.allows(room, origin)) {
      for (const pdu of pdus) note(results, eventIdOf(pdu, room.version), 'The room excludes this server.')
      return []
    }
    const checked = await this.#parts.receiver.check(room, pdus)
    for (const each of checked) note(results, each.eventId, each.ok ? undefined : each.reason)
    return checked.flatMap((each) => each.ok ? [{ room: room.nid, checked: each }] : [])
  }

  /** The remaining checks of events of one room, which is left what passes them. */
  async take(nid: number, staged: readonly StagedPdu[]): Promise<void> {
    const room = await this.#parts.rooms.findByNid(nid)
    if (room === undefined || !isServerIn(room, this.#parts.serverName)) return
    await this.#parts.partialJoins.whole(room.roomId)
    for (const [origin, ofOrigin] of runsOf(staged)) {
      await this.#parts.receiver.take(room, ofOrigin.flatMap((pdu) => pdu.checked ?? readBack(pdu, room)), { origin })
    }
  }
}

/** A PDU that was just written down under a number, with what the checks found out of it. */
export function stagedPdu({ checked }: AwaitedPdu, nid: number, origin: string): StagedPdu {
  const { eventId, canonical: json, isAuthorised } = checked
  return { nid, origin, eventId, json, isAuthorised, checked, size: json.length * 3 + OVERHEAD }
}

/** The same of one that was read again, which is parsed when its turn comes. */
export function stagedPduOf({ nid, origin, event_id: eventId, json, is_authorised: isAuthorised }: InboundPduRow): StagedPdu {
  return { nid, origin, eventId, json, isAuthorised, size: json.length + OVERHEAD }
}

/** It was checked before it was written down. */
function readBack({ eventId, json, isAuthorised }: StagedPdu, { version }: { readonly version: RoomVersion }): CheckedPdu[] {
  const parsed = parseJson(json, STORED)
  if (!parsed.ok || !isJsonObject(parsed.value)) return []
  return [{ ok: true, eventId, pdu: asVerified(pduOf(parsed.value, version, eventId)), canonical: json, isAuthorised }]
}

function roomIdOf(pdu: JsonObject): string | undefined {
  const roomId = ownValue(pdu, 'room_id')
  return typeof roomId === 'string' ? roomId : undefined
}

function note(results: PduResults, eventId: string | undefined, error: string | undefined): void {
  if (eventId !== undefined && isEventId(eventId)) results[eventId] = error === undefined ? {} : { error }
}

/** What came from one server in a row stays together. */
function runsOf(staged: readonly StagedPdu[]): [origin: string, StagedPdu[]][] {
  const runs: [origin: string, StagedPdu[]][] = []
  for (const pdu of staged) {
    const last = runs.at(-1)
    if (last?.[0] === pdu.origin) last[1].push(pdu)
    else runs.push([pdu.origin, [pdu]])
  }
  return runs
}
