import { sql } from 'kysely'
import type { Db, Transaction } from '../database.ts'
import { ensureDevice } from '../users/devices.ts'

export interface DehydratedDevice {
  readonly device_id: string
  readonly device_data: string
}

export async function findDehydratedDevice(db: Db, user: number): Promise<DehydratedDevice | undefined> {
  return db.selectFrom('dehydrated_devices').select(['device_id', 'device_data']).where('user_nid', '=', user).executeTakeFirst()
}

/** The same, and lets only one transaction at a time change it, also while there is none. */
export async function lockDehydratedDevice(trx: Transaction, user: number): Promise<DehydratedDevice | undefined> {
  await sql`select 1 from users where nid = ${user} for no key update`.execute(trx)
  return findDehydratedDevice(trx, user)
}

/** Makes the device, of which there must be none. False where a device of the user has that name already. */
export async function insertDehydratedDevice(
  trx: Transaction, user: number, device: DehydratedDevice & { readonly displayName: string | null, readonly now: number },
): Promise<boolean> {
  const { device_id, device_data, displayName, now } = device
  if (!await ensureDevice(trx, { user, deviceId: device_id, displayName, now })) return false
  await trx.insertInto('dehydrated_devices').values({ user_nid: user, device_id, device_data }).execute()
  return true
}
