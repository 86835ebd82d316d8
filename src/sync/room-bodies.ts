import type { JsonObject } from '../matrix/json.ts'
import type { EventCache } from '../rooms/event-cache.ts'
import { heroesOf } from '../rooms/heroes.ts'
import type { AggregationOptions } from '../rooms/reading/aggregations.ts'
import type { ClientEvents, FormatOptions } from '../rooms/reading/client-events.ts'
import type { RoomView } from '../rooms/reading/visibility.ts'
import type { RoomEvent } from '../rooms/room-event.ts'
import type { Room } from '../rooms/room.ts'
import type { Db } from '../store/database.ts'
import type { Stream } from '../streams/stream.ts'
import { formatPlaceToken, placeBefore } from '../streams/tokens.ts'
import type { SyncContext } from './context.ts'
import { shapeEvent } from './event-shape.ts'
import { pickState, startOf, wantsState, type StateTask } from './room-state.ts'
import { loadStateChanges } from './state-changes.ts'
import { changesSummary, summaryText } from './summary.ts'
import { Timelines, type Timeline, type TimelineTask } from './timelines.ts'

/** A room to tell of. */
export interface BodyTask extends TimelineTask {
  /** Whether the reader is given all of the state rather than what changed. */
  readonly isWhole: boolean
  /** The reader was in the room all the time since this position, and may see everything that came later. */
  readonly seesFrom: number
  /** Rooms that were left have no summary. */
  readonly isLeft: boolean
}

/** What is told of a room to everybody who is told the same: members of an object as JSON text, without braces. */
export interface RoomBody {
  readonly text: string
  readonly isEmpty: boolean
}

/** The same in pieces. The events are JSON texts. */
export interface RoomPieces {
  /** Oldest first. */
  readonly timeline: readonly string[]
  readonly limited: boolean
  /** Where the history before the timeline ends. */
  readonly prevBatch: string
  readonly state: readonly string[]
  readonly summary: string | undefined
}

export interface RoomBodiesParts {
  readonly db: Db
  readonly stream: Stream
  readonly events: EventCache
  readonly clientEvents: ClientEvents
  readonly visibility: { viewsOf(rooms: readonly number[], userId: string): Promise<Map<number, RoomView>> }
  readonly aggregations: { bundle(events: readonly RoomEvent[], options: AggregationOptions): Promise<Map<string, JsonObject>> }
  /** The restore epoch of this server. */
  readonly epoch: number
}

interface Planned extends BodyTask {
  readonly view: RoomView | undefined
  readonly timeline: Timeline
  readonly stateNids: readonly number[]
  readonly summary: string | undefined
}

/** Writes timeline, state and summary of rooms, of many by a handful of queries. */
export class RoomBodies {
  readonly #parts: RoomBodiesParts
  readonly #timelines: Timelines

  constructor(parts: RoomBodiesParts) {
    this.#parts = parts
    this.#timelines = new Timelines(parts)
  }

  /** By room, in the order of the tasks. */
  async write(tasks: readonly BodyTask[], context: SyncContext): Promise<Map<number, RoomBody>> {
    const pieces = await this.read(tasks, context, { withRoomId: false })
    return new Map([...pieces].map(([room, each]) => [room, bodyOf(each, context)]))
  }

