import { MatrixError, notFound } from '../../matrix/errors.ts'
import { serverNameOf } from '../../matrix/ids.ts'
import type { Members } from '../../members/members.ts'
import type { RoomSummary } from '../../spec/types.ts'
import type { Requester } from '../../users/requester.ts'
import type { RoomFinder } from '../room-finder.ts'
import type { Rooms } from '../rooms.ts'
import { isServerIn } from '../servers-in-room.ts'
import { describeRoom } from './describe-room.ts'
import type { RemoteSpaces } from './remote-spaces.ts'
import { isInOneOf, isOpen, mayUserFind } from './room-access.ts'

export interface RoomSummariesParts {
  readonly rooms: Rooms
  readonly members: Members
  readonly roomFinder: RoomFinder
  readonly remoteSpaces: RemoteSpaces
  readonly serverName: string
}

type Reader = Pick<Requester, 'user' | 'userId'>

const SERVERS_MAX = 5

/** What people are told of a room before they are in it (Client-Server API, GET /room_summary). */
export class RoomSummaries {
  readonly #parts: RoomSummariesParts

  constructor(parts: RoomSummariesParts) {
    this.#parts = parts
  }

  /** Other servers are asked for who has an account only. Throws M_NOT_FOUND, also for rooms that the reader may not find. */
  async get(
    roomIdOrAlias: string, via: readonly string[], reader: Reader | undefined,
  ): Promise<RoomSummary & { readonly membership?: 'invite' | 'join' | 'knock' | 'leave' | 'ban' }> {
    const { rooms, members, serverName } = this.#parts
    const target = await this.#locate(roomIdOrAlias, reader)
    const room = await rooms.find(target.roomId)
    if (room !== undefined && isServerIn(room, serverName)) {
      if (!await mayUserFind(room, reader?.userId, rooms)) throw unknown(roomIdOrAlias)
      return { ...describeRoom(room), ...(reader === undefined ? {} : { membership: room.membershipOf(reader.userId) }) }
    }
    if (reader === undefined) throw unknown(roomIdOrAlias)
    const summary = await this.find(target.roomId, [...via, ...target.servers], reader)
    if (summary === undefined) throw unknown(roomIdOrAlias)
    return { ...summary, membership: (await members.findByRoomId(reader.user, target.roomId))?.membership ?? 'leave' }
  }

  /** What other servers tell of a room, if the reader may find it. */
  async find(roomId: string, servers: readonly string[], reader: Reader): Promise<RoomSummary | undefined> {
    const home = serverNameOf(roomId)
    const asked = [...new Set([...servers, ...home === undefined ? [] : [home]])].slice(0, SERVERS_MAX)
    const found = await this.#parts.remoteSpaces.find(roomId, asked, false)
    return found !== undefined && await this.maySee(found.room, reader) ? found.room : undefined
  }

  /** Whether the reader may find a room that another server described. */
  async maySee(summary: RoomSummary, reader: Reader): Promise<boolean> {
    const { rooms, members } = this.#parts
    if (isOpen(summary) || await isInOneOf(summary.allowed_room_ids ?? [], reader.userId, rooms)) return true
    return (await members.findByRoomId(reader.user, summary.room_id))?.membership === 'invite'
  }

  async #locate(roomIdOrAlias: string, reader: Reader | undefined) {
    const { roomFinder, serverName } = this.#parts
    const isAbroad = roomIdOrAlias.startsWith('#') && serverNameOf(roomIdOrAlias) !== serverName
    if (reader === undefined && isAbroad) throw unknown(roomIdOrAlias)
    return roomFinder.locate(roomIdOrAlias)
  }
}

function unknown(roomIdOrAlias: string): MatrixError {
  return notFound(`There is no room ${roomIdOrAlias} that you could find.`)
}
