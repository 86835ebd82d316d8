import { createHash } from 'node:crypto'
import { findAnswer } from '../store/transactions.ts'
import type { Db } from '../store/database.ts'

/** Whose transaction ids they are: a device's, or those of a token that has no device. */
export interface TransactionOwner {
  readonly user: number
  readonly deviceId: string | undefined
  readonly tokenId: number
}

export interface TransactionName {
  readonly operation: string
  /** The decoded parameters of the path, without the transaction id. */
  readonly path: readonly string[]
  readonly txnId: string
}

/** Requests that carry a transaction id happen once, however often they come (Client-Server API, Transaction identifiers). */
export class Transactions {
  readonly #db: Db
  readonly #running = new Map<string, Promise<unknown>>()

  constructor(db: Db) {
    this.#db = db
  }

  /**
   * The answer that was given before, or that of `run`, which must store it under the key in the transaction of its
   * effect (the hot rows `transactions`: key, answer as JSON text, created_at). A retry that comes while the first
   * request is still at work waits for that one's answer.
   */
  async once<T>(owner: TransactionOwner, name: TransactionName, run: (key: Buffer) => Promise<T>): Promise<T> {
    const key = keyOf(owner, name)
    const id = key.toString('base64')
    const running = this.#running.get(id)
    if (running !== undefined) return running as Promise<T>
    const answer = this.#answer(key, run)
    this.#running.set(id, answer)
    try {
      return await answer
    } finally {
      this.#running.delete(id)
    }
  }

  async #answer<T>(key: Buffer, run: (key: Buffer) => Promise<T>): Promise<T> {
    const stored = await findAnswer(this.#db, key)
    return stored === undefined ? run(key) : JSON.parse(stored) as T
  }
}

function keyOf(owner: TransactionOwner, { operation, path, txnId }: TransactionName): Buffer {
  const scope = owner.deviceId === undefined ? ['token', owner.tokenId] : ['device', owner.deviceId]
  return createHash('sha256').update(JSON.stringify([owner.user, scope, operation, path, txnId])).digest()
}
