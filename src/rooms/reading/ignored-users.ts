import type { Db } from '../../store/database.ts'
import { findUsers } from '../../store/dictionary.ts'
import type { IgnoredUsers } from '../../users/ignored-users.ts'

export type IgnoredBy = Pick<IgnoredUsers, 'ignoredBy'>

/** Whom somebody does not want to hear of. */
export interface Ignored {
  readonly userIds: ReadonlySet<string>
  /** The numbers of those who are known here. */
  readonly users: readonly number[]
}

const NOBODY: Ignored = { userIds: new Set(), users: [] }

/** Whom a user ignores (Client-Server API, Ignoring users). */
export async function findIgnored(
  { ignoredUsers, db }: { readonly ignoredUsers: IgnoredBy, readonly db: Db }, user: number,
): Promise<Ignored> {
  const userIds = await ignoredUsers.ignoredBy(user)
  if (userIds.size === 0) return NOBODY
  const numbers = await findUsers(db, [...userIds])
  return { userIds, users: [...numbers.values()] }
}
