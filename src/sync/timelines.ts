import { likePattern } from '../rooms/reading/event-filter.ts'
import type { EventCache } from '../rooms/event-cache.ts'
import { isStateEvent, type RoomEvent } from '../rooms/room-event.ts'
import type { Room } from '../rooms/room.ts'
import type { Db } from '../store/database.ts'
import { listLatestNids, listStateChangesOfRooms, type StateChangeRow } from '../store/sync-timelines.ts'
import { Batch } from '../util/batch.ts'
import type { RoomPart } from './filter.ts'
import { readStateChange } from './state-changes.ts'

/** Which part of a room's history is asked for. */
export interface TimelineTask {
  readonly room: Room
  /** The last position that the client knows; undefined where the room is new to it. */
  readonly after: number | undefined
  readonly upTo: number
}

export interface Timeline {
  /** Oldest first. */
  readonly events: readonly RoomEvent[]
  /** Whether there are earlier ones that the client does not have. */
  readonly limited: boolean
}

/** What decides which events a timeline shows. */
export interface TimelineRules {
  readonly part: RoomPart
  readonly ignored: ReadonlySet<string>
}

/** So many events of a room are read when it is first asked for. */
const FILLED = 20

const NOTHING: Timeline = { events: [], limited: false }

/** Picks the last events of rooms, from memory wherever they are there. */
export class Timelines {
  readonly #db: Db
  readonly #events: EventCache

  readonly #fills: Batch<Room, void>

  constructor({ db, events }: { readonly db: Db, readonly events: EventCache }) {
    this.#db = db
    this.#events = events
    this.#fills = new Batch((rooms) => this.#fill(rooms))
  }

  /** By room. Rooms that are not in memory far enough back are read by one query. */
  async load(tasks: readonly TimelineTask[], rules: TimelineRules): Promise<Map<number, Timeline>> {
    const thin = tasks.filter(({ room, after }) => isThin(room) && (after === undefined || !room.recent.covers(after)))
    await Promise.all(thin.map(({ room }) => this.#fills.get(room)))
    const timelines = new Map<number, Timeline>()
    const far: TimelineTask[] = []
    for (const task of tasks) {
      const timeline = peekTimeline(task, rules)
      if (timeline === undefined) far.push(task)
      else timelines.set(task.room.nid, timeline)
    }
    if (far.length > 0) await this.#read(far, rules, timelines)
    return timelines
  }

  /** Brings the last events of rooms that were just read into memory: whoever comes next finds them there. */
  async #fill(given: readonly Room[]): Promise<void[]> {
    const rooms = [...new Set(given)].filter(isThin).map((room) => ({ room, until: room.recent.from() }))
    const wanted = rooms.map(({ room, until }) => ({ room: room.nid, after: 0, upTo: until }))
    const nids = await listLatestNids(this.#db, wanted, {}, FILLED + 1)
    const events = await this.#events.map([...nids.values()].flatMap((numbers) => numbers.slice(-FILLED)))
    const filled = rooms.flatMap(({ room, until }) => {
      const numbers = nids.get(room.nid) ?? []
      const shown = numbers.slice(-FILLED)
      // One of them may have been redacted meanwhile.
      const found = shown.flatMap((nid) => this.#events.peek(nid) ?? events.get(nid) ?? [])
      const first = found[0]
      // Where the body of one was purged, what is before it must be read from the database.
      if (found.length !== shown.length || first?.pos === undefined) return []
      // What was said before a room was joined may be known from others and stands apart.
      const isAll = numbers.length <= FILLED && first.type === 'm.room.create'
      return [{ room, until, found, from: isAll ? 0 : first.pos - 1 }]
    })
    const changes = filled.length === 0 ? new Map<number, StateChangeRow[]>() : await listStateChangesOfRooms(
      this.#db, filled.map(({ room, from: after }) => ({ room: room.nid, after })),
    )
    for (const { room, until, found, from } of filled) {
      // Most changes of the state are told by their events.
      const told = new Set(found.filter(({ branch }) => branch === undefined).map(({ pos }) => pos))
      const resolved = (changes.get(room.nid) ?? []).filter(({ pos }) => pos <= until && !told.has(pos)).map(readStateChange)
      room.recent.prepend(found, from, until, resolved)
    }
    return given.map(() => undefined)
  }

  async #read(tasks: readonly TimelineTask[], rules: TimelineRules, timelines: Map<number, Timeline>): Promise<void> {
    const { part: { filter = {}, limit }, ignored } = rules
    const breaks = new Map(tasks.map(({ room, after, upTo }) => [room.nid, room.recent.lastBreak(after ?? 0, upTo)]))
    const wanted = tasks.map(({ room, after, upTo }) => ({ room: room.nid, after: startAfter(breaks.get(room.nid), after), upTo }))
    const nids = await listLatestNids(this.#db, wanted, {
      types: filter.types?.map(likePattern),
      notTypes: filter.not_types?.map(likePattern),
      senders: filter.senders,
      notSenders: filter.not_senders,
      ignored: ignored.size === 0 ? undefined : [...ignored],
    }, limit + 1)
    const events = await this.#events.map([...nids.values()].flat())
    for (const { room } of tasks) {
      const found = (nids.get(room.nid) ?? []).flatMap((nid) => events.get(nid) ?? [])
      const shown = found.slice(Math.max(0, found.length - limit)).filter((event) => isShown(event, rules))
      timelines.set(room.nid, { events: shown, limited: found.length > limit || breaks.get(room.nid) !== undefined })
    }
  }
}

/** Whether so little of a room's past is in memory that it must have been read lately. */
function isThin(room: Room): boolean {
  return room.recent.size < FILLED && !room.recent.covers(0)
}

/** The timeline if it is all in memory; undefined where the database has to be asked. */
export function peekTimeline({ room, after, upTo }: TimelineTask, rules: TimelineRules): Timeline | undefined {
  const { part } = rules
  if (!part.passesRoom(room.roomId)) return NOTHING
  const broken = room.recent.lastBreak(after ?? 0, upTo)
  const from = startAfter(broken, after) ?? 0
  const isWhole = room.recent.covers(from)
  if (!isWhole && (after !== undefined || broken !== undefined)) return undefined
  const events = isWhole ? room.recent.between(from, upTo) ?? [] : room.recent.upTo(upTo)
  const shown = part.filter === undefined && rules.ignored.size === 0 ? events : events.filter((event) => isShown(event, rules))
  if (shown.length > part.limit) return { events: shown.slice(shown.length - part.limit), limited: true }
  return isWhole ? { events: shown, limited: broken !== undefined } : undefined
}

/** What came before a break is not shown together with what came after it: the client has to look back from there. */
function startAfter(broken: number | undefined, after: number | undefined): number | undefined {
  return broken === undefined ? after : broken - 1
}

/** State is shown whoever set it: without it the room would look different from what it is (Ignoring Users). */
function isShown(event: RoomEvent, { part, ignored }: TimelineRules): boolean {
  return part.passes(event) && (isStateEvent(event) || !ignored.has(event.sender))
}
