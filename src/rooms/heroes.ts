import { contentString } from './room-event.ts'
import type { MemberEntry, Room } from './room.ts'

const HEROES_MAX = 5

/**
 * Those by whom a room is called that has no name: the first five who are joined or invited, else of those who were. Never
 * the reader (Client-Server API, RoomSummary).
 */
export function heroesOf(room: Room, userId: string): readonly string[] | undefined {
  const isNamed = hasText(room, 'm.room.name', 'name') || hasText(room, 'm.room.canonical_alias', 'alias')
  if (isNamed) return undefined
  const present = firstMembers(room, userId, ({ membership }) => membership === 'join' || membership === 'invite')
  return present.length > 0 ? present : firstMembers(room, userId, ({ membership }) => membership === 'leave' || membership === 'ban')
}

function hasText(room: Room, type: string, field: string): boolean {
  const entry = room.state(type)
  return entry !== undefined && (contentString(entry, field) ?? '') !== ''
}

/** Events are numbered in the order in which they came. */
function firstMembers(room: Room, userId: string, isMeant: (member: MemberEntry) => boolean): string[] {
  const first: MemberEntry[] = []
  for (const member of room.listMembers()) {
    if (member.userId === userId || !isMeant(member)) continue
    const last = first.at(-1)
    if (first.length === HEROES_MAX && last !== undefined && last.nid < member.nid) continue
    const place = first.findIndex(({ nid }) => nid > member.nid)
    first.splice(place === -1 ? first.length : place, 0, member)
    if (first.length > HEROES_MAX) first.pop()
  }
  return first.map((member) => member.userId)
}
