import type { Db } from '../store/database.ts'
import { findUsers } from '../store/dictionary.ts'

/** Port: whom a user does not want to hear of, kept in the account data by `users/`. */
export interface IgnoredUsers {
  /** The ids of the users whom the user ignores (Client-Server API, Ignoring users). */
  listIgnored(user: number): Promise<ReadonlySet<string>>
}

/** Whom a user ignores, by ids, and by the numbers of those that are known here. */
export async function findIgnored(
  { ignoredUsers, db }: { readonly ignoredUsers: IgnoredUsers, readonly db: Db }, user: number,
): Promise<{ readonly userIds: ReadonlySet<string>, readonly notSenders: readonly number[] }> {
  const userIds = await ignoredUsers.listIgnored(user)
  if (userIds.size === 0) return { userIds, notSenders: [] }
  const numbers = await findUsers(db, [...userIds])
  return { userIds, notSenders: [...numbers.values()] }
}
