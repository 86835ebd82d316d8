import type { JsonObject } from '../../matrix/json.ts'
import { StaleUnit } from '../../streams/committer.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { Room } from '../room.ts'
import type { Rooms } from '../rooms.ts'
import { checkPdus, type Checked, type CheckedPdu, type RoomIdentity } from './check-pdus.ts'
import { Patience } from './patience.ts'
import { Receipt, type ReceiptParts } from './receipt.ts'
import type { Outcome, ReceiveOptions } from './received.ts'

export interface ReceiverParts extends ReceiptParts {
  readonly clock: Clock
  readonly rooms: Rooms
  readonly log: Log
}

const ATTEMPTS_MAX = 5

/** Takes events of other servers into rooms (Server-Server API, Checks performed on receipt of a PDU). */
export class Receiver {
  readonly #parts: ReceiverParts
  readonly #patience: Patience
  /** The receipts of each room, one after another. */
  readonly #last = new Map<number, Promise<unknown>>()

  constructor(parts: ReceiverParts) {
    this.#parts = parts
    this.#patience = new Patience(parts.clock)
  }

  /** Checks 1 to 3, which need no database; in the order of the events. */
  check(room: RoomIdentity, pdus: readonly JsonObject[]): Promise<Checked[]> {
    return checkPdus(room, pdus, this.#parts.keys)
  }

  /**
   * Checks 4 to 7 of events that passed the others, and takes them in; resolves after COMMIT with what became of each, in
   * their order. Receipts of one room follow one another. Throws M_LIMIT_EXCEEDED while too much is waiting.
   */
  take(room: Room, checked: readonly CheckedPdu[], options: ReceiveOptions): Promise<Outcome[]> {
    const before = this.#last.get(room.nid) ?? Promise.resolve()
    const taking = before.then(() => this.#take(room, checked, options))
    const settled = taking.catch(() => undefined)
    this.#last.set(room.nid, settled)
    void settled.then(() => {
      if (this.#last.get(room.nid) === settled) this.#last.delete(room.nid)
    })
    return taking
  }

  /** All of the checks. */
  async receive(room: Room, pdus: readonly JsonObject[], options: ReceiveOptions): Promise<Outcome[]> {
    const checked = await this.check(room, pdus)
    const good = checked.filter((each): each is CheckedPdu => each.ok)
    const taken = (await this.take(room, good, options)).values()
    return checked.map((each): Outcome => {
      const outcome = each.ok ? taken.next().value : undefined
      return outcome ?? { eventId: each.eventId, kind: 'dropped', reason: each.ok ? undefined : each.reason }
    })
  }

  async #take(given: Room, checked: readonly CheckedPdu[], options: ReceiveOptions): Promise<Outcome[]> {
    const outcomes = new Map<string, Outcome>()
    const parts = { ...this.#parts, remote: this.#patience.ofReceipt(this.#parts.remote, given) }
    let room = given
    for (let attempt = 1; ; attempt += 1) {
      try {
        await new Receipt(parts, room, options, outcomes).run(checked)
        break
      } catch (error) {
        if (!(error instanceof StaleUnit) || attempt === ATTEMPTS_MAX) throw error
        room = await this.#parts.rooms.find(given.roomId) ?? room
      }
    }
    for (const outcome of outcomes.values()) {
      if (outcome.reason !== undefined) this.#parts.log.info({ room: room.roomId, ...outcome }, 'An event was not taken as it came')
    }
    return checked.map(({ eventId }) => outcomes.get(eventId) ?? { eventId, kind: 'dropped' })
  }
}
