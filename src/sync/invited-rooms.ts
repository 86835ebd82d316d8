import { isJsonObject } from '../matrix/json.ts'
import type { UserRoom } from '../members/members.ts'
import type { Db } from '../store/database.ts'
import { listStrippedState } from '../store/rooms/memberships.ts'
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
  parts: InvitedRoomsParts, entries: readonly UserRoom[], { reader, since, fullState, filter, ignored, upTo }: SyncContext,
): Promise<InvitedRooms> {
  const after = fullState ? 0 : since?.pos ?? 0
  const wanted = entries.filter(({ pos, roomId }) => pos > after && pos <= upTo && filter.passesRoom(roomId))
  const invite: string[] = []
  const knock: string[] = []
  for (const { entry: { roomId, membership }, events } of await listInvited(parts, wanted, { reader, ignored })) {
    if (membership === 'knock') knock.push(`${JSON.stringify(roomId)}:{"knock_state":{"events":${events}}}`)
    else invite.push(`${JSON.stringify(roomId)}:{"invite_state":{"events":${events}}}`)
  }
  return { invite, knock }
}

/** Those of the invites and knocks that the reader is to hear of, each with its stripped state as JSON text. */
export async function listInvited(
  { db, invitePermissions }: InvitedRoomsParts, entries: readonly UserRoom[], { reader, ignored }: Pick<SyncContext, 'reader' | 'ignored'>,
): Promise<{ readonly entry: UserRoom, readonly events: string }[]> {
  if (entries.length === 0) return []
  const stripped = await listStrippedState(db, reader.user, entries.map((entry) => entry.room))
  // Invites that came before somebody blocked them are hidden as well (Client-Server API, Invite permission).
  const blocksInvites = entries.some(({ membership }) => membership === 'invite') && await invitePermissions.areBlocked(reader.user)
  return entries.flatMap((entry) => {
    const events = stripped.get(entry.room) ?? '[]'
    const isHidden = entry.membership === 'invite' && (blocksInvites || isIgnored(events, reader.userId, ignored))
    return isHidden ? [] : [{ entry, events }]
  })
}

function isIgnored(events: string, userId: string, ignored: ReadonlySet<string>): boolean {
  if (ignored.size === 0) return false
  const parsed: unknown = JSON.parse(events)
  return Array.isArray(parsed) && parsed.some((event: unknown) => (
    isJsonObject(event) && event['type'] === 'm.room.member' && event['state_key'] === userId && ignored.has(String(event['sender']))
  ))
}
