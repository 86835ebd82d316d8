import type { Members, Membership } from '../../members/members.ts'
import type { Committer } from '../../streams/committer.ts'
import type { EventCache } from '../event-cache.ts'
import type { LogChange } from '../draft.ts'
import { logRows } from '../event-rows.ts'
import type { ResolvedChanges } from '../receive/resolved-changes.ts'
import type { Room } from '../room.ts'
import { summaryRowOf } from '../summary.ts'

export interface CorrectStateParts {
  readonly events: EventCache
  readonly committer: Committer
  readonly members: Members
}

/**
 * Changes the state of a room without an event, where it was known in part or wrongly: clients are told at the position at
 * which we learned it. It is the state after the last events, for those that follow them, and after those with the numbers
 * `after`. Who calls holds the room, in which nothing is pending. Resolves after COMMIT.
 */
export async function correctState(
  { committer, events, members }: CorrectStateParts, room: Room, { log, resolved }: ResolvedChanges, after: readonly number[],
): Promise<void> {
  if (log.length === 0) return
  const extremities = room.extremities()
  room.pend({ extremities, resolved })
  const last = extremities.filter(({ state }) => state === undefined).map(({ nid }) => nid)
  const corrected = [...new Set([...last, ...after])]
  const summary = summaryRowOf(room)
  const local = log.flatMap((each) => each.localMember === undefined ? [] : [{ ...each, user: each.localMember }])
  room.beginFlight()
  try {
    await committer.submit({
      positions: 1,
      rows: (pos) => ({
        ...logRows(room.nid, log, pos),
        room_summaries: [summary],
        corrected_events: corrected.map((nid) => [nid, pos]),
      }),
      committed: (pos) => {
        room.correct(resolved, pos)
        for (const nid of corrected) events.forget(nid)
        room.recent.note(log.map((each) => ({ ...each, pos })))
        for (const { user, membership, nid, replacedNid } of local) members.apply(user, {
          room: room.nid, roomId: room.roomId, membership: (membership ?? 'leave') as Membership, eventNid: nid ?? replacedNid ?? 0, pos,
          forgotten: false,
        })
        return [
          { kind: 'event', room: room.nid, pos },
          ...local.map(({ user }) => ({ kind: 'membership' as const, user, room: room.nid, pos })),
          ...remoteMembersOf(log).map((userId) => ({ kind: 'remote-membership' as const, userId, room: room.nid, pos })),
        ]
      },
      isStale: () => room.isStale(),
      failed: () => room.spoil(),
    })
  } catch (error) {
    room.spoil()
    throw error
  } finally {
    room.endFlight()
  }
}

/** The users of other servers whose memberships change. */
export function remoteMembersOf(log: readonly LogChange[]): string[] {
  return log.flatMap(({ type, stateKey, localMember }) => type === 'm.room.member' && localMember === undefined ? [stateKey] : [])
}
