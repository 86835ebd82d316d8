import type { StateChange } from '../rooms/recent-events.ts'
import type { Room } from '../rooms/room.ts'

const NAMING = new Set(['m.room.name', 'm.room.canonical_alias'])

/** Whether these changes may make a client show a room under another name or with other counts. */
export function changesSummary(changes: readonly StateChange[]): boolean {
  return changes.some(({ type }) => type === 'm.room.member' || NAMING.has(type))
}

/** The summary as JSON text. */
export function summaryText(room: Room, heroes: readonly string[] | undefined): string {
  return JSON.stringify({
    ...(heroes === undefined ? {} : { 'm.heroes': heroes }),
    'm.joined_member_count': room.joinedCount(),
    'm.invited_member_count': room.invitedCount(),
  })
}
