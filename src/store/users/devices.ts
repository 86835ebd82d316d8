import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'
import { logEncryption } from '../encryption/encryption-log.ts'

export interface Device {
  readonly device_id: string
  readonly display_name: string | null
  readonly last_seen_at: number | null
  readonly last_seen_ip: string | null
}

export interface Sighting {
  readonly user: number
  readonly deviceId: string
  readonly at: number
  readonly ip: string
  readonly agent: string | null
}

/** Where a device was last, as far as anybody noticed. */
export interface LastSighting {
  readonly deviceId: string
  readonly at: number | null
  readonly ip: string | null
  readonly agent: string | null
}

const COLUMNS = ['device_id', 'display_name', 'last_seen_at', 'last_seen_ip'] as const

export async function listDevices(db: Db, user: number): Promise<Device[]> {
  return db.selectFrom('devices').select(COLUMNS).where('user_nid', '=', user).orderBy('device_id').execute()
}

export async function listSightings(db: Db, user: number): Promise<LastSighting[]> {
  return db.selectFrom('devices')
    .select(['device_id as deviceId', 'last_seen_at as at', 'last_seen_ip as ip', 'last_seen_agent as agent'])
    .where('user_nid', '=', user).orderBy('device_id').execute()
}

export async function findDevice(db: Db, user: number, deviceId: string): Promise<Device | undefined> {
  return db.selectFrom('devices').select(COLUMNS).where('user_nid', '=', user).where('device_id', '=', deviceId).executeTakeFirst()
}

/** Makes the device if it is new, and tells whether it is; one that exists keeps its name. */
export async function ensureDevice(
  trx: Transaction, device: { user: number, deviceId: string, displayName: string | null, now: number },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx.insertInto('devices')
    .values({
      user_nid: device.user, device_id: device.deviceId, display_name: device.displayName, created_at: device.now,
      last_seen_at: null, last_seen_ip: null, last_seen_agent: null,
    })
    .onConflict((conflict) => conflict.columns(['user_nid', 'device_id']).doNothing()).executeTakeFirst()
  const isNew = numInsertedOrUpdatedRows === 1n
  if (isNew) await logEncryption(trx, device.user, 'device_added', [device.deviceId], device.now)
  return isNew
}

export async function renameDevice(trx: Transaction, user: number, deviceId: string, displayName: string): Promise<boolean> {
  const result = await trx.updateTable('devices').set({ display_name: displayName })
    .where('user_nid', '=', user).where('device_id', '=', deviceId).executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** The ids of the devices among those given (or of all but `except`) that exist, locked until the transaction ends. */
export async function lockDevices(
  trx: Transaction, user: number, wanted: { ids: readonly string[] } | { except: string | undefined },
): Promise<string[]> {
  let query = trx.selectFrom('devices').select('device_id').where('user_nid', '=', user)
  if ('ids' in wanted) query = query.where('device_id', 'in', [...wanted.ids, ''])
  else if (wanted.except !== undefined) query = query.where('device_id', '<>', wanted.except)
  return (await query.orderBy('device_id').forUpdate().execute()).map((row) => row.device_id)
}

/** Deletes devices that there are, and their tokens. */
export async function deleteDevices(trx: Transaction, user: number, deviceIds: readonly string[], now: number): Promise<void> {
  await logEncryption(trx, user, 'device_removed', deviceIds, now)
  await sql`delete from access_tokens where user_nid = ${user} and device_id = any(${deviceIds}::text[])`.execute(trx)
  await sql`delete from refresh_tokens where user_nid = ${user} and device_id = any(${deviceIds}::text[])`.execute(trx)
  await sql`delete from dehydrated_devices where user_nid = ${user} and device_id = any(${deviceIds}::text[])`.execute(trx)
  await sql`delete from devices where user_nid = ${user} and device_id = any(${deviceIds}::text[])`.execute(trx)
}

/** Drops the messages that wait for devices. Only for who holds the turn of the stream: the committer writes this table. */
export async function deleteInboxes(trx: Transaction, user: number, deviceIds: readonly string[]): Promise<void> {
  await sql`delete from to_device_messages where user_nid = ${user} and device_id = any(${deviceIds}::text[])`.execute(trx)
  await sql`delete from to_device_losses where user_nid = ${user} and device_id = any(${deviceIds}::text[])`.execute(trx)
}

export async function recordSightings(db: Db, sightings: readonly Sighting[]): Promise<void> {
  await sql`
    update devices set last_seen_at = seen.at, last_seen_ip = seen.ip, last_seen_agent = seen.agent
    from unnest(${sightings.map((seen) => seen.user)}::int[], ${sightings.map((seen) => seen.deviceId)}::text[],
      ${sightings.map((seen) => seen.at)}::bigint[], ${sightings.map((seen) => seen.ip)}::text[],
      ${sightings.map((seen) => seen.agent)}::text[]) as seen(user_nid, device_id, at, ip, agent)
    where devices.user_nid = seen.user_nid and devices.device_id = seen.device_id`.execute(db)
}
