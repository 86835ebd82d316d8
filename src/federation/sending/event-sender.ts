import type { Rooms } from '../../rooms/rooms.ts'
import type { Db } from '../../store/database.ts'
import {
  addUnsentEvents, EARLIER_MAX, listSendableEvents, type SendableEvent, type UnsentEvents,
} from '../../store/federation/unsent-events.ts'
import type { Change } from '../../streams/changes.ts'
import { Follower } from '../../streams/follower.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { DueEvent, DueEvents } from './due-events.ts'
import type { Outboxes } from './outboxes.ts'
import type { ReachableServers } from './reachable-servers.ts'

export interface EventSenderParts {
  readonly db: Db
  readonly stream: Stream
  readonly clock: Clock
  readonly log: Log
  readonly rooms: Rooms
  readonly serverName: string
  readonly due: DueEvents
  readonly reachable: ReachableServers
  readonly outboxes: Outboxes
}

const EVENTS_MAX = 200
/** So many events of no concern are passed over before the cursor is moved on all the same, so that it never lies far behind. */
const PASSED_OVER_MAX = 1000

/**
 * Follows the events and puts those of users of this server into the outboxes of the servers in the room. What a server is to be
 * sent is written down before the cursor moves on, so that no kill loses it.
 */
export class EventSender {
  readonly #parts: EventSenderParts
  readonly follower: Follower
  #passedOver = 0

  constructor(parts: EventSenderParts) {
    this.#parts = parts
    this.follower = new Follower({
      ...parts,
      name: 'federation sender',
      concerns: (change) => this.#concerns(change),
      work: (after, upTo) => this.#work(after, upTo),
    })
  }

  /** Most rooms have users of this server alone. */
  #concerns(change: Change): boolean {
    if (change.kind !== 'event') return false
    if (this.#passedOver < PASSED_OVER_MAX && this.#isAmongUs(change)) {
      this.#passedOver += 1
      return false
    }
    this.#passedOver = 0
    return true
  }

  #isAmongUs({ room: nid, pos }: { readonly room: number, readonly pos: number }): boolean {
    const room = this.#parts.rooms.peekByNid(nid)
    const [event] = room?.recent.between(pos - 1, pos) ?? []
    // The end of an invitation concerns the server of who was invited.
    if (room === undefined || event === undefined || event.type === 'm.room.member') return false
    return !this.#parts.reachable.hasOthers(room)
  }

  async #work(after: number, upTo: number): Promise<void> {
    const { db, serverName } = this.#parts
    let from = after
    while (from < upTo) {
      const events = await listSendableEvents(db, { serverName, after: from, upTo, limit: EVENTS_MAX })
      await this.#spread(events)
      from = events.length < EVENTS_MAX ? upTo : events.at(-1)?.pos ?? upTo
    }
  }

  async #spread(events: readonly SendableEvent[]): Promise<void> {
    const { db, due, outboxes } = this.#parts
    const byServer = await due.list(events)
    await addUnsentEvents(db, [...byServer].flatMap(([server, own]) => unsentOf(server, own)))
    for (const [server, own] of byServer) outboxes.addEvents(server, own)
  }
}

function unsentOf(server: string, events: readonly DueEvent[]): UnsentEvents[] {
  return [...Map.groupBy(events, ({ room }) => room)].map(([room, own]) => {
    const positions = own.map(({ pos }) => pos)
    const earlier = positions.slice(0, -1)
    return { server, room, pos: positions.at(-1) ?? 0, earlier: earlier.length < EARLIER_MAX ? earlier : undefined }
  })
}
