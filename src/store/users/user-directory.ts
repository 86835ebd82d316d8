import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface FoundUserRow { readonly user_id: string, readonly display_name: string | null, readonly avatar_url: string | null }

export interface UserSearch {
  /** Who searches. */
  readonly user: number
  readonly term: string
  /** The term as a LIKE pattern that stands for itself anywhere. */
  readonly pattern: string
  readonly limit: number
}

/**
 * The users of this server whose name or id holds the term, whatever the case, among those who share a room with who
 * searches and those in rooms that everybody can enter or read.
 */
export async function searchUsers(db: Db, { user, term, pattern, limit }: UserSearch): Promise<FoundUserRow[]> {
  const result = await sql<FoundUserRow>`
    select users.user_id, profiles.display_name, profiles.avatar_url
    from users
    join accounts on accounts.user_nid = users.nid and accounts.deactivated_at is null and accounts.kind <> 'guest'
    left join profiles on profiles.user_nid = users.nid
    where users.nid <> ${user}
      and (profiles.display_name ilike ${pattern} or split_part(users.user_id, ':', 1) ilike ${pattern}
        or lower(users.user_id) = lower(${term}))
      and exists (
        select 1 from memberships as theirs
        left join memberships as mine on mine.room_nid = theirs.room_nid and mine.user_nid = ${user} and mine.membership = 'join'
        left join room_summaries as summary on summary.room_nid = theirs.room_nid
          and (summary.join_rule = 'public' or summary.world_readable)
        where theirs.user_nid = users.nid and theirs.membership = 'join' and (mine.user_nid is not null or summary.room_nid is not null)
      )
    order by lower(users.user_id) = lower(${term}) desc, lower(profiles.display_name) = lower(${term}) desc nulls last,
      position(lower(${term}) in lower(coalesce(profiles.display_name, users.user_id))), users.user_id
    limit ${limit}`.execute(db)
  return result.rows
}
