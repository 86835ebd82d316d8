import type { UserRoom } from '../members/members.ts'
import type { ClientEvents } from '../rooms/reading/client-events.ts'
import type { RoomEvent } from '../rooms/room-event.ts'
import type { Room } from '../rooms/room.ts'
import { listStrippedState } from '../store/rooms/memberships.ts'
import { formatPlaceToken, placeBefore } from '../streams/tokens.ts'
import type { AccountDataNews } from './account-data.ts'
import type { SyncContext } from './context.ts'
import type { JoinedRoomsParts } from './joined-rooms.ts'
import { readCourses, type CourseParts } from './membership-course.ts'
import type { BodyTask } from './room-bodies.ts'

export interface LeftRoomsParts extends CourseParts, Pick<JoinedRoomsParts, 'rooms' | 'bodies'> {
  readonly clientEvents: ClientEvents
  /** The restore epoch of this server. */
  readonly epoch: number
}

export interface LeftRoom {
  readonly room: Room
  readonly entry: UserRoom
  /** From where on the client is told; undefined where the room is told from the beginning. */
  readonly after: number | undefined
  readonly wasIn: boolean
}

/**
 * `rooms.leave`: members of an object as JSON text. Rooms that the user has left, or was made to leave, since the client last
 * looked; older ones where the filter asks for them, or the user was banned. Nothing after the leave is told (Client-Server API, Syncing).
 */
export async function writeLeftRooms(
  parts: LeftRoomsParts, entries: readonly UserRoom[], accountData: AccountDataNews, context: SyncContext,
): Promise<string[]> {
  const { since, fullState, filter, upTo } = context
  const isFromBeginning = since === undefined || fullState
  // A room that was forgotten soon after is news all the same: another device would take the user for a member for ever.
  // Nobody was asked about a ban, who may not have heard of it.
  const wanted = entries.filter(({ forgotten, roomId, membership, pos }) => (
    filter.passesRoom(roomId) && pos <= upTo && (
      (isFromBeginning && !forgotten && (filter.includeLeave || membership === 'ban')) || (since !== undefined && pos > since.pos)
    )
  ))
  if (wanted.length === 0) return []
  const rooms = await parts.rooms.findAll(wanted.map((entry) => entry.roomId))
  const found = wanted.flatMap((entry) => {
    const room = rooms.get(entry.roomId)
    return room === undefined ? [] : [{ room, entry }]
  })
  // Of a room that was deleted nothing is left but that the user is not in it any more; of one to which he was only invited,
  // how that ended.
  const deleted = wanted.filter(({ roomId }) => !rooms.has(roomId))
  const ends = await listStrippedState(parts.db, context.reader.user, wanted.map(({ room }) => room))
  const told = deleted.filter(({ room, pos }) => ends.has(room) || (since !== undefined && pos > since.pos))
  const left = await judgeLeaves(parts, found, context)
  const gone = left.filter(({ wasIn }) => wasIn)
  const bodies = await parts.bodies.write(gone.map(({ room, entry, after }): BodyTask => (
    { room, after, upTo: entry.pos, isWhole: after === undefined, seesFrom: Number.POSITIVE_INFINITY, isLeft: true }
  )), context)
  const refused = await Promise.all(left.filter(({ wasIn }) => !wasIn).map((each) => refusedText(parts, each, ends, context)))
  const ended = told.map((entry) => deletedText(parts, entry, context, ends.get(entry.room)))
  return [...ended, ...refused.flat(), ...gone.map(({ room: { roomId, nid } }) => {
    const own = accountData.rooms.get(nid)?.join(',') ?? ''
    return `${JSON.stringify(roomId)}:{${bodies.get(nid)?.text ?? ''},"account_data":{"events":[${own}]}}`
  })]
}

/** Whether the user was in the rooms, and what of them the client knows already. */
export async function judgeLeaves(
  parts: CourseParts, found: readonly { room: Room, entry: UserRoom }[], { since, reader, upTo }: SyncContext,
): Promise<LeftRoom[]> {
  const recent = found.filter(({ entry }) => since !== undefined && entry.pos > since.pos)
  const courses = await readCourses(parts, reader.userId, recent.map(({ room }) => room), since?.pos ?? 0, upTo)
  const old = found.filter(({ room }) => !courses.has(room.nid))
  const leaves = await parts.events.map(old.map(({ entry }) => entry.eventNid))
  const before = await parts.events.map([...leaves.values()].flatMap((event) => event.replacesNid ?? []))
  return found.map(({ room, entry }) => {
    const course = courses.get(room.nid)
    if (course !== undefined) return { room, entry, after: course.wasJoined ? since?.pos : undefined, wasIn: course.wasEverJoined }
    const replacedNid = leaves.get(entry.eventNid)?.replacesNid
    const wasIn = replacedNid !== undefined && before.get(replacedNid)?.content['membership'] === 'join'
    return { room, entry, after: undefined, wasIn }
  })
}

function deletedText(
  { epoch }: Pick<LeftRoomsParts, 'epoch'>, { roomId, pos }: UserRoom, { stateName }: Pick<SyncContext, 'stateName'>, events = '[]',
): string {
  const prevBatch = formatPlaceToken({ epoch, place: { pos, offset: 0 } })
  const timeline = `{"events":${events},"prev_batch":"${prevBatch}","limited":false}`
  return `${JSON.stringify(roomId)}:{"timeline":${timeline},"${stateName}":{"events":[]}}`
}

/** Of a room that the user never was in, he is told that the invite or knock is over, and nothing else. */
async function refusedText(
  { events, clientEvents, epoch }: LeftRoomsParts, { room, entry }: LeftRoom, ends: ReadonlyMap<number, string>,
  { since, reader, stateName, filter }: SyncContext,
): Promise<string[]> {
  // What was refused before the client looked first is no news to it.
  if (since === undefined || entry.pos <= since.pos) return []
  const event: RoomEvent | undefined = await events.find(entry.eventNid)
  // Of an invite of another server nothing is known but how it ended.
  if (event === undefined) return [deletedText({ epoch }, entry, { stateName }, ends.get(entry.room))]
  const options = { reader, withRoomId: false, membership: entry.membership }
  const shown = filter.timeline.passes(event) ? await clientEvents.format([event], options) : []
  const prevBatch = formatPlaceToken({ epoch, place: placeBefore(event.place) })
  const timeline = `{"events":[${shown.join(',')}],"prev_batch":"${prevBatch}","limited":false}`
  return [`${JSON.stringify(room.roomId)}:{"timeline":${timeline},"${stateName}":{"events":[]}}`]
}
