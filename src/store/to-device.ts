import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Where a message is meant to go: one device, or with null every device of the user. */
export interface Addressee {
  readonly userId: string
  readonly deviceId: string | null
}

export interface Inbox {
  readonly user: number
  readonly deviceId: string
}

/** The devices that the addressees are, each with the index of its addressee. Unknown ones are left out. */
export async function listAddressedDevices(
  db: Db, addressees: readonly Addressee[],
): Promise<{ addressee: number, user_nid: number, device_id: string }[]> {
  const result = await sql<{ addressee: number, user_nid: number, device_id: string }>`
    select wanted.place::int - 1 as addressee, devices.user_nid, devices.device_id
    from unnest(${addressees.map((to) => to.userId)}::text[], ${addressees.map((to) => to.deviceId)}::text[])
      with ordinality as wanted(user_id, device_id, place)
    join users on users.user_id = wanted.user_id
    join devices on devices.user_nid = users.nid and (wanted.device_id is null or devices.device_id = wanted.device_id)
    order by wanted.place, devices.device_id`.execute(db)
  return result.rows
}

export interface PendingMessage {
  readonly pos: number
  readonly sender: string
  readonly type: string
  readonly content: string
}

/** The oldest messages of the device after one position and up to another. */
export async function listMessages(
  db: Db, { user, deviceId }: Inbox, range: { readonly from: number, readonly to: number, readonly limit: number },
): Promise<PendingMessage[]> {
  return db.selectFrom('to_device_messages').select(['pos', 'sender', 'type', 'content'])
    .where('user_nid', '=', user).where('device_id', '=', deviceId).where('pos', '>', range.from).where('pos', '<=', range.to)
    .orderBy('pos').limit(range.limit).execute()
}

/** How many messages wait for each device, counted up to a maximum, and the position of its newest one. */
export async function countMessages(
  db: Db, inboxes: readonly Inbox[], countMax: number,
): Promise<{ user_nid: number, device_id: string, count: number, newest: number }[]> {
  const result = await sql<{ user_nid: number, device_id: string, count: number, newest: number }>`
    select wanted.user_nid, wanted.device_id, counted.count, newest.pos as newest
    from unnest(${inboxes.map((inbox) => inbox.user)}::int[], ${inboxes.map((inbox) => inbox.deviceId)}::text[])
      as wanted(user_nid, device_id)
    cross join lateral (
      select pos from to_device_messages as message
      where message.user_nid = wanted.user_nid and message.device_id = wanted.device_id order by pos desc limit 1
    ) as newest
    cross join lateral (
      select count(*) as count from (
        select 1 from to_device_messages as message
        where message.user_nid = wanted.user_nid and message.device_id = wanted.device_id limit ${countMax}
      ) as waiting
    ) as counted`.execute(db)
  return result.rows
}

/** Drops what a device has received after one position and up to another; returns how many messages that were. */
export async function deleteMessages(db: Db, { user, deviceId }: Inbox, from: number, to: number): Promise<number> {
  const result = await db.deleteFrom('to_device_messages')
    .where('user_nid', '=', user).where('device_id', '=', deviceId).where('pos', '>', from).where('pos', '<=', to).executeTakeFirst()
  return Number(result.numDeletedRows)
}