  /** The same in pieces; `withRoomId` says whether the events tell of which room they are. */
  async read(
    tasks: readonly BodyTask[], context: SyncContext, { withRoomId }: Pick<FormatOptions, 'withRoomId'>,
  ): Promise<Map<number, RoomPieces>> {
    if (tasks.length === 0) return new Map()
    const planned = await this.#plan(tasks, context)
    const stateEvents = await this.#parts.events.map(planned.flatMap((task) => task.stateNids))
    const states = planned.map(
      (task) => task.stateNids.flatMap((nid) => stateEvents.get(nid) ?? []).filter((event) => wantsState(event, context)),
    )
    const timelineTexts = await this.#format(planned.flatMap((task) => task.timeline.events), planned, { context, withRoomId })
    const stateTexts = await this.#format(states.flat(), planned, { context, withRoomId })
    let timelineAt = 0
    let stateAt = 0
    return new Map(planned.map((task, index): [number, RoomPieces] => {
      const timeline = timelineTexts.slice(timelineAt, timelineAt += task.timeline.events.length)
      const state = stateTexts.slice(stateAt, stateAt += states[index]?.length ?? 0)
      return [task.room.nid, { timeline, limited: task.timeline.limited, prevBatch: this.#prevBatchOf(task), state, summary: task.summary }]
    }))
  }

  async #plan(tasks: readonly BodyTask[], context: SyncContext): Promise<Planned[]> {
    const loaded = await this.#timelines.load(tasks, { part: context.filter.timeline, ignored: context.ignored })
    const doubtful = tasks.filter((task) => needsView(task, loaded.get(task.room.nid) ?? NO_EVENTS))
    const views = await this.#parts.visibility.viewsOf(doubtful.map(({ room }) => room.nid), context.reader.userId)
    const timelines = hideUnseen(loaded, views)
    const changes = await loadStateChanges(this.#parts, tasks.map(({ room, after, upTo, isWhole }) => {
      const start = startOf(timelines.get(room.nid) ?? NO_EVENTS, upTo)
      return { room, after: isWhole ? start : after ?? start }
    }))
    return tasks.map((task) => {
      const found = timelines.get(task.room.nid) ?? NO_EVENTS
      // A client that was in the room before must not put this behind what it has.
      const timeline = task.isWhole && !task.isLeft && context.since !== undefined ? { ...found, limited: true } : found
      const changed = changes.get(task.room.nid) ?? []
      const needsSummary = !task.isLeft && (task.isWhole || changesSummary(changed.filter(({ pos }) => pos <= task.upTo)))
      const heroes = needsSummary ? heroesOf(task.room, context.reader.userId) : undefined
      const stateTask: StateTask = { ...task, timeline, changes: changed, heroes }
      return {
        ...task, timeline,
        view: views.get(task.room.nid),
        stateNids: pickState(stateTask, context),
        summary: needsSummary ? summaryText(task.room, heroes) : undefined,
      }
    })
  }

  async #format(
    events: readonly RoomEvent[], tasks: readonly Planned[],
    { context: { reader, filter }, withRoomId }: Pick<FormatOptions, 'withRoomId'> & { readonly context: SyncContext },
  ): Promise<string[]> {
    if (events.length === 0) return []
    const view = viewOver(tasks)
    // What others said later is bundled where the client does not get to see it itself (Aggregations of child events).
    const gaps = new Set(tasks.filter((task) => task.isWhole || task.timeline.limited).map((task) => task.room.nid))
    const bundled = events.filter((event) => gaps.has(event.room))
    const relations = bundled.length === 0 ? undefined : await this.#parts.aggregations.bundle(bundled, { reader, view })
    const texts = await this.#parts.clientEvents.format(events, { reader, view, withRoomId, relations })
    return texts.map((text, index) => {
      const event = events[index]
      return event === undefined ? text : shapeEvent(text, event, filter)
    })
  }

  #prevBatchOf({ timeline, upTo, after }: Planned): string {
    const first = timeline.events[0]
    const place = first === undefined ? { pos: after ?? upTo, offset: 0 } : placeBefore(first.place)
    return formatPlaceToken({ epoch: this.#parts.epoch, place })
  }
}

function bodyOf({ timeline, limited, prevBatch, state, summary }: RoomPieces, { stateName }: SyncContext): RoomBody {
  const text = `"timeline":{"events":[${timeline.join(',')}],"prev_batch":"${prevBatch}","limited":${limited}}`
    + `,"${stateName}":{"events":[${state.join(',')}]}`
    + (summary === undefined ? '' : `,"summary":${summary}`)
  return { text, isEmpty: timeline.length === 0 && state.length === 0 && summary === undefined && !limited }
}

type View = NonNullable<FormatOptions['view']>

const NO_EVENTS: Timeline = { events: [], limited: false }

/**
 * Whether it must be looked at closely what the reader may see: what was said before he came, and what was replaced
 * before, where history is closed to who comes later (Room History Visibility).
 */
function needsView({ room, seesFrom }: BodyTask, { events }: Timeline): boolean {
  return !isOpenHistory(room) || seesFrom === Number.POSITIVE_INFINITY || events.some(({ place }) => place.pos < seesFrom)
}

/** Leaves out what the reader may not see. */
function hideUnseen(timelines: ReadonlyMap<number, Timeline>, views: ReadonlyMap<number, RoomView>): Map<number, Timeline> {
  const shown = new Map(timelines)
  for (const [room, view] of views) {
    const timeline = timelines.get(room) ?? NO_EVENTS
    const events = timeline.events.filter((event) => view.maySee(event))
    shown.set(room, { events, limited: timeline.limited || events.length < timeline.events.length })
  }
  return shown
}

/** One view over the events of several rooms. What the reader was before he is known to have been in a room is left open. */
function viewOver(tasks: readonly Planned[]): View {
  const byRoom = new Map(tasks.map((task) => [task.room.nid, task]))
  return {
    maySee: (event) => byRoom.get(event.room)?.view?.maySee(event) ?? true,
    membershipAt(event) {
      const task = byRoom.get(event.room)
      if (task?.view !== undefined) return task.view.membershipAt(event)
      return event.place.pos >= (task?.seesFrom ?? 0) ? 'join' : undefined
    },
  }
}

/** Whether all who are in the room may see all of its past. */
export function isOpenHistory(room: Room): boolean {
  const visibility = room.stateString('m.room.history_visibility', 'history_visibility')
  return visibility !== 'joined' && visibility !== 'invited'
}
