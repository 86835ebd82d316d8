import { invalidParam, notFound } from '../matrix/errors.ts'
import { isRoomAlias, isRoomId, serverNameOf } from '../matrix/ids.ts'
import type { Aliases } from './aliases.ts'
import type { RemoteAliases, RoomTarget } from './remote-memberships.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'

export interface RoomFinderParts {
  readonly rooms: Rooms
  readonly aliases: Aliases
  readonly remoteAliases: RemoteAliases
  readonly serverName: string
}

/** Who joins needs no more servers than these to ask. */
const NAMED_MAX = 100

/** Finds rooms for who need not be in them yet. */
export class RoomFinder {
  readonly #parts: RoomFinderParts

  constructor(parts: RoomFinderParts) {
    this.#parts = parts
  }

  /** Throws M_NOT_FOUND. */
  async getById(roomId: string): Promise<Room> {
    const room = await this.#parts.rooms.find(roomId)
    if (room === undefined) throw notFound(`There is no room ${roomId}.`)
    return room
  }

  /**
   * Which room is meant, wherever it lives. Throws M_INVALID_PARAM for what is neither an id nor an alias, M_NOT_FOUND for an
   * alias of no room.
   */
  async locate(roomIdOrAlias: string): Promise<RoomTarget> {
    const { aliases, remoteAliases, serverName } = this.#parts
    if (roomIdOrAlias.startsWith('!')) {
      if (!isRoomId(roomIdOrAlias)) throw invalidParam('That is not a room id.')
      return { roomId: roomIdOrAlias, servers: [] }
    }
    if (!isRoomAlias(roomIdOrAlias)) throw invalidParam('That is neither a room id nor an alias.')
    if (serverNameOf(roomIdOrAlias) !== serverName) return remoteAliases.get(roomIdOrAlias)
    return { roomId: (await aliases.get(roomIdOrAlias)).room_id, servers: [] }
  }

  /** The room behind an alias of this server, and servers that are in it. Throws M_INVALID_PARAM, M_NOT_FOUND. */
  async locateOwn(alias: string): Promise<RoomTarget> {
    const { aliases, rooms, serverName } = this.#parts
    const { room_id: roomId } = await aliases.get(alias)
    const others = [...(await rooms.find(roomId))?.servers.list() ?? []].filter((server) => server !== serverName)
    return { roomId, servers: [serverName, ...others.slice(0, NAMED_MAX - 1)] }
  }

  /** The same for an alias of whichever server. */
  async locateAlias(alias: string): Promise<RoomTarget> {
    const isAbroad = isRoomAlias(alias) && serverNameOf(alias) !== this.#parts.serverName
    return isAbroad ? this.#parts.remoteAliases.get(alias) : this.locateOwn(alias)
  }
}
