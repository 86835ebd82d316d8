import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** Whether `entry`, of the log of members, is a join where the one before it was none, or the other way round. */
const TURNED = sql`(entry.membership = 'join') <> exists (
  select 1 from state_log as before
  where before.room_nid = entry.room_nid and before.key_nid = entry.key_nid and before.to_pos = entry.from_pos
    and before.membership = 'join'
)`

/** Those of the users who are joined to a room that the user is joined to. */
export async function listUsersSharing(db: Db, user: number, among: readonly number[]): Promise<number[]> {
  const result = await sql<{ nid: number }>`
    select other.nid from users as other
    join state_keys as key on key.type = 'm.room.member' and key.state_key = other.user_id
    where other.nid = any(${among}::int[]) and exists (
      select 1 from memberships as mine
      join state_log as theirs on theirs.room_nid = mine.room_nid and theirs.key_nid = key.nid
      where mine.user_nid = ${user} and mine.membership = 'join' and theirs.to_pos is null and theirs.membership = 'join'
    )`.execute(db)
  return result.rows.map((row) => row.nid)
}

/** How many rooms a user and another one, of whichever server, are both joined to, and a page of them in the order of their ids. */
export async function listMutualRooms(
  db: Db, user: number, { userId, after, limit }: { readonly userId: string, readonly after: string, readonly limit: number },
): Promise<{ readonly count: number, readonly page: readonly string[] }> {
  const result = await sql<{ count: number, page: string[] }>`
    with mutual as materialized (
      select rooms.room_id collate "C" as room_id from state_keys as key
      join state_log as theirs on theirs.key_nid = key.nid and theirs.to_pos is null and theirs.membership = 'join'
      join memberships as mine on mine.user_nid = ${user} and mine.room_nid = theirs.room_nid and mine.membership = 'join'
      join rooms on rooms.nid = mine.room_nid
      where key.type = 'm.room.member' and key.state_key = ${userId}
    )
    select (select count(*) from mutual)::int as count,
      array(select room_id from mutual where room_id > ${after} order by room_id limit ${limit}) as page`.execute(db)
  return result.rows[0] ?? { count: 0, page: [] }
}

/**
 * The user, by number or user id, if the membership that began at a position was the beginning or the end of being joined;
 * undefined if it was neither.
 */
export async function findUserJoinedOrParted(
  db: Db, { user, room, pos }: { user: number | string, room: number, pos: number },
): Promise<number | undefined> {
  const isUser = typeof user === 'number' ? sql`users.nid = ${user}` : sql`users.user_id = ${user}`
  const result = await sql<{ nid: number }>`
    select users.nid from users
    join state_keys as key on key.type = 'm.room.member' and key.state_key = users.user_id
    join state_log as entry on entry.room_nid = ${room} and entry.key_nid = key.nid and entry.from_pos = ${pos}
    where ${isUser} and ${TURNED}`.execute(db)
  return result.rows[0]?.nid
}

/**
 * Every user with whom the user may have begun or ended to share a room after one position and up to another: whoever
 * joined or left a room to which the user was joined then, and who was in a room that the user himself joined or left. Who
 * joined one himself is among them.
 */
export async function listUsersMetOrLeft(db: Db, user: number, from: number, to: number): Promise<number[]> {
  const result = await sql<{ nid: number }>`
    with mine as materialized (
      select entry.room_nid, entry.from_pos, entry.membership, ${TURNED} as turned from users
      join state_keys as key on key.type = 'm.room.member' and key.state_key = users.user_id
      join memberships on memberships.user_nid = users.nid
      join state_log as entry on entry.room_nid = memberships.room_nid and entry.key_nid = key.nid
      where users.nid = ${user} and entry.from_pos <= ${to} and (entry.to_pos is null or entry.to_pos > ${from})
    ), met as (
      select entry.key_nid from state_log as entry
      where entry.room_nid in (select room_nid from mine where membership = 'join')
        and entry.from_pos > ${from} and entry.from_pos <= ${to} and entry.membership is not null and ${TURNED}
      union
      select entry.key_nid from state_log as entry
      where entry.room_nid in (select room_nid from mine where turned and from_pos > ${from})
        and entry.from_pos <= ${to} and (entry.to_pos is null or entry.to_pos > ${from}) and entry.membership = 'join'
    )
    select users.nid from met
    join state_keys as key on key.nid = met.key_nid
    join users on users.user_id = key.state_key
    where users.nid <> ${user} or exists (select 1 from mine where turned and membership = 'join' and from_pos > ${from})`.execute(db)
  return result.rows.map((row) => row.nid)
}

/** Which users of this server began to be joined to which rooms after one position and up to another, and still are. */
export async function listOwnJoins(
  db: Db, { after, upTo }: { readonly after: number, readonly upTo: number },
): Promise<{ user_nid: number, room_nid: number }[]> {
  const result = await sql<{ user_nid: number, room_nid: number }>`
    select distinct memberships.user_nid, memberships.room_nid from memberships
    join users on users.nid = memberships.user_nid
    join state_keys as key on key.type = 'm.room.member' and key.state_key = users.user_id
    join state_log as entry on entry.room_nid = memberships.room_nid and entry.key_nid = key.nid
      and entry.from_pos > ${after} and entry.from_pos <= ${upTo}
    where memberships.pos > ${after} and memberships.membership = 'join' and entry.membership = 'join'
      and ${TURNED}`.execute(db)
  return result.rows
}

/** The rooms in which users, of whichever server, are joined at present, each once for each user. */
export async function listRoomsJoined(db: Db, users: readonly number[]): Promise<{ user_nid: number, room_nid: number }[]> {
  if (users.length === 0) return []
  const result = await sql<{ user_nid: number, room_nid: number }>`
    select users.nid as user_nid, entry.room_nid from users
    join state_keys as key on key.type = 'm.room.member' and key.state_key = users.user_id
    join state_log as entry on entry.key_nid = key.nid and entry.to_pos is null and entry.membership = 'join'
    where users.nid = any(${users}::int[])`.execute(db)
  return result.rows
}
