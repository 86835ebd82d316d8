import { notFound } from '../matrix/errors.ts'
import type { Aliases } from './aliases.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'

/** Finds rooms for who need not be in them yet. */
export class RoomFinder {
  readonly #rooms: Rooms
  readonly #aliases: Aliases

  constructor({ rooms, aliases }: { rooms: Rooms, aliases: Aliases }) {
    this.#rooms = rooms
    this.#aliases = aliases
  }

  /** Throws M_NOT_FOUND. */
  async getById(roomId: string): Promise<Room> {
    const room = await this.#rooms.find(roomId)
    if (room === undefined) throw notFound(`There is no room ${roomId}.`)
    return room
  }

  /** Throws M_NOT_FOUND, or M_INVALID_PARAM for what is neither an id nor an alias. */
  async getByIdOrAlias(roomIdOrAlias: string): Promise<Room> {
    if (roomIdOrAlias.startsWith('!')) return this.getById(roomIdOrAlias)
    const { room_id: roomId } = await this.#aliases.get(roomIdOrAlias)
    return this.getById(roomId)
  }
}
