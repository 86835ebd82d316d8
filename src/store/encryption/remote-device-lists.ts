import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** What is known of the devices of a user of another server. */
export interface RemoteDeviceList {
  readonly user: number
  readonly userId: string
  /** As JSON; null where nothing was told yet. */
  readonly keys: string | null
  readonly streamId: number | null
  readonly version: number
  readonly toldAt: number
  readonly isAnnounced: boolean
  /** Whether it is all that there is: up to date, and the user was met all the time since. */
  readonly isCurrent: boolean
}

/** A room that the user and somebody of us are joined to, since a position at the latest. */
const metSince = (pos: ReturnType<typeof sql>) => sql`exists (
  select from state_keys as key
  join state_log as entry on entry.key_nid = key.nid and entry.to_pos is null and entry.membership = 'join' and entry.from_pos <= ${pos}
  join memberships as mine on mine.room_nid = entry.room_nid and mine.membership = 'join' and mine.pos <= ${pos}
  where key.type = 'm.room.member' and key.state_key = users.user_id)`

const ANY_POSITION = sql`9223372036854775807`

const columns = sql`users.nid as user, users.user_id as "userId", known.keys, known.stream_id as "streamId",
  coalesce(known.version, 0) as version, coalesce(known.told_at, 0) as "toldAt", coalesce(known.is_announced, false) as "isAnnounced",
  coalesce(known.is_current, false) and ${metSince(sql`known.since_pos`)} as "isCurrent"`

/** Those of the users of other servers whom somebody of us meets in a room, with what is known of their devices. */
export async function listRemoteDeviceLists(db: Db, userIds: readonly string[]): Promise<RemoteDeviceList[]> {
  const result = await sql<RemoteDeviceList>`
    select ${columns} from users left join remote_device_lists as known on known.user_nid = users.nid
    where users.user_id = any(${userIds}::text[]) and ${metSince(ANY_POSITION)}`.execute(db)
  return result.rows
}

/** The same of one user, whom nobody else changes until the transaction ends; undefined for whom nobody meets. */
export async function lockRemoteDeviceList(trx: Transaction, userId: string): Promise<RemoteDeviceList | undefined> {
  await sql`
    insert into remote_device_lists (user_nid)
    select users.nid from users where users.user_id = ${userId} and ${metSince(ANY_POSITION)} on conflict do nothing`.execute(trx)
  const result = await sql<RemoteDeviceList>`
    select ${columns} from users join remote_device_lists as known on known.user_nid = users.nid
    where users.user_id = ${userId} and ${metSince(ANY_POSITION)} for update of known`.execute(trx)
  return result.rows[0]
}

/** Notes that the devices of users are asked for; resolves with the versions of what is known of them. */
export async function beginTellingDevices(db: Db, users: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const result = await sql<{ user_nid: number, version: number }>`
    insert into remote_device_lists (user_nid) select distinct unnest(${users}::int[])
    on conflict (user_nid) do update set is_announced = false returning user_nid, version`.execute(db)
  return new Map(result.rows.map(({ user_nid: user, version }) => [user, version]))
}

export interface ToldDevices {
  readonly user: number
  readonly keys: string
  readonly streamId: number | null
  /** What was known when it was asked. */
  readonly version: number
}

/** Keeps what was told of users unless an update was heard of since it was asked. */
export async function saveToldDevices(
  db: Db, told: readonly ToldDevices[], { sincePos, toldAt }: { readonly sincePos: number, readonly toldAt: number },
): Promise<void> {
  if (told.length === 0) return
  await sql`
    update remote_device_lists as known
    set keys = told.keys, stream_id = told.stream_id, since_pos = ${sincePos}, told_at = ${toldAt}, is_current = true
    from unnest(${told.map(({ user }) => user)}::int[], ${told.map(({ keys }) => keys)}::text[],
      ${told.map(({ streamId }) => streamId)}::bigint[], ${told.map(({ version }) => version)}::bigint[])
      as told(user_nid, keys, stream_id, version)
    where known.user_nid = told.user_nid and known.version = told.version`.execute(db)
}

/** What an update of its server makes of it. */
export interface UpdatedDeviceList { readonly keys: string | null, readonly streamId: number | null, readonly isCurrent: boolean }

export async function updateRemoteDeviceList(
  trx: Transaction, user: number, { keys, streamId, isCurrent }: UpdatedDeviceList,
): Promise<void> {
  await trx.updateTable('remote_device_lists')
    .set((row) => ({ keys, stream_id: streamId, is_current: isCurrent, is_announced: true, version: row('version', '+', 1) }))
    .where('user_nid', '=', user).execute()
}

/** Users whose devices changed in a way that is not known, after a number, in the order of their numbers. */
export async function listOutdatedUsers(db: Db, after: number, limit: number): Promise<{ user: number, userId: string }[]> {
  return db.selectFrom('remote_device_lists').innerJoin('users', 'users.nid', 'remote_device_lists.user_nid')
    .select(['users.nid as user', 'users.user_id as userId'])
    .where('is_current', '=', false).where('keys', 'is not', null).where('remote_device_lists.user_nid', '>', after)
    .orderBy('remote_device_lists.user_nid').limit(limit).execute()
}

/** Forgets what is known of up to so many users, after a number, whom nobody meets any more; the number of the last that was looked at. */
export async function deleteUnmetDeviceLists(db: Db, after: number, limit: number): Promise<number | undefined> {
  const result = await sql<{ last: number | null }>`
    with looked as materialized (
      select user_nid from remote_device_lists where user_nid > ${after} order by user_nid limit ${limit}
    ), gone as (
      delete from remote_device_lists as known using looked join users on users.nid = looked.user_nid
      where known.user_nid = looked.user_nid and not ${metSince(ANY_POSITION)}
    )
    select max(user_nid) as last from looked`.execute(db)
  return result.rows[0]?.last ?? undefined
}
