import { verifyKeyFromBase64, type VerifyKey } from '../matrix/signing.ts'
import type { ServerKey } from '../matrix/verify-event.ts'
import type { Db } from '../store/database.ts'
import { listServerKeys, saveServerKeys, type ServerKeyRow } from '../store/federation/server-keys.ts'
import { Batch } from '../util/batch.ts'
import { Lru } from '../util/lru.ts'
import type { KeyAnswer } from './key-answer.ts'

export interface KnownKey extends ServerKey {
  /** Whether the server still signs with it. */
  readonly isCurrent: boolean
  readonly fetchedAt: number
}

const SERVERS_MAX = 20_000

/** The keys of other servers that were ever seen, in memory and in the database. */
export class KnownKeys {
  readonly #db: Db
  readonly #servers = new Lru<string, ReadonlyMap<string, KnownKey>>(SERVERS_MAX)
  readonly #rows: Batch<string, ReadonlyMap<string, KnownKey>>

  constructor(db: Db) {
    this.#db = db
    this.#rows = new Batch((serverNames) => this.#load(serverNames))
  }

  /** Every key of the server. */
  async of(serverName: string): Promise<ReadonlyMap<string, KnownKey>> {
    return this.#servers.get(serverName) ?? this.#rows.get(serverName)
  }

  /**
   * Takes in what a server said of itself, or a notary of it. A notary may add keys and prolong them, and cannot take the
   * place of a key by another of its name.
   */
  async add({ serverName, keys, text }: KeyAnswer, from: 'itself' | 'notary'): Promise<void> {
    const known = await this.of(serverName)
    const news = from === 'itself' ? keys : keys.filter((key) => isNews(key, known.get(key.keyId)))
    if (news.length === 0) return
    await saveServerKeys(this.#db, news, text)
    const merged = new Map(this.#servers.peek(serverName) ?? known)
    for (const [keyId, key] of readRows(news)) merged.set(keyId, key)
    this.#servers.set(serverName, merged)
  }

  async #load(serverNames: readonly string[]): Promise<readonly ReadonlyMap<string, KnownKey>[]> {
    const byServer = Map.groupBy(await listServerKeys(this.#db, serverNames), ({ serverName }) => serverName)
    return serverNames.map((serverName) => {
      const keys = readRows(byServer.get(serverName) ?? [])
      this.#servers.set(serverName, keys)
      return keys
    })
  }
}

function isNews(key: ServerKeyRow, known: KnownKey | undefined): boolean {
  return known === undefined || (known.key.publicKey === key.publicKey && known.isCurrent && known.validUntilTs < key.validUntilTs)
}

function readRows(rows: readonly ServerKeyRow[]): Map<string, KnownKey> {
  const keys = new Map<string, KnownKey>()
  for (const { keyId, publicKey, validUntilTs, expiredTs, fetchedAt } of rows) {
    const key: VerifyKey | undefined = verifyKeyFromBase64(publicKey)
    if (key !== undefined) keys.set(keyId, { key, validUntilTs: expiredTs ?? validUntilTs, isCurrent: expiredTs === null, fetchedAt })
  }
  return keys
}
