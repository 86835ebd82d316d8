import type { Members, UserRoom } from '../members/members.ts'
import type { Room } from '../rooms/room.ts'
import type { StateAccess } from '../rooms/state/state-reader.ts'
import { listPublished } from '../store/rooms/public-rooms.ts'
import { formatPlaceToken, formatSyncToken } from '../streams/tokens.ts'
import type { Requester } from '../users/requester.ts'
import { readAccountData, readRoomAccountData, type AccountDataNews } from './account-data.ts'
import type { SyncContext } from './context.ts'
import { compileFilter } from './filter.ts'
import { listInvited } from './invited-rooms.ts'
import { judgeLeaves } from './left-rooms.ts'
import { readNamedPresence } from './presence.ts'
import type { BodyTask, RoomBodies, RoomPieces } from './room-bodies.ts'
import type { SyncReaderParts } from './sync-reader.ts'

export interface SnapshotsParts extends SyncReaderParts {
  readonly members: Pick<Members, 'roomsOf' | 'membershipOf'>
  readonly bodies: RoomBodies
  readonly stateReader: { accessOf(room: Room, reader: Requester): Promise<StateAccess> }
}

/** Which rooms, and how much of each. */
export interface SnapshotRequest {
  /** So many of the last messages of each room. */
  readonly limit?: number | undefined
  /** Whether rooms that the user has left are told as well. */
  readonly archived?: boolean | undefined
}

/** What is told of a room. */
interface RoomInfo {
  readonly roomId: string
  readonly membership: string | undefined
  /** The invite as JSON text. */
  readonly invite?: string | undefined
  /** Undefined where the user may not look into the room. */
  readonly pieces?: RoomPieces | undefined
  readonly end: string
  readonly isPublished: boolean
  readonly accountData: readonly string[]
}

interface Attempt { readonly upTo: number, readonly text: string }

const TELLING: ReadonlySet<string> = new Set(['join', 'invite', 'leave', 'ban'])

/**
 * How everything is at a moment: what clients from before /sync begin with, and what there is to see of one room for who is
 * not in it. It is written by what writes a first sync.
 */
export class Snapshots {
  readonly #parts: SnapshotsParts

  constructor(parts: SnapshotsParts) {
    this.#parts = parts
  }

