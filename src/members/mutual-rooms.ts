import { invalidParam } from '../matrix/errors.ts'
import { isRoomId, isUserId } from '../matrix/ids.ts'
import { decodeBase64, encodeBase64Url } from '../matrix/base64.ts'
import type { Db } from '../store/database.ts'
import { listMutualRooms } from '../store/rooms/shared-rooms.ts'

/** A page of the rooms in which two users are. */
export interface MutualRoomsPage {
  readonly joined: readonly string[]
  /** How many there are on all pages. */
  readonly count: number
  readonly next_batch?: string
}

const PAGE = 100
/** Localparts outside of this are nobody's (appendices, Historical User IDs). */
const COMPLIANT = /^@[\x21-\x39\x3b-\x7e]+:/

/** The rooms that two users have in common (Client-Server API, Mutual rooms). */
export class MutualRooms {
  readonly #db: Db

  constructor({ db }: { readonly db: Db }) {
    this.#db = db
  }

  /**
   * A page of the rooms in which both the asker and the other are joined; nobody knows of others. Throws M_INVALID_PARAM for
   * what is no user id, for one's own, and for a token of elsewhere.
   */
  async list(
    asker: { readonly user: number, readonly userId: string }, userId: string, from: string | undefined,
  ): Promise<MutualRoomsPage> {
    if (!isUserId(userId) || !COMPLIANT.test(userId)) throw invalidParam('That is not a user id.')
    if (userId === asker.userId) throw invalidParam('Ask for somebody else than yourself.')
    const { count, page } = await listMutualRooms(this.#db, asker.user, { userId, after: readToken(from), limit: PAGE + 1 })
    const joined = page.slice(0, PAGE)
    const last = joined.at(-1)
    return { joined, count, ...(page.length > PAGE && last !== undefined ? { next_batch: encodeBase64Url(Buffer.from(last)) } : {}) }
  }
}

/** Pages are in the order of room ids, so a token says after which one to go on. */
function readToken(token: string | undefined): string {
  if (token === undefined || token === '') return ''
  const roomId = decodeBase64(token)?.toString()
  if (roomId === undefined || !isRoomId(roomId)) throw invalidParam('from is no token of this server.')
  return roomId
}
