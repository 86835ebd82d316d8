import type { EventCache } from '../rooms/event-cache.ts'
import type { Room } from '../rooms/room.ts'
import type { Db } from '../store/database.ts'
import type { Stream } from '../streams/stream.ts'
import { loadStateChanges } from './state-changes.ts'

/** How the own membership went since the client last looked. */
export interface MembershipCourse {
  /** Whether the user was in the room when the client last looked. */
  readonly wasJoined: boolean
  /** Whether the user was in the room then or at any time since. */
  readonly wasEverJoined: boolean
  /** Whether the user was in the room all the time since. */
  readonly wasAlwaysJoined: boolean
}

export interface CourseParts { readonly db: Db, readonly stream: Stream, readonly events: EventCache }

/** How the memberships of a user went in rooms where they changed after a position, by room. */
export async function readCourses(
  parts: CourseParts, userId: string, rooms: readonly Room[], after: number, upTo: number,
): Promise<Map<number, MembershipCourse>> {
  if (rooms.length === 0) return new Map()
  const changes = await loadStateChanges(parts, rooms.map((room) => ({ room, after })))
  const own = rooms.map((room) => (changes.get(room.nid) ?? [])
    .filter(({ pos, type, stateKey }) => type === 'm.room.member' && stateKey === userId && pos <= upTo))
  const events = await parts.events.map(
    own.flatMap((each) => each.flatMap(({ nid, replacedNid }) => [nid, replacedNid].filter((known) => known !== undefined))),
  )
  const isJoin = (nid: number | undefined): boolean => nid !== undefined && events.get(nid)?.content['membership'] === 'join'
  return new Map(rooms.map((room, index) => {
    const changed = own[index] ?? []
    const wasJoined = isJoin(changed[0]?.replacedNid)
    const joins = changed.filter(({ nid }) => isJoin(nid)).length
    return [room.nid, { wasJoined, wasEverJoined: wasJoined || joins > 0, wasAlwaysJoined: wasJoined && joins === changed.length }]
  }))
}
