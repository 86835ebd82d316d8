import { isJsonObject } from '../matrix/json.ts'
import type { UserRoom } from '../members/members.ts'
import type { Db } from '../store/database.ts'
import { listStrippedState } from '../store/memberships.ts'
import type { SyncContext } from './context.ts'

/** What of a room to which somebody is invited or at which he knocks he may know of it. */
export interface InvitedRooms {
  /** Members of objects as JSON text. */
  readonly invite: readonly string[]
  readonly knock: readonly string[]
}

export interface InvitedRoomsParts {
  readonly db: Db
  readonly invitePermissions: { areBlocked(user: number): Promise<boolean> }
}

/** `rooms.invite` and `rooms.knock`, each with its stripped state. Invites by ignored users are not told (Ignoring Users). */
export async function writeInvitedRooms(
  { db, invitePermissions }: InvitedRoomsParts, entries: readonly UserRoom[],
  { reader, since, fullState, filter, ignored, upTo }: SyncContext,
): Promise<InvitedRooms> {
  const after = fullState ? 0 : since?.pos ?? 0
  const wanted = entries.filter(({ pos, roomId }) => pos > after && pos <= upTo && filter.passesRoom(roomId))
  if (wanted.length === 0) return { invite: [], knock: [] }
  const stripped = await listStrippedState(db, reader.user, wanted.map((entry) => entry.room))
  // Invites that came before somebody blocked them are hidden as well (Client-Server API, Invite permission).
  const blocksInvites = wanted.some(({ membership }) => membership === 'invite') && await invitePermissions.areBlocked(reader.user)
  const invite: string[] = []
  const knock: string[] = []
  for (const { room, roomId, membership } of wanted) {
    const events = stripped.get(room) ?? '[]'
    if (membership === 'knock') knock.push(`${JSON.stringify(roomId)}:{"knock_state":{"events":${events}}}`)
    else if (!blocksInvites && !isIgnored(events, reader.userId, ignored)) invite.push(
      `${JSON.stringify(roomId)}:{"invite_state":{"events":${events}}}`,
    )
  }
  return { invite, knock }
}

function isIgnored(events: string, userId: string, ignored: ReadonlySet<string>): boolean {
  if (ignored.size === 0) return false
  const parsed: unknown = JSON.parse(events)
  return Array.isArray(parsed) && parsed.some((event: unknown) => (
    isJsonObject(event) && event['type'] === 'm.room.member' && event['state_key'] === userId && ignored.has(String(event['sender']))
  ))
}
