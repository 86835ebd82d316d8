import { invalidParam } from '../matrix/errors.ts'
import { fits255Bytes } from '../matrix/ids.ts'
import { isJsonObject, setOwn, type JsonObject, type MutableJsonObject } from '../matrix/json.ts'
import type { Tag } from '../spec/types.ts'
import type { Db } from '../store/database.ts'
import { findRoom } from '../store/rooms/rooms.ts'
import type { AccountData } from './account-data.ts'

const TYPE = 'm.tag'

/** The tags that a user puts on rooms (Client-Server API, Room Tagging). They are account data of the room. */
export class Tags {
  readonly #db: Db
  readonly #accountData: AccountData

  constructor({ db, accountData }: { db: Db, accountData: AccountData }) {
    this.#db = db
    this.#accountData = accountData
  }

  /** The tags by name. */
  async list(user: number, roomId: string): Promise<Readonly<Record<string, Tag>>> {
    const room = await findRoom(this.#db, roomId)
    return room === undefined ? {} : tagsIn(await this.#accountData.find(user, room.nid, TYPE)) as Readonly<Record<string, Tag>>
  }

  /** Errors: M_INVALID_PARAM for a name that is too long or an order beyond 0 to 1, M_NOT_FOUND for an unknown room. */
  async set(user: number, roomId: string, tag: string, content: JsonObject): Promise<void> {
    if (!fits255Bytes(tag)) throw invalidParam('The name of a tag has at most 255 bytes.')
    const { order } = content
    if (order !== undefined && (typeof order !== 'number' || order < 0 || order > 1)) {
      throw invalidParam('The order is a number from 0 to 1.')
    }
    await this.#accountData.change(user, roomId, TYPE, (before) => {
      const tags = { ...tagsIn(before) }
      setOwn(tags, tag, content)
      return { tags }
    })
  }

  async delete(user: number, roomId: string, tag: string): Promise<void> {
    await this.#accountData.change(user, roomId, TYPE, (before) => {
      const tags = tagsIn(before)
      if (!Object.hasOwn(tags, tag)) return undefined
      return { tags: without(tags, tag) }
    })
  }
}

function tagsIn(content: JsonObject | undefined): JsonObject {
  const tags = content?.['tags']
  return isJsonObject(tags) ? tags : {}
}

function without(tags: JsonObject, tag: string): JsonObject {
  const others: MutableJsonObject = {}
  for (const [name, value] of Object.entries(tags)) if (name !== tag) setOwn(others, name, value)
  return others
}
