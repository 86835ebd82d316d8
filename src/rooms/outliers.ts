import type { RoomVersion } from '../matrix/room-versions.ts'
import type { StateEvent } from '../matrix/room-state.ts'
import type { Db } from '../store/database.ts'
import { findHeaders } from '../store/rooms/known-events.ts'
import type { Names } from '../store/names.ts'
import { insertOutliers, type OutlierRow } from '../store/rooms/outliers.ts'
import { yieldToLoop } from '../util/yield.ts'
import type { AuthChains } from './auth-chains/auth-chains.ts'
import type { EventCache } from './event-cache.ts'
import type { EventNumbers } from './event-numbers.ts'
import { storable } from './event-rows.ts'
import type { CheckedPdu } from './receive/check-pdus.ts'
import { inOrder } from './receive/in-order.ts'
import { checkByAuthEvents, isOtherCreate, type CitedState } from './receive/judge.ts'

export interface OutliersParts {
  readonly db: Db
  readonly names: Names
  readonly events: EventCache
  readonly numbers: EventNumbers
  readonly chains: AuthChains
  now(): number
}

export interface OutlierRoom {
  readonly nid: number
  readonly roomId: string
  readonly version: RoomVersion
}

/** An event that can be cited: one of ours, or one that is about to be. */
export interface KnownState extends CitedState {
  readonly nid: number
}

const WRITTEN_TOGETHER = 200
const ATTEMPTS_MAX = 5
const OUTLIER = 3
const REJECTED = 1

/**
 * Takes in events apart from the course of a room: state that others tell us, and what authorises it. They are judged by
 * their own auth events alone; nobody sees them.
 */
export class Outliers {
  readonly #parts: OutliersParts

  constructor(parts: OutliersParts) {
    this.#parts = parts
  }

  /**
   * Writes those that are new and can be judged, since all that they cite is known or among them. `create` stands for the
   * create event in rooms where none cites it.
   */
  async store(room: OutlierRoom, given: readonly CheckedPdu[], create: StateEvent | undefined): Promise<void> {
    // Where somebody else has written one of them meanwhile, what is left is judged by what is known then.
    for (let attempt = 1; !await this.#storeUnknown(room, given, create); attempt += 1) {
      if (attempt === ATTEMPTS_MAX) throw new Error('The same events were written by others again and again')
    }
  }

  async #storeUnknown(room: OutlierRoom, given: readonly CheckedPdu[], create: StateEvent | undefined): Promise<boolean> {
    // Also one whose body is gone is there. What somebody writes before the next question is known and not left out: it is met
    // when it would be written again.
    const stored = await findHeaders(this.#parts.db, given.map(({ eventId }) => eventId))
    const fresh = inOrder(given.filter(({ eventId }) => !stored.has(eventId)), ({ pdu }) => pdu.authEvents)
    const known = await this.findKnown(room, fresh.flatMap(({ pdu }) => pdu.authEvents))
    const placing = this.#parts.chains.beginImport(room.nid)
    for (let at = 0; at < fresh.length; at += WRITTEN_TOGETHER) {
      const rows = await this.#judge(room, fresh.slice(at, at + WRITTEN_TOGETHER), known, create)
      const places = await placing.place(rows)
      if (!await insertOutliers(this.#parts.db, room.nid, rows, places)) return false
      await yieldToLoop()
    }
    return true
  }

  /** Those of the events that this server has, by id; a rejected one says so, and one of another room is one of another room. */
  async findKnown(room: OutlierRoom, eventIds: readonly string[]): Promise<Map<string, KnownState>> {
    const { db, events } = this.#parts
    const wanted = [...new Set(eventIds)]
    const remembered = wanted.flatMap((eventId) => events.peekById(eventId) ?? [])
    const others = new Set(wanted).difference(new Set(remembered.map(({ eventId }) => eventId)))
    const headers = await findHeaders(db, [...others])
    const read = await events.list([...headers.values()].map((row) => row.nid))
    return new Map([...remembered, ...read].map((event) => [event.eventId, {
      nid: event.nid,
      eventId: event.eventId,
      roomId: event.room === room.nid ? room.roomId : event.roomId,
      type: event.type,
      stateKey: event.stateKey,
      sender: event.sender,
      content: event.content,
      rejected: event.status === 'rejected',
    }]))
  }

  async #judge(
    room: OutlierRoom, batch: readonly CheckedPdu[], known: Map<string, KnownState>, givenCreate: StateEvent | undefined,
  ): Promise<OutlierRow[]> {
    const { names, numbers } = this.#parts
    const users = await names.internUsers(batch.map(({ pdu }) => pdu.sender))
    const keys = await names.internKeys(batch.map(({ pdu: { type, stateKey } }) => ({ type, stateKey: stateKey ?? null })))
    while (!numbers.has(batch.length)) await numbers.draw()
    const receivedAt = this.#parts.now()
    return batch.flatMap((checked, index): OutlierRow[] => {
      const { pdu } = checked
      if (isOtherCreate(pdu, givenCreate)) return []
      const cited = pdu.authEvents.flatMap((eventId) => known.get(eventId) ?? [])
      // What cites something unknown cannot be judged: it is left out, and so is what cites it.
      if (cited.length < pdu.authEvents.length) return []
      const isAllowed = checkByAuthEvents(room.version, checked, cited, givenCreate).allowed
      const nid = numbers.take()
      known.set(pdu.eventId, {
        nid, eventId: pdu.eventId, roomId: pdu.roomId, type: pdu.type, stateKey: pdu.stateKey, sender: pdu.sender, content: pdu.content,
        rejected: !isAllowed,
      })
      return [{
        nid,
        eventId: pdu.eventId,
        sender: users.get(pdu.sender) ?? -1,
        key: keys[index] ?? -1,
        type: pdu.type,
        stateKey: pdu.stateKey,
        depth: storable(pdu.depth),
        originServerTs: storable(pdu.originServerTs),
        receivedAt,
        status: isAllowed ? OUTLIER : REJECTED,
        authNids: cited.map((event) => event.nid),
        json: checked.canonical,
      }]
    })
  }
}
