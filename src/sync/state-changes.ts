import type { StateChange } from '../rooms/recent-events.ts'
import { stateName, type Room } from '../rooms/room.ts'
import type { Db } from '../store/database.ts'
import { listStateChangesOfRooms, type StateChangeRow } from '../store/sync-timelines.ts'
import type { Stream } from '../streams/stream.ts'

export interface ChangesTask { readonly room: Room, readonly after: number }

/** While rooms are read anew, so much may change in them that memory does not reach back: then they are read again. */
const ATTEMPTS_MAX = 10

/** How the state of rooms changed after a position in each, up to the present; by the number of the room, in order. */
export async function loadStateChanges(
  { db, stream }: { readonly db: Db, readonly stream: Stream }, tasks: readonly ChangesTask[],
): Promise<Map<number, readonly StateChange[]>> {
  for (let attempt = 1; ; attempt += 1) {
    const far = new Set(tasks.filter(({ room, after }) => peekStateChanges(room, after) === undefined))
    const head = stream.head()
    const wanted = [...far].map(({ room, after }) => ({ room: room.nid, after }))
    const rows = wanted.length === 0 ? undefined : await listStateChangesOfRooms(db, wanted)
    const changes = new Map<number, readonly StateChange[]>()
    for (const task of tasks) {
      const { room, after } = task
      const recent = peekStateChanges(room, far.has(task) ? head : after)
      if (recent === undefined) break
      const read = (far.has(task) ? rows?.get(room.nid) : undefined) ?? []
      const stored = read.filter((row) => row.pos <= head).map(readStateChange)
      changes.set(room.nid, [...stored, ...recent])
    }
    if (changes.size === tasks.length) return changes
    if (attempt === ATTEMPTS_MAX) throw new Error('Rooms changed faster than they could be read')
  }
}

/** A change as the database tells it. */
export function readStateChange(row: StateChangeRow): StateChange {
  const { pos, type, state_key: stateKey, event_nid: nid, replaced_nid: replacedNid } = row
  return { pos, type, stateKey, nid: nid ?? undefined, replacedNid: replacedNid ?? undefined }
}

/** The same for one room that is in memory far enough back; undefined where it is not. */
export function peekStateChanges(room: Room, after: number): readonly StateChange[] | undefined {
  return room.recent.changesAfter(after)
}

/** A room's state at a position: the present one without what came later. */
export class StateAt {
  readonly #room: Room
  /** What later changes took the place of, by name. */
  readonly #before = new Map<string, { readonly type: string, readonly stateKey: string, readonly nid: number | undefined }>()

  constructor(room: Room, changes: readonly StateChange[], pos: number) {
    this.#room = room
    for (const { pos: changedAt, type, stateKey, replacedNid } of changes) {
      const name = stateName(type, stateKey)
      if (changedAt > pos && !this.#before.has(name)) this.#before.set(name, { type, stateKey, nid: replacedNid })
    }
  }

  /** The number of a user's membership event. */
  member(userId: string): number | undefined {
    const before = this.#before.get(stateName('m.room.member', userId))
    return before === undefined ? this.#room.member(userId)?.nid : before.nid
  }

  /** The numbers of the events of all state but the members, of those types only that are wanted. */
  listOthers(wants: (type: string) => boolean): number[] {
    const nids: number[] = []
    for (const { type, stateKey, nid } of this.#room.listState()) {
      if (wants(type) && !this.#before.has(stateName(type, stateKey))) nids.push(nid)
    }
    for (const { type, nid } of this.#before.values()) if (nid !== undefined && type !== 'm.room.member' && wants(type)) nids.push(nid)
    return nids
  }

  listMembers(): number[] {
    const nids: number[] = []
    for (const { userId, nid } of this.#room.listMembers()) if (!this.#before.has(stateName('m.room.member', userId))) nids.push(nid)
    for (const { type, nid } of this.#before.values()) if (nid !== undefined && type === 'm.room.member') nids.push(nid)
    return nids
  }
}
