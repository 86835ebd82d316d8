import type { UserRoom } from '../members/members.ts'
import type { CountedRoom } from '../notifications/notification-counts.ts'
import type { UnreadByThread } from '../notifications/room-counts.ts'
import type { Room } from '../rooms/room.ts'
import { listRoomsWithNews } from '../store/sync-timelines.ts'
import { readRoomAccountData, type AccountDataNews, type AccountDataParts } from './account-data.ts'
import type { SyncContext } from './context.ts'
import { readEphemeral, type EphemeralNews, type EphemeralParts } from './ephemeral.ts'
import { readCourses, type CourseParts, type MembershipCourse } from './membership-course.ts'
import type { BodyTask, RoomBodies, RoomBody } from './room-bodies.ts'
import type { SharedBodies } from './shared-bodies.ts'

export interface JoinedRoomsParts extends CourseParts, EphemeralParts, AccountDataParts {
  readonly rooms: { findAll(roomIds: readonly string[]): Promise<Map<string, Room>>, peek(roomId: string): Room | undefined }
  readonly counts: {
    of(
      counted: { readonly user: number, readonly userId: string }, rooms: readonly CountedRoom[], upTo: number
    ): Promise<ReadonlyMap<number, UnreadByThread>>
  }
  readonly bodies: RoomBodies
  readonly sharedBodies: SharedBodies
}

/** A room that the user is in and how much of it the client knows. */
interface JoinedRoom {
  readonly room: Room
  readonly entry: UserRoom
  /** Whether it is to be told from the beginning. */
  readonly isNew: boolean
}

/** What is told of a room. */
interface RoomNews {
  readonly room: Room
  readonly body: RoomBody | undefined
  readonly ephemeral: EphemeralNews | undefined
  readonly accountData: readonly string[] | undefined
  readonly unread: UnreadByThread | undefined
}

/** `rooms.join`: members of an object as JSON text. */
export async function writeJoinedRooms(
  parts: JoinedRoomsParts, entries: readonly UserRoom[], accountData: AccountDataNews, context: SyncContext,
): Promise<string[]> {
  const candidates = await pickCandidates(parts, entries, accountData, context)
  if (candidates.length === 0) return []
  const joined = await openRooms(parts, candidates, context)
  const after = context.since?.pos ?? 0
  const ephemeral = await readEphemeral(parts, joined.map(({ room, isNew }) => (
    { room: room.nid, roomId: room.roomId, after: isNew ? 0 : after }
  )), context)
  const bodies = await writeBodies(parts, joined, context)
  const newRooms = joined.filter(({ isNew }) => isNew).map(({ room }) => room.nid)
  const data = after === 0 || context.fullState ? accountData.rooms : new Map(
    [...accountData.rooms, ...await readRoomAccountData(parts, newRooms, context)],
  )
  const told = joined.filter(({ room, isNew }) => (
    isNew || context.fullState || bodies.get(room.nid)?.isEmpty === false || ephemeral.has(room.nid) || data.has(room.nid)
  ))
  if (told.length === 0) return []
  const counts = await parts.counts.of(context.reader, told.map(({ room, entry }) => ({ room, memberPos: entry.pos })), context.upTo)
  return told.map(
    ({ room }) => textOf({
      room, body: bodies.get(room.nid), ephemeral: ephemeral.get(room.nid), accountData: data.get(room.nid), unread: counts.get(room.nid),
    }, context),
  )
}

/** The rooms in which anything may have happened. Without a query as long as this process has seen all of it. */
async function pickCandidates(
  parts: JoinedRoomsParts, entries: readonly UserRoom[], accountData: AccountDataNews, context: SyncContext,
): Promise<UserRoom[]> {
  const { since, fullState, filter, upTo } = context
  const wanted = entries.filter((entry) => filter.passesRoom(entry.roomId))
  if (since === undefined || fullState) return wanted
  const { changes, typing, order } = parts
  const isExact = changes.events.covers(since.pos)
  const withNews = isExact ? undefined : new Set(await listRoomsWithNews(parts.db, wanted.map((entry) => entry.room), since.pos))
  const hasEvents = (room: number): boolean => withNews?.has(room) ?? (since.pos < upTo && changes.events.mayHaveChanged(room, since.pos))
  const isTypingNews = (room: number): boolean =>
    since.instance === order.instance ? typing.changedAt(room) > since.ephemeral : typing.typingIn(room).length > 0
  return wanted.filter(({ room, pos }) => (
    pos > since.pos || hasEvents(room) || accountData.rooms.has(room) || isTypingNews(room)
      || (since.pos < upTo && changes.receipts.mayHaveChanged(room, since.pos))
  ))
}

