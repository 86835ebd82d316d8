import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../database.ts'

export interface PublicRoomRow {
  readonly nid: number
  readonly room_id: string
  readonly name: string | null
  readonly topic: string | null
  readonly canonical_alias: string | null
  readonly avatar_url: string | null
  readonly room_type: string | null
  readonly join_rule: string
  readonly world_readable: boolean
  readonly guest_can_join: boolean
  readonly joined_members: number
}

/** Where a page of the list of rooms begins: the most members come first, and among rooms of as many the oldest. */
export interface PublicRoomPlace { readonly joined: number, readonly room: number }

/** Whose list is read: that of the server, that of an application service for one network, or both of all networks. */
export type RoomList =
  | { readonly of: 'server' }
  | { readonly of: 'network', readonly appserviceId: string, readonly networkId: string }
  | { readonly of: 'all', readonly appserviceIds: readonly string[] }

export interface PublicRoomsQuery {
  readonly list: RoomList
  /** A LIKE pattern that the name, the topic or the alias must fit, whatever the case. */
  readonly pattern?: string | undefined
  /** The types of rooms that are wanted; null stands for rooms without one. */
  readonly roomTypes?: readonly (string | null)[] | undefined
  readonly beyond?: PublicRoomPlace | undefined
  readonly direction: 'f' | 'b'
  readonly limit: number
}

const COLUMNS = sql.raw(`rooms.nid, rooms.room_id, summary.name, summary.topic, summary.canonical_alias, summary.avatar_url,
  summary.room_type, summary.join_rule, summary.world_readable, summary.guest_can_join, summary.joined_members`)

/** The rooms of a public list from a place on, in the order of reading. */
export async function listPublicRooms(
  db: Db, { list, pattern, roomTypes, beyond, direction, limit }: PublicRoomsQuery,
): Promise<PublicRoomRow[]> {
  const back = direction === 'b'
  const types = roomTypes?.filter((type) => type !== null)
  const start = beyond === undefined ? sql`true` : back
    ? sql`(summary.joined_members, -rooms.nid) > (${beyond.joined}::int, -${beyond.room}::int)`
    : sql`(summary.joined_members, -rooms.nid) < (${beyond.joined}::int, -${beyond.room}::int)`
  const matches = pattern === undefined
    ? sql`true`
    : sql`(summary.name ilike ${pattern} or summary.topic ilike ${pattern} or summary.canonical_alias ilike ${pattern})`
  const isOfType = types === undefined
    ? sql`true`
    : sql`(summary.room_type = any(${types}::text[]) or (summary.room_type is null and ${roomTypes?.includes(null) ?? false}))`
  const order = sql.raw(back ? 'summary.joined_members, rooms.nid desc' : 'summary.joined_members desc, rooms.nid')
  const result = await sql<PublicRoomRow>`
    select ${COLUMNS} from rooms join room_summaries as summary on summary.room_nid = rooms.nid
    where ${isIn(list)} and summary.joined_members > 0 and ${start} and ${matches} and ${isOfType}
    order by ${order} limit ${limit}`.execute(db)
  return result.rows
}

export async function countPublicRooms(db: Db, list: RoomList): Promise<number> {
  const result = await sql<{ count: number }>`
    select count(*)::int as count from rooms join room_summaries as summary on summary.room_nid = rooms.nid
    where ${isIn(list)} and summary.joined_members > 0`.execute(db)
  return result.rows[0]?.count ?? 0
}

/** Those of the rooms that the list of the server has. */
export async function listPublished(db: Db, rooms: readonly number[]): Promise<Set<number>> {
  if (rooms.length === 0) return new Set()
  const result = await sql<{ nid: number }>`select nid from rooms where nid = any(${rooms}::int[]) and published`.execute(db)
  return new Set(result.rows.map((row) => row.nid))
}

export async function setPublished(db: Db, room: number, published: boolean): Promise<void> {
  await db.updateTable('rooms').set({ published }).where('nid', '=', room).execute()
}

/** Puts a room into the list of an application service for a network, or takes it out. */
export async function setListed(
  db: Db, room: number, { appserviceId, networkId }: { readonly appserviceId: string, readonly networkId: string }, listed: boolean,
): Promise<void> {
  const row = { room_nid: room, appservice_id: appserviceId, network_id: networkId }
  if (listed) await db.insertInto('appservice_rooms').values(row).onConflict((conflict) => conflict.doNothing()).execute()
  else await db.deleteFrom('appservice_rooms').where((are) => are.and(row)).execute()
}

/** Lists another room in the place of one in the lists of application services. */
export async function moveListed(db: Db, room: number, successor: number): Promise<void> {
  await db.updateTable('appservice_rooms').set({ room_nid: successor }).where('room_nid', '=', room).execute()
}

function isIn(list: RoomList): RawBuilder<boolean> {
  if (list.of === 'server') return sql`rooms.published`
  const isMeant = list.of === 'network'
    ? sql`listed.appservice_id = ${list.appserviceId} and listed.network_id = ${list.networkId}`
    : sql`listed.appservice_id = any(${list.appserviceIds}::text[])`
  const isListed = sql<boolean>`(rooms.deleted_at is null and exists (
    select from appservice_rooms as listed where listed.room_nid = rooms.nid and ${isMeant}))`
  return list.of === 'network' ? isListed : sql`(rooms.published or ${isListed})`
}
