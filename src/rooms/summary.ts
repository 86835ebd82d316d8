import { ownValue } from '../matrix/json.ts'
import type { HotValue } from '../store/hot-rows.ts'
import type { BuiltEvent } from './draft.ts'
import type { Room, StateEntry } from './room.ts'

/** The state that lists of rooms show. */
const SUMMARY_TYPES = new Set([
  'm.room.create', 'm.room.name', 'm.room.topic', 'm.room.canonical_alias', 'm.room.avatar', 'm.room.join_rules',
  'm.room.history_visibility', 'm.room.guest_access', 'm.room.encryption',
])

/** The row of lists of rooms after these events, or nothing where they change none of it. */
export function summaryRows(room: Room, events: readonly BuiltEvent[]): HotValue[][] {
  const isShown = (entry: StateEntry | undefined): boolean => entry !== undefined && SUMMARY_TYPES.has(entry.type)
  const changes = events.some(({ change: { state, member, redacted, resolved } }) => (
    member !== undefined || resolved !== undefined || isShown(state) || isShown(redacted)
  ))
  return changes ? [summaryRowOf(room)] : []
}

/** The row of lists of rooms as it will be when all that is pending is committed. */
export function summaryRowOf(room: Room): HotValue[] {
  const read = (type: string, field: string): string | null => stringOf(room.pendingState(type), field)
  return [
    room.nid,
    read('m.room.name', 'name'),
    read('m.room.topic', 'topic'),
    read('m.room.canonical_alias', 'alias'),
    read('m.room.avatar', 'url'),
    read('m.room.create', 'type'),
    read('m.room.join_rules', 'join_rule') ?? 'invite',
    read('m.room.history_visibility', 'history_visibility') === 'world_readable',
    read('m.room.guest_access', 'guest_access') === 'can_join',
    read('m.room.encryption', 'algorithm'),
    room.pendingJoinedCount(),
  ]
}

function stringOf(entry: StateEntry | undefined, field: string): string | null {
  const value = entry === undefined ? undefined : ownValue(entry.content, field)
  // The database holds no NUL, and nobody means one.
  return typeof value === 'string' ? value.replaceAll('\0', '') : null
}
