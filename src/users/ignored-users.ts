import { isJsonObject, ownValue } from '../matrix/json.ts'
import type { Db } from '../store/database.ts'
import { listAccountDataOfType } from '../store/users/account-data.ts'
import type { Stream } from '../streams/stream.ts'
import { Batch } from '../util/batch.ts'
import { PerUserCache } from './per-user-cache.ts'

const REMEMBERED_MAX = 200_000
const NOBODY: ReadonlySet<string> = new Set()

/** Whom each user ignores (Client-Server API, Ignoring Users). */
export class IgnoredUsers {
  readonly #cache: PerUserCache<ReadonlySet<string>>

  constructor({ db, stream }: { db: Db, stream: Stream }) {
    const contents = new Batch((users: readonly number[]) => listAccountDataOfType(db, users, 'm.ignored_user_list'))
    this.#cache = new PerUserCache(REMEMBERED_MAX, async (user) => {
      const content: unknown = JSON.parse(await contents.get(user) ?? '{}')
      const ignored = isJsonObject(content) ? ownValue(content, 'ignored_users') : undefined
      return isJsonObject(ignored) ? new Set(Object.keys(ignored)) : NOBODY
    })
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'account-data') this.#cache.forget(change.user)
    })
  }

  /** The user ids; at once where they are remembered. */
  ignoredBy(user: number): ReadonlySet<string> | Promise<ReadonlySet<string>> {
    return this.#cache.get(user)
  }
}
