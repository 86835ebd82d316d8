import { sql } from 'kysely'
import type { Db } from './database.ts'

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

export interface PublicRoomsQuery {
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

/** The rooms of the public list from a place on, in the order of reading. */
export async function listPublicRooms(
  db: Db, { pattern, roomTypes, beyond, direction, limit }: PublicRoomsQuery,
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
    where rooms.published and summary.joined_members > 0 and ${start} and ${matches} and ${isOfType}
    order by ${order} limit ${limit}`.execute(db)
  return result.rows
}

export async function countPublicRooms(db: Db): Promise<number> {
  const result = await sql<{ count: number }>`
    select count(*)::int as count from rooms join room_summaries as summary on summary.room_nid = rooms.nid
    where rooms.published and summary.joined_members > 0`.execute(db)
  return result.rows[0]?.count ?? 0
}

export async function setPublished(db: Db, room: number, published: boolean): Promise<void> {
  await db.updateTable('rooms').set({ published }).where('nid', '=', room).execute()
}
