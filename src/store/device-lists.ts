import { sql } from 'kysely'
import type { Db, Transaction } from './database.ts'

/** Notes that the devices or keys of a user changed. Only for who holds the turn of the stream. */
export async function insertDeviceListChange(trx: Transaction, user: number, pos: number): Promise<void> {
  await trx.insertInto('device_list_changes').values({ user_nid: user, pos }).execute()
}

/** Everybody whose devices or keys changed after one position and up to another. */
export async function listDeviceListChanges(db: Db, from: number, to: number): Promise<number[]> {
  const result = await sql<{ user_nid: number }>`
    select distinct user_nid from device_list_changes where pos > ${from} and pos <= ${to}`.execute(db)
  return result.rows.map((row) => row.user_nid)
}
