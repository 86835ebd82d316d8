import { Lru } from '../util/lru.ts'
import type { Db } from './database.ts'
import { findStateKeyNid, findUserIds, findUsers, internStateKeys, internUsers, type StateKey } from './dictionary.ts'

const USERS_MAX = 200_000
const KEYS_MAX = 200_000

/** The numbers of users and of state keys, remembered. A number never changes its meaning. */
export class Names {
  readonly #db: Db
  readonly #users = new Lru<string, number>(USERS_MAX)
  readonly #userIds = new Lru<number, string>(USERS_MAX)
  readonly #keys = new Lru<string, number>(KEYS_MAX)

  constructor(db: Db) {
    this.#db = db
  }

  /** The numbers of the users, made where they are new. */
  internUsers(userIds: readonly string[]): Promise<Map<string, number>> {
    return this.#numbersOf(userIds, internUsers)
  }

  /** The numbers of those users whom somebody has met before. */
  findUsers(userIds: readonly string[]): Promise<Map<string, number>> {
    return this.#numbersOf(userIds, findUsers)
  }

  async internUser(userId: string): Promise<number> {
    const nid = this.#users.get(userId) ?? (await this.internUsers([userId])).get(userId)
    if (nid === undefined) throw new Error(`${userId} got no number`)
    return nid
  }

  /** The number of a user that somebody has met before. */
  async findUser(userId: string): Promise<number | undefined> {
    return this.#users.get(userId) ?? (await this.findUsers([userId])).get(userId)
  }

  async userIds(nids: readonly number[]): Promise<Map<number, string>> {
    const ids = new Map<number, string>()
    const missing: number[] = []
    for (const nid of nids) {
      const known = this.#userIds.get(nid)
      if (known === undefined) missing.push(nid)
      else ids.set(nid, known)
    }
    if (missing.length > 0) {
      for (const [nid, userId] of await findUserIds(this.#db, missing)) {
        this.#userIds.set(nid, userId)
        ids.set(nid, userId)
      }
    }
    return ids
  }

  /** The numbers of the keys in their order, made where they are new. */
  async internKeys(keys: readonly StateKey[]): Promise<number[]> {
    const known = keys.map((key) => this.#keys.get(nameOf(key)))
    const missing = keys.filter((_, index) => known[index] === undefined)
    if (missing.length === 0) return known.filter((nid) => nid !== undefined)
    const made = await internStateKeys(this.#db, missing)
    missing.forEach((key, index) => this.#keys.set(nameOf(key), made[index] ?? -1))
    let next = 0
    return known.map((nid) => nid ?? made[next++] ?? -1)
  }

  /** The number of a key that some event has had: what people merely ask for is not written down. */
  async findKey(key: StateKey): Promise<number | undefined> {
    const nid = this.#keys.get(nameOf(key)) ?? await findStateKeyNid(this.#db, key)
    if (nid !== undefined) this.#keys.set(nameOf(key), nid)
    return nid
  }

  async #numbersOf(userIds: readonly string[], read: typeof findUsers): Promise<Map<string, number>> {
    const numbers = new Map<string, number>()
    const missing: string[] = []
    for (const userId of userIds) {
      const known = this.#users.get(userId)
      if (known === undefined) missing.push(userId)
      else numbers.set(userId, known)
    }
    if (missing.length > 0) for (const [userId, nid] of await read(this.#db, missing)) this.#remember(numbers, userId, nid)
    return numbers
  }

  #remember(numbers: Map<string, number>, userId: string, nid: number): void {
    numbers.set(userId, nid)
    this.#users.set(userId, nid)
    this.#userIds.set(nid, userId)
  }
}

/** With the length, since a type may hold whatever stands between the two. */
const nameOf = ({ type, stateKey }: StateKey): string => `${stateKey === null ? '' : type.length}:${type}:${stateKey ?? ''}`
