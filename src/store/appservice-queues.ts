import { sql } from 'kysely'
import type { Db } from './database.ts'
import { isStill, lost, type Fence } from './fence.ts'

/** How far an application service has been told what happens. */
export interface AppserviceQueueRow {
  /** What is pending holds all that concerns it up to here. */
  readonly pos: number
  /** The number of the transaction that is pending, or that comes next. */
  readonly txn: number
  /** The body of a transaction that is not confirmed yet, as JSON text. */
  readonly pending: string | null
  /** The messages to devices in it, as JSON: number of the user, id of the device, position. */
  readonly carried: string | null
}

/** Undefined for an application service that is new here. */
export async function findAppserviceQueue(db: Db, appserviceId: string): Promise<AppserviceQueueRow | undefined> {
  return db.selectFrom('appservice_queues').select(['pos', 'txn', 'pending', 'carried']).where('appservice_id', '=', appserviceId)
    .executeTakeFirst()
}

/** Throws LeaseLost: what a process does after its epoch another one may have done further. */
export async function saveAppserviceQueue(db: Db, id: string, queue: AppserviceQueueRow, fence: Fence | undefined): Promise<void> {
  const { pos, txn, pending, carried } = queue
  const { numAffectedRows } = await sql`
    insert into appservice_queues (appservice_id, pos, txn, pending, carried)
    select ${id}, ${pos}::bigint, ${txn}::bigint, ${pending}, ${carried} from (values (${fence?.epoch ?? null}::int)) as given (epoch)
    where ${sql.raw(isStill('given.epoch'))}
    on conflict (appservice_id) do update
      set pos = excluded.pos, txn = excluded.txn, pending = excluded.pending, carried = excluded.carried`.execute(db)
  if (numAffectedRows === 0n) throw lost(fence)
}

/** A live event with what tells whom it concerns. */
export interface LiveEvent {
  readonly nid: number
  readonly room: number
  readonly pos: number
  readonly sender: string
  /** Whose membership it changes. */
  readonly target: string | null
}

/** The accepted live events after a position and up to another, in their order. */
export async function listLiveEvents(
  db: Db, { after, upTo, limit }: { readonly after: number, readonly upTo: number, readonly limit: number },
): Promise<LiveEvent[]> {
  const result = await sql<LiveEvent>`
    select events.nid, events.room_nid as room, events.pos, users.user_id as sender,
      case when state_keys.type = 'm.room.member' then state_keys.state_key end as target
    from events
    join users on users.nid = events.sender_nid
    join state_keys on state_keys.nid = events.key_nid
    where events.pos > ${after} and events.pos <= ${upTo} and events.status = 0
    order by events.pos limit ${limit}`.execute(db)
  return result.rows
}

/** In which rooms users of this server are, by their numbers. */
export async function listRoomsOfLocalUsers(db: Db, users: readonly number[]): Promise<{ room_nid: number, user_nid: number }[]> {
  return db.selectFrom('memberships').select(['room_nid', 'user_nid']).where('membership', '=', 'join')
    .where('user_nid', '=', sql<number>`any(${users}::int[])`).execute()
}

/** The numbers of all who are joined to any of the rooms, of whichever server. */
export async function listUsersIn(db: Db, rooms: readonly number[]): Promise<number[]> {
  if (rooms.length === 0) return []
  const result = await sql<{ nid: number }>`
    select distinct users.nid from state_log as entry
    join state_keys as key on key.nid = entry.key_nid and key.type = 'm.room.member'
    join users on users.user_id = key.state_key
    where entry.room_nid = any(${rooms}::int[]) and entry.to_pos is null and entry.membership = 'join'`.execute(db)
  return result.rows.map(({ nid }) => nid)
}
