import { sql } from 'kysely'
import type { Db } from '../database.ts'

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

/**
 * The oldest messages of the device after one position and up to another: as many as there may be and no more bytes than
 * that, but one at least. Each tells how many there would have been.
 */
export async function listMessages(
  db: Db, { user, deviceId }: Inbox,
  range: { readonly from: number, readonly to: number, readonly limit: number, readonly bytesMax: number },
): Promise<(PendingMessage & { readonly found: number })[]> {
  const result = await sql<PendingMessage & { found: number }>`
    with page as (
      select pos, sender, type, content from to_device_messages
      where user_nid = ${user} and device_id = ${deviceId} and pos > ${range.from} and pos <= ${range.to}
      order by pos limit ${range.limit}
    ), measured as (
      select *, sum(octet_length(content)) over (order by pos) as bytes, row_number() over (order by pos) as place,
        count(*) over () as found
      from page
    )
    select pos, sender, type, content, found from measured where bytes <= ${range.bytesMax} or place = 1 order by pos`.execute(db)
  return result.rows
}

/** How many messages wait for each device and of how many bytes, counted up to a maximum, and the position of its newest one. */
export async function countMessages(
  db: Db, inboxes: readonly Inbox[], countMax: number,
): Promise<{ user_nid: number, device_id: string, count: number, bytes: number, newest: number }[]> {
  const result = await sql<{ user_nid: number, device_id: string, count: number, bytes: number, newest: number }>`
    select wanted.user_nid, wanted.device_id, counted.count, counted.bytes, newest.pos as newest
    from unnest(${inboxes.map((inbox) => inbox.user)}::int[], ${inboxes.map((inbox) => inbox.deviceId)}::text[])
      as wanted(user_nid, device_id)
    cross join lateral (
      select pos from to_device_messages as message
      where message.user_nid = wanted.user_nid and message.device_id = wanted.device_id order by pos desc limit 1
    ) as newest
    cross join lateral (
      select count(*) as count, coalesce(sum(octet_length(content)), 0)::bigint as bytes from (
        select content from to_device_messages as message
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

/** A message with the device that it is for. */
export interface AddressedMessage extends PendingMessage, Inbox {}

/** The oldest messages to any of the users' devices, up to a position. */
export async function listMessagesToUsers(
  db: Db, users: readonly number[], { to, limit }: { readonly to: number, readonly limit: number },
): Promise<AddressedMessage[]> {
  const result = await sql<AddressedMessage>`
    select user_nid as user, device_id as "deviceId", pos, sender, type, content from to_device_messages
    where user_nid = any(${users}::int[]) and pos <= ${to} order by pos limit ${limit}`.execute(db)
  return result.rows
}

/** Drops these messages. */
export async function deleteReceived(db: Db, received: readonly (Inbox & { readonly pos: number })[]): Promise<void> {
  await sql`
    delete from to_device_messages as message
    using unnest(${received.map(({ user }) => user)}::int[], ${received.map(({ deviceId }) => deviceId)}::text[],
      ${received.map(({ pos }) => pos)}::bigint[]) as received(user_nid, device_id, pos)
    where message.user_nid = received.user_nid and message.device_id = received.device_id and message.pos = received.pos`.execute(db)
}

/** Whether a message of another server was taken before. */
export async function wasReceived(db: Db, key: Buffer): Promise<boolean> {
  return await db.selectFrom('received_messages').select('received_at').where('key', '=', key).executeTakeFirst() !== undefined
}

/** Forgets what was received too long ago to come again. */
export async function forgetReceivedBefore(db: Db, before: number): Promise<void> {
  await db.deleteFrom('received_messages').where('received_at', '<', before).execute()
}
