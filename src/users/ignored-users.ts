import { isJsonObject } from '../matrix/json.ts'
import { WHOLE_ACCOUNT } from '../store/account-data.ts'
import type { Stream } from '../streams/stream.ts'
import type { AccountData } from './account-data.ts'
import { PerUserCache } from './per-user-cache.ts'

const REMEMBERED_MAX = 200_000
const NOBODY: ReadonlySet<string> = new Set()

/** Whom each user ignores (Client-Server API, Ignoring Users). */
export class IgnoredUsers {
  readonly #cache: PerUserCache<ReadonlySet<string>>

  constructor({ accountData, stream }: { accountData: AccountData, stream: Stream }) {
    this.#cache = new PerUserCache(REMEMBERED_MAX, async (user) => {
      const ignored = (await accountData.find(user, WHOLE_ACCOUNT, 'm.ignored_user_list'))?.['ignored_users']
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
