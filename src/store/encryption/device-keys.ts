import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'
import { deleteSignaturesOn } from './cross-signing.ts'

/** Holds the device until the transaction ends, so that it is not deleted meanwhile. False if there is none. */
export async function lockDevice(trx: Transaction, user: number, deviceId: string): Promise<boolean> {
  const row = await trx.selectFrom('devices').select('device_id').where('user_nid', '=', user).where('device_id', '=', deviceId)
    .forUpdate().executeTakeFirst()
  return row !== undefined
}

/** The identity keys of one device, as canonical JSON. */
export async function findDeviceKeys(db: Db, user: number, deviceId: string): Promise<string | undefined> {
  const row = await db.selectFrom('device_keys').select('keys').where('user_nid', '=', user).where('device_id', '=', deviceId)
    .executeTakeFirst()
  return row?.keys
}

export async function setDeviceKeys(trx: Transaction, user: number, deviceId: string, keys: string): Promise<void> {
  await trx.insertInto('device_keys').values({ user_nid: user, device_id: deviceId, keys })
    .onConflict((conflict) => conflict.columns(['user_nid', 'device_id']).doUpdateSet({ keys })).execute()
}

export interface StoredDeviceKeys {
  readonly user_id: string
  readonly device_id: string
  readonly keys: string
  readonly display_name: string | null
}

/** The identity keys of every device of the users. */
export async function listDeviceKeys(db: Db, userIds: readonly string[]): Promise<StoredDeviceKeys[]> {
  const result = await sql<StoredDeviceKeys>`
    select users.user_id, device_keys.device_id, device_keys.keys, devices.display_name
    from users
    join device_keys on device_keys.user_nid = users.nid
    join devices on devices.user_nid = users.nid and devices.device_id = device_keys.device_id
    where users.user_id = any(${userIds}::text[])
    order by users.user_id, device_keys.device_id`.execute(db)
  return result.rows
}

/**
 * Drops every key of devices that this transaction has deleted before, so that no upload comes in between.
 * Whether one of them had identity keys, so that others must learn of the end of it.
 */
export async function deleteDeviceKeys(trx: Transaction, user: number, deviceIds: readonly string[]): Promise<boolean> {
  await deleteSessionKeys(trx, user, deviceIds)
  await deleteSignaturesOn(trx, user, deviceIds)
  const deleted = await sql`delete from device_keys where user_nid = ${user} and device_id = any(${deviceIds}::text[])`.execute(trx)
  return (deleted.numAffectedRows ?? 0n) > 0n
}

/** Drops the keys of devices with which others begin to speak to them. Whether there were any. */
export async function deleteSessionKeys(trx: Transaction, user: number, deviceIds: readonly string[]): Promise<boolean> {
  const deleted = [
    await sql`delete from one_time_keys where user_nid = ${user} and device_id = any(${deviceIds}::text[])`.execute(trx),
    await sql`delete from fallback_keys where user_nid = ${user} and device_id = any(${deviceIds}::text[])`.execute(trx),
  ]
  return deleted.some(({ numAffectedRows }) => (numAffectedRows ?? 0n) > 0n)
}
