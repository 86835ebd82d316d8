import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { Inbox } from './to-device.ts'

/** Messages that nobody waits for after some minutes: requests for keys, and verifications (Client-Server API, Key verification). */
const PASSING = sql`(type like 'm.key.verification.%' or type in ('m.room_key_request', 'm.secret.request'))`

/** Notes how many messages were dropped, of those that the statement before calls `dropped`. */
const RECORD = (now: number) => sql`
  insert into to_device_losses as losses (user_nid, device_id, messages, first_at, last_at)
  select user_nid, device_id, count(*), ${now}::bigint, ${now}::bigint from dropped group by user_nid, device_id
  on conflict (user_nid, device_id) do update set messages = losses.messages + excluded.messages, last_at = excluded.last_at
  returning (select count(*) from dropped) as count`

/**
 * Makes room in inboxes: what only mattered when it came goes first, then the oldest, until no more is left than is to be
 * kept. Returns how many messages were dropped.
 */
export async function dropForRoom(
  db: Db, inboxes: readonly Inbox[], keep: { readonly messages: number, readonly bytes: number }, now: number,
): Promise<number> {
  const result = await sql<{ count: number }>`
    with wanted as (
      select distinct user_nid, device_id
      from unnest(${inboxes.map(({ user }) => user)}::int[], ${inboxes.map(({ deviceId }) => deviceId)}::text[])
        as given(user_nid, device_id)
    ), ranked as (
      select user_nid, device_id, pos, row_number() over inbox as place, sum(octet_length(content)) over inbox as bytes
      from wanted join to_device_messages using (user_nid, device_id)
      window inbox as (partition by user_nid, device_id order by ${PASSING}, pos desc rows unbounded preceding)
    ), dropped as (
      delete from to_device_messages as message using ranked
      where message.user_nid = ranked.user_nid and message.device_id = ranked.device_id and message.pos = ranked.pos
        and (ranked.place > ${keep.messages} or ranked.bytes > ${keep.bytes})
      returning message.user_nid, message.device_id
    ) ${RECORD(now)}`.execute(db)
  return result.rows[0]?.count ?? 0
}

/**
 * Drops what has waited since before a time for devices that nobody has seen since then, so much of it at once.
 * Returns how many messages that were.
 */
export async function dropUnfetched(db: Db, before: number, now: number, max: number): Promise<number> {
  const result = await sql<{ count: number }>`
    with old as (
      select user_nid, device_id, oldest.pos from devices
      cross join lateral (
        select pos, sent_at from to_device_messages as message
        where message.user_nid = devices.user_nid and message.device_id = devices.device_id order by pos limit ${max}
      ) as oldest
      where coalesce(last_seen_at, created_at) < ${before} and oldest.sent_at < ${before}
        -- Nobody ever sees those that are kept for when their user has no other.
        and not exists (
          select from dehydrated_devices as kept where kept.user_nid = devices.user_nid and kept.device_id = devices.device_id
        )
      limit ${max}
    ), dropped as (
      delete from to_device_messages as message using old
      where message.user_nid = old.user_nid and message.device_id = old.device_id and message.pos = old.pos
      returning message.user_nid, message.device_id
    ) ${RECORD(now)}`.execute(db)
  return result.rows[0]?.count ?? 0
}

export interface InboxLoss {
  readonly device_id: string
  readonly messages: number
  readonly first_at: number
  readonly last_at: number
}

/** What the devices of a user have lost. */
export async function listLosses(db: Db, user: number): Promise<InboxLoss[]> {
  return db.selectFrom('to_device_losses').innerJoin('devices', (join) => (
    join.onRef('devices.user_nid', '=', 'to_device_losses.user_nid').onRef('devices.device_id', '=', 'to_device_losses.device_id')
  )).select(['to_device_losses.device_id', 'messages', 'first_at', 'last_at']).where('to_device_losses.user_nid', '=', user)
    .orderBy('to_device_losses.device_id').execute()
}
