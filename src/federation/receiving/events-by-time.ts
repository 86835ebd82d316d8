import { notFound } from '../../matrix/errors.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import type { EventTimes, Moment } from '../../rooms/reading/event-times.ts'
import type { RoomEvent } from '../../rooms/room-event.ts'
import type { Room } from '../../rooms/room.ts'
import type { StateReader } from '../../rooms/state/state-reader.ts'
import type { Visibility } from '../../rooms/reading/visibility.ts'
import type { Reader } from '../../rooms/reading/client-events.ts'
import type { RemoteRoomsByRequests } from '../remote-rooms.ts'
import { END, type HistoryFilling } from './history-filling.ts'

export interface EventsByTimeParts {
  readonly events: EventCache
  readonly eventTimes: EventTimes
  readonly stateReader: StateReader
  readonly visibility: Visibility
  readonly historyFilling: HistoryFilling
  readonly remoteRooms: Pick<RemoteRoomsByRequests, 'findEventAt'>
}

/** So often something is fetched on the way to an event that another server knows of. */
const FETCHES_MAX = 10

/** Finds the event nearest to a moment, here or at other servers (Client-Server API, Jump to a time in the timeline). */
export class EventsByTime {
  readonly #parts: EventsByTimeParts

  constructor(parts: EventsByTimeParts) {
    this.#parts = parts
  }

  /** Throws M_FORBIDDEN for who may not read the room, M_NOT_FOUND where there is nothing in that direction. */
  async get(room: Room, reader: Reader, moment: Moment): Promise<RoomEvent> {
    await this.#parts.stateReader.accessOf(room, reader)
    const here = await this.#find(room, reader, moment)
    const isWhole = !await this.#parts.historyFilling.hasGaps(room)
    const found = isWhole || !await this.#fetch(room, moment, here) ? here : await this.#find(room, reader, moment)
    if (found === undefined) throw notFound('There is no event in that direction.')
    return found
  }

  #find(room: Room, reader: Reader, moment: Moment): Promise<RoomEvent | undefined> {
    const { eventTimes, visibility } = this.#parts
    return eventTimes.find(room, moment, (events) => visibility.filter(room.nid, reader.userId, events))
  }

  /** Fetches history up to an event that another server says is nearer; whether that is here then. */
  async #fetch(room: Room, moment: Moment, here: RoomEvent | undefined): Promise<boolean> {
    const { events, historyFilling } = this.#parts
    const remote = await this.#ask(room, moment)
    if (remote === undefined || (here !== undefined && !isNearer(remote.ts, here.originServerTs, moment))) return false
    for (let fetches = 0; fetches < FETCHES_MAX; fetches += 1) {
      if ((await events.findById(remote.eventId))?.status === 'accepted') return true
      if (!await historyFilling.fill(room, { from: END })) return false
    }
    return false
  }

  /** What the first server says that knows something. */
  async #ask(room: Room, moment: Moment): Promise<{ readonly eventId: string, readonly ts: number } | undefined> {
    for (const server of this.#parts.historyFilling.listServers(room)) {
      const found = await this.#parts.remoteRooms.findEventAt(server, room.roomId, moment)
      if (found !== undefined) return found
    }
    return undefined
  }
}

function isNearer(a: number, b: number, { ts, dir }: Moment): boolean {
  return dir === 'f' ? a >= ts && a < b : a <= ts && a > b
}
