import { MatrixError, notFound } from '../matrix/errors.ts'
import { fits255Bytes } from '../matrix/ids.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Db, Transaction } from '../store/database.ts'
import { findRoom } from '../store/rooms/rooms.ts'
import {
  findAccountData, listAccountDataOfRooms, listAccountDataSince, upsertAccountData, WHOLE_ACCOUNT, type AccountDataRow,
} from '../store/users/account-data.ts'
import type { Committer } from '../streams/committer.ts'
import type { Stream } from '../streams/stream.ts'


/** Types that the server keeps by other means; clients set them by endpoints of their own. */
const SERVER_CONTROLLED: ReadonlySet<string> = new Set(['m.fully_read', 'm.push_rules'])

/** What clients keep on the server for a user, of the account or of a room (Client-Server API, Client Config). */
export class AccountData {
  readonly #db: Db
  readonly #stream: Stream
  readonly #committer: Committer

  constructor({ db, stream, committer }: { db: Db, stream: Stream, committer: Committer }) {
    this.#db = db
    this.#stream = stream
    this.#committer = committer
  }

  /** The content, which is JSON text, of a type in a room or, without one, of the account. Errors: M_NOT_FOUND. */
  async get(user: number, roomId: string | undefined, type: string): Promise<JsonObject> {
    const content = await findAccountData(this.#db, user, await this.#numberOf(roomId), type)
    if (content === undefined) throw notFound('There is no account data of that type.')
    return JSON.parse(content) as JsonObject
  }

  async find(user: number, room: number, type: string): Promise<JsonObject | undefined> {
    const content = await findAccountData(this.#db, user, room, type)
    return content === undefined ? undefined : JSON.parse(content) as JsonObject
  }

  /**
   * What a client sets.
   * Errors: M_BAD_JSON (405) for what the server controls, M_NOT_FOUND for an unknown room, M_INVALID_PARAM, M_LIMIT_EXCEEDED.
   */
  async setByClient(user: number, roomId: string | undefined, type: string, content: JsonObject): Promise<void> {
    if (SERVER_CONTROLLED.has(type)) throw new MatrixError('M_BAD_JSON', `${type} is set in another way.`, { status: 405 })
    if (!fits255Bytes(type) || type.includes('\0')) throw new MatrixError('M_INVALID_PARAM', 'A type has at most 255 bytes.')
    await this.set(user, await this.#numberOf(roomId), type, content)
  }

  /**
   * Sets what the server keeps as account data itself, as `m.fully_read`. `room` is 0 for the whole account.
   * Errors: M_LIMIT_EXCEEDED.
   */
  async set(user: number, room: number, type: string, content: JsonObject): Promise<void> {
    const text = JSON.stringify(content)
    await this.#committer.submit({
      positions: 1,
      bytes: text.length,
      rows: (pos) => ({ account_data: [[user, room, type, text, pos]] }),
      committed: (pos) => [{ kind: 'account-data', user, pos }],
    })
  }

  /** Replaces content by what is made of it; nobody changes it in between. `change` gives undefined to leave it. */
  async change(
    user: number, roomId: string | undefined, type: string, change: (content: JsonObject | undefined) => JsonObject | undefined,
  ): Promise<void> {
    const room = await this.#numberOf(roomId)
    await this.#stream.transact(() => Promise.resolve({
      value: undefined,
      positions: 1,
      async write(trx: Transaction, pos: number) {
        const before = await findAccountData(trx, user, room, type)
        const content = change(before === undefined ? undefined : JSON.parse(before) as JsonObject)
        if (content === undefined) return []
        await upsertAccountData(trx, { user, room, type, content: JSON.stringify(content), pos })
        return [{ kind: 'account-data' as const, user, pos }]
      },
    }))
  }

  /** What changed after a position, of the account and of every room (whose number the rows carry, or 0). */
  listSince(user: number, pos: number): Promise<AccountDataRow[]> {
    return listAccountDataSince(this.#db, user, pos)
  }

  /** All that there is of some rooms. */
  listOfRooms(user: number, rooms: readonly number[]): Promise<AccountDataRow[]> {
    return listAccountDataOfRooms(this.#db, user, rooms)
  }

  async #numberOf(roomId: string | undefined): Promise<number> {
    if (roomId === undefined) return WHOLE_ACCOUNT
    const room = await findRoom(this.#db, roomId)
    if (room === undefined) throw notFound('That room is not known here.')
    return room.nid
  }
}
