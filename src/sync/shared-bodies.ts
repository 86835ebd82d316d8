import { heroesOf } from '../rooms/heroes.ts'
import type { Reader } from '../rooms/reading/client-events.ts'
import { Lru } from '../util/lru.ts'
import { isStateAfter, type SyncContext } from './context.ts'
import { isOpenHistory, type BodyTask, type RoomBodies, type RoomBody } from './room-bodies.ts'
import { lazyMembers, startOf } from './room-state.ts'
import { peekStateChanges, StateAt } from './state-changes.ts'
import { changesSummary } from './summary.ts'
import { peekTimeline } from './timelines.ts'

const CHARACTERS_MAX = 8 * 1024 * 1024
const KEY_OVERHEAD = 200
/** Somebody who sent nothing and to whom nothing belongs: what he is told may be told to others. */
const ANYBODY: Reader = { user: -1, userId: '', deviceId: undefined }

/**
 * What of a room is told alike to all who were joined throughout, know the same events and ask for the same. A room with a
 * thousand readers is written once, not a thousand times.
 */
export class SharedBodies {
  readonly #bodies: RoomBodies
  readonly #shared = new Lru<string, RoomBody>(CHARACTERS_MAX, { weigh: ({ text }) => text.length + KEY_OVERHEAD })
  readonly #writing = new Map<string, Promise<RoomBody>>()

  constructor(bodies: RoomBodies) {
    this.#bodies = bodies
  }

  /** The body for a reader who was joined throughout, if it can be shared; undefined where it must be written for him alone. */
  find(task: BodyTask, context: SyncContext): RoomBody | Promise<RoomBody> | undefined {
    const shareable = findShareable(task, context)
    if (shareable === undefined) return undefined
    const { key, members } = shareable
    for (const nid of members) context.sentMembers?.add(nid)
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    const writing = this.#writing.get(key)
    if (writing !== undefined) return writing
    const started = this.#write(key, task, { ...context, reader: ANYBODY, ignored: NOBODY, sentMembers: allBut(members) })
    this.#writing.set(key, started)
    return started
  }

  async #write(key: string, task: BodyTask, context: SyncContext): Promise<RoomBody> {
    try {
      const body = (await this.#bodies.write([task], context)).get(task.room.nid)
      if (body === undefined) throw new Error('A room was not written')
      this.#shared.set(key, body)
      return body
    } finally {
      this.#writing.delete(key)
    }
  }
}

const NOBODY: ReadonlySet<string> = new Set()

/** Asks for these members and no others. */
function allBut(nids: readonly number[]): { has(nid: number): boolean, add(): void } {
  return { has: (nid) => !nids.includes(nid), add: () => undefined }
}

/** What is the same for all who share a body, as a text, and the members that go with it. */
function findShareable(task: BodyTask, context: SyncContext): { readonly key: string, readonly members: readonly number[] } | undefined {
  const { room, after, upTo, isWhole } = task
  const { filter, ignored, reader, stateName } = context
  if (isWhole || after === undefined) return undefined
  const events = room.recent.between(after, upTo)
  const timeline = peekTimeline(task, { part: filter.timeline, ignored })
  const changes = peekStateChanges(room, after)
  if (events === undefined || timeline === undefined || changes === undefined || timeline.limited) return undefined
  for (const event of events) {
    const isOwn = event.senderNid === reader.user && event.txnId !== undefined && event.deviceId === reader.deviceId
    if (isOwn || ignored.has(event.sender)) return undefined
  }
  // What was replaced is told along, which not everybody may know where history is closed to who came later.
  if (changes.length > 0 && (
    !isOpenHistory(room) || (changesSummary(changes) && heroesOf(room, reader.userId) !== undefined)
  )) return undefined
  const state = new StateAt(room, changes, isStateAfter(context) ? upTo : startOf(timeline, upTo))
  const members = filter.lazyMembers ? lazyMembers({ timeline, isWhole, heroes: undefined }, state, context) : []
  const isNarrow = filter.timeline.filter !== undefined
  const key = [
    room.nid, events[0]?.nid, events.at(-1)?.nid, events.length, changes.at(-1)?.pos, filter.number, stateName, members.join('+'),
    isNarrow ? after : '',
  ].join(' ')
  return { key, members }
}
