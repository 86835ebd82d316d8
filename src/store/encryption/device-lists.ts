import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'

/** Notes that keys of a user changed, or signatures on them. Only for who holds the turn of the stream. */
export async function insertKeysChange(trx: Transaction, user: number, pos: number): Promise<void> {
  await trx.insertInto('device_list_changes').values({ user_nid: user, pos, only_user_nid: null, device_id: null }).execute()
}

/** Notes that devices of a user changed, one position for each of them. Only for who holds the turn of the stream. */
export async function insertDeviceChanges(trx: Transaction, user: number, deviceIds: readonly string[], first: number): Promise<void> {
  if (deviceIds.length === 0) return
  const rows = deviceIds.map((deviceId, index) => ({ user_nid: user, pos: first + index, only_user_nid: null, device_id: deviceId }))
  await trx.insertInto('device_list_changes').values(rows).execute()
}

/** Notes that a user signed keys of others, one position for each of them. Only for who holds the turn of the stream. */
export async function insertSignedUsers(trx: Transaction, signer: number, users: readonly number[], first: number): Promise<void> {
  if (users.length === 0) return
  const rows = users.map((user, index) => ({ user_nid: user, pos: first + index, only_user_nid: signer, device_id: null }))
  await trx.insertInto('device_list_changes').values(rows).execute()
}

/**
 * Everybody whose devices or keys changed after one position and up to another, changes apart that only others must
 * learn of; and whether it is only this reader who must.
 */
export async function listDeviceListChanges(
  db: Db, reader: number, { from, to }: { readonly from: number, readonly to: number },
): Promise<{ user_nid: number, is_for_reader: boolean }[]> {
  const result = await sql<{ user_nid: number, is_for_reader: boolean }>`
    select user_nid, bool_or(only_user_nid is not null) as is_for_reader from device_list_changes
    where pos > ${from} and pos <= ${to} and (only_user_nid is null or only_user_nid = ${reader})
    group by user_nid`.execute(db)
  return result.rows
}

/** The position of the last change of a user's devices or keys that others must learn of; 0 without one. */
export async function findNewestDeviceListChange(db: Db, user: number): Promise<number> {
  const row = await db.selectFrom('device_list_changes').select('pos').where('user_nid', '=', user).where('only_user_nid', 'is', null)
    .orderBy('pos', 'desc').limit(1).executeTakeFirst()
  return row?.pos ?? 0
}

export interface ToldDeviceChange {
  readonly pos: number
  readonly user_nid: number
  readonly user_id: string
  readonly device_id: string | null
  /** The position of the change before it. */
  readonly previous: number | null
}

/** The changes of users of a server after one position and up to another that others must learn of, in their order. */
export async function listToldDeviceChanges(
  db: Db, serverName: string, { after, upTo }: { readonly after: number, readonly upTo: number },
): Promise<ToldDeviceChange[]> {
  const result = await sql<ToldDeviceChange>`
    select change.pos, change.user_nid, users.user_id, change.device_id, (
      select max(before.pos) from device_list_changes as before
      where before.user_nid = change.user_nid and before.only_user_nid is null and before.pos < change.pos
    ) as previous
    from device_list_changes as change join users on users.nid = change.user_nid
    where change.pos > ${after} and change.pos <= ${upTo} and change.only_user_nid is null
      and right(users.user_id, ${serverName.length + 1}) = ${`:${serverName}`}
    order by change.pos`.execute(db)
  return result.rows
}

export interface DeviceListStanding {
  readonly user_nid: number
  readonly user_id: string
  /** The device that came last. */
  readonly device_id: string
  /** The position of the last change of devices or keys; 0 without one. */
  readonly pos: number
}

/** Where the lists of devices of users stand, without those who have no device. */
export async function listDeviceListStandings(db: Db, users: readonly number[]): Promise<DeviceListStanding[]> {
  const result = await sql<DeviceListStanding>`
    select users.nid as user_nid, users.user_id, device.device_id, coalesce((
      select max(change.pos) from device_list_changes as change where change.user_nid = users.nid and change.only_user_nid is null
    ), 0) as pos
    from users cross join lateral (
      select device_id from devices where devices.user_nid = users.nid order by created_at desc, device_id limit 1
    ) as device
    where users.nid = any(${users}::int[])`.execute(db)
  return result.rows
}