/** Brings the rooms into memory and finds out which of them the client does not know. */
async function openRooms(parts: JoinedRoomsParts, entries: readonly UserRoom[], context: SyncContext): Promise<JoinedRoom[]> {
  const { since, reader, upTo } = context
  const known = new Map(entries.map((entry) => [entry.roomId, parts.rooms.peek(entry.roomId)]))
  const missing = entries.filter((entry) => known.get(entry.roomId) === undefined).map((entry) => entry.roomId)
  const loaded = missing.length === 0 ? new Map<string, Room>() : await parts.rooms.findAll(missing)
  const found = entries.flatMap((entry) => {
    const room = known.get(entry.roomId) ?? loaded.get(entry.roomId)
    return room === undefined ? [] : [{ room, entry }]
  })
  const after = since?.pos
  if (after === undefined) return found.map(({ room, entry }) => ({ room, entry, isNew: true }))
  const moved = found.filter(({ entry }) => entry.pos > after).map(({ room }) => room)
  const courses: ReadonlyMap<number, MembershipCourse> = await readCourses(parts, reader.userId, moved, after, upTo)
  // A room that was joined since then comes as if it were the first sync (Client-Server API, Syncing).
  return found.map(({ room, entry }) => ({ room, entry, isNew: courses.get(room.nid)?.wasAlwaysJoined === false }))
}

/** What is told of the rooms to everybody alike where that is possible, the rest for this reader. */
async function writeBodies(parts: JoinedRoomsParts, joined: readonly JoinedRoom[], context: SyncContext): Promise<Map<number, RoomBody>> {
  const { since, fullState, upTo } = context
  const tasks = joined.map(({ room, entry, isNew }): BodyTask => {
    const after = isNew ? undefined : since?.pos
    return { room, after, upTo, isWhole: isNew || fullState, seesFrom: after ?? entry.pos, isLeft: false }
  })
  const bodies = new Map<number, RoomBody>()
  const own: BodyTask[] = []
  for (const task of tasks) {
    const shared = parts.sharedBodies.find(task, context)
    if (shared === undefined) own.push(task)
    else bodies.set(task.room.nid, shared instanceof Promise ? await shared : shared)
  }
  if (own.length === 0) return bodies
  for (const [room, body] of await parts.bodies.write(own, context)) bodies.set(room, body)
  return bodies
}

function textOf({ room, body, ephemeral, accountData, unread }: RoomNews, { filter, stateName }: SyncContext): string {
  const nothing = `"timeline":{"events":[],"limited":false},"${stateName}":{"events":[]}`
  return `${JSON.stringify(room.roomId)}:{${body?.text ?? nothing}`
    + `,"account_data":{"events":[${accountData?.join(',') ?? ''}]}`
    + `,"ephemeral":{"events":[${ephemeral?.events.join(',') ?? ''}]}`
    + `,${unreadText(unread, filter.countsThreads)}}`
}

/** With counts by thread, those of the room are of the main timeline only (Client-Server API, Receiving notifications). */
function unreadText(unread: UnreadByThread | undefined, countsThreads: boolean): string {
  const { notifications = 0, highlights = 0 } = (countsThreads ? unread?.main : unread?.total) ?? {}
  const text = `"unread_notifications":{"highlight_count":${highlights},"notification_count":${notifications}}`
  if (!countsThreads) return text
  const threads = [...unread?.threads ?? []].map(([id, thread]) => (
    `${JSON.stringify(id)}:{"highlight_count":${thread.highlights},"notification_count":${thread.notifications}}`
  ))
  return `${text},"unread_thread_notifications":{${threads.join(',')}}`
}