  /**
   * One room with its last messages, as JSON text: at present for members and wherever everybody may read it, as it was at
   * the leave for who was in it. Throws M_FORBIDDEN for others. (Client-Server API, Room Previews.)
   */
  async ofRoom(room: Room, requester: Requester, { limit }: Pick<SnapshotRequest, 'limit'>): Promise<string> {
    const { members, stateReader, bodies, order } = this.#parts
    const context = await this.#open(requester, limit)
    const access = await stateReader.accessOf(room, requester)
    const entry = await members.membershipOf(requester.user, room.nid)
    const upTo = access.until === 'now' ? context.upTo : access.pos
    const task = taskOf(room, entry, { upTo, isLeft: access.until !== 'now' })
    const [pieces, published, accountData] = await Promise.all([
      bodies.read([task], context, { withRoomId: true }),
      listPublished(this.#parts.db, [room.nid]),
      readRoomAccountData(this.#parts, [room.nid], context),
    ])
    return textOf({
      roomId: room.roomId,
      membership: entry !== undefined && TELLING.has(entry.membership) ? entry.membership : undefined,
      pieces: pieces.get(room.nid),
      end: access.until === 'now' ? this.#endOf(upTo, order.current()) : this.#endOfLeft(upTo),
      isPublished: published.has(room.nid),
      accountData: accountData.get(room.nid) ?? [],
    })
  }

  /** All of a user's rooms, presence and account data, as JSON text (Client-Server API, GET /initialSync). */
  async ofAccount(requester: Requester, request: SnapshotRequest): Promise<string> {
    for (;;) {
      const { upTo, text } = await this.#attempt(requester, request)
      // Where the user came or went meanwhile, rooms were told by another membership than that at the end of the snapshot.
      if (!this.#parts.changes.memberships.mayHaveChanged(requester.user, upTo)) return text
    }
  }

  async #attempt(requester: Requester, { limit, archived = false }: SnapshotRequest): Promise<Attempt> {
    const ephemeral = this.#parts.order.current()
    const context = await this.#open(requester, limit)
    const entries = [...(await this.#parts.members.roomsOf(requester.user)).values()]
    const joined = entries.filter(({ membership }) => membership === 'join')
    const accountData = await readAccountData(this.#parts, context)
    const [tasks, invites, presence] = await Promise.all([
      this.#listTasks(joined, archived ? entries.filter(isPast) : [], context),
      this.#listInvites(entries.filter(({ membership }) => membership === 'invite'), context),
      readNamedPresence(this.#parts, joined, context),
    ])
    const published = await listPublished(this.#parts.db, [...tasks.map(({ entry }) => entry.room), ...invites.keys()])
    const pieces = await this.#parts.bodies.read(tasks.map(({ task }) => task), context, { withRoomId: true })
    const end = this.#endOf(context.upTo, ephemeral)
    const rooms = [...tasks.map(({ entry, task }) => textOf({
      ...aboutRoom(entry, published, accountData),
      pieces: pieces.get(entry.room),
      end: task.isLeft ? this.#endOfLeft(task.upTo) : end,
    })), ...[...invites.values()].map(({ entry, text }) => textOf({ ...aboutRoom(entry, published, accountData), invite: text, end }))]
    const text = `{"end":"${end}","rooms":[${rooms.join(',')}],"presence":[${presence.join(',')}]`
      + `,"account_data":[${accountData.account.join(',')}]}`
    return { upTo: context.upTo, text }
  }

  async #open({ user, userId, deviceId }: Requester, limit: number | undefined): Promise<SyncContext> {
    const upTo = this.#parts.stream.head()
    return {
      reader: { user, userId, deviceId },
      since: undefined, token: undefined, fullState: false, stateName: 'state_after', sentMembers: undefined,
      filter: compileFilter(limit === undefined ? {} : { room: { timeline: { limit } } }, 0),
      upTo,
      ignored: await this.#parts.ignoredUsers.ignoredBy(user),
    }
  }

  async #listTasks(
    joined: readonly UserRoom[], left: readonly UserRoom[], context: SyncContext,
  ): Promise<{ readonly entry: UserRoom, readonly task: BodyTask }[]> {
    const rooms = await this.#parts.rooms.findAll([...joined, ...left].map(({ roomId }) => roomId))
    const known = (entries: readonly UserRoom[]): { room: Room, entry: UserRoom }[] => entries.flatMap((entry) => {
      const room = rooms.get(entry.roomId)
      return room === undefined ? [] : [{ room, entry }]
    })
    const gone = left.length === 0 ? [] : (await judgeLeaves(this.#parts, known(left), context)).filter(({ wasIn }) => wasIn)
    return [
      ...known(joined).map(({ room, entry }) => ({ entry, task: taskOf(room, entry, { upTo: context.upTo, isLeft: false }) })),
      ...gone.map(({ room, entry }) => ({ entry, task: taskOf(room, entry, { upTo: entry.pos, isLeft: true }) })),
    ]
  }

  /** Of an invite to a room that this server is not in, the event may not be known. */
  async #listInvites(
    entries: readonly UserRoom[], context: SyncContext,
  ): Promise<Map<number, { readonly entry: UserRoom, readonly text: string | undefined }>> {
    const invited = await listInvited(this.#parts, entries.filter(({ pos }) => pos <= context.upTo), context)
    const events = await this.#parts.events.list(invited.map(({ entry }) => entry.eventNid))
    const texts = await this.#parts.clientEvents.format(events, { reader: context.reader, withRoomId: true, membership: 'invite' })
    const byNid = new Map(events.map(({ nid }, index) => [nid, texts[index]]))
    return new Map(invited.map(({ entry }) => [entry.room, { entry, text: byNid.get(entry.eventNid) }]))
  }

  /** Where GET /events and /sync go on. What was sent to devices has not been told yet. */
  #endOf(pos: number, ephemeral: number): string {
    const { epoch, order } = this.#parts
    return formatSyncToken({ epoch, pos, toDevice: 0, instance: order.instance, ephemeral })
  }

  #endOfLeft(pos: number): string {
    return formatPlaceToken({ epoch: this.#parts.epoch, place: { pos, offset: 0 } })
  }
}

function isPast({ membership, forgotten }: UserRoom): boolean {
  return (membership === 'leave' || membership === 'ban') && !forgotten
}

function taskOf(room: Room, entry: UserRoom | undefined, { upTo, isLeft }: Pick<BodyTask, 'upTo' | 'isLeft'>): BodyTask {
  const seesFrom = entry?.membership === 'join' ? entry.pos : Number.POSITIVE_INFINITY
  return { room, after: undefined, upTo, isWhole: true, seesFrom, isLeft }
}

function aboutRoom(
  { room, roomId, membership }: UserRoom, published: ReadonlySet<number>, accountData: AccountDataNews,
): Pick<RoomInfo, 'roomId' | 'membership' | 'isPublished' | 'accountData'> {
  return { roomId, membership, isPublished: published.has(room), accountData: accountData.rooms.get(room) ?? [] }
}

function textOf({ roomId, membership, invite, pieces, end, isPublished, accountData }: RoomInfo): string {
  return `{"room_id":${JSON.stringify(roomId)}`
    + (membership === undefined ? '' : `,"membership":"${membership}"`)
    + (invite === undefined ? '' : `,"invite":${invite}`)
    + (pieces === undefined ? '' : `,"messages":{"start":"${pieces.prevBatch}","end":"${end}","chunk":[${pieces.timeline.join(',')}]}`
      + `,"state":[${pieces.state.join(',')}]`)
    + `,"visibility":"${isPublished ? 'public' : 'private'}","account_data":[${accountData.join(',')}]}`
}
