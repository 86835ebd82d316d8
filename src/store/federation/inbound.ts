import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface InboundPduRow {
  readonly nid: number
  readonly room_nid: number
  readonly origin: string
  readonly event_id: string
  readonly json: string
  readonly is_authorised: boolean
}

export interface InboundEduRow {
  readonly nid: number
  readonly origin: string
  readonly edu_type: string
  readonly content: string
}

export interface InboundTransaction {
  readonly origin: string
  readonly txnId: string
  /** JSON text. */
  readonly answer: string
  readonly receivedAt: number
  readonly pdus: readonly Omit<InboundPduRow, 'nid' | 'origin'>[]
  readonly edus: readonly Omit<InboundEduRow, 'nid' | 'origin'>[]
}

/** Where something waits. */
export type InboundTable = 'inbound_pdus' | 'inbound_edus'

/** The numbers of what was written down, in its order. */
export interface StagedNumbers { readonly pdus: readonly number[], readonly edus: readonly number[] }

/** The answer to a transaction that was received before. */
export async function findInboundAnswer(db: Db, origin: string, txnId: string): Promise<string | undefined> {
  const row = await db.selectFrom('inbound_transactions').select('answer')
    .where('origin', '=', origin).where('txn_id', '=', txnId).executeTakeFirst()
  return row?.answer
}

/** Writes down a transaction with its answer, in one statement. */
export async function stageTransaction(db: Db, transaction: InboundTransaction): Promise<StagedNumbers> {
  const { origin, txnId, answer, receivedAt, pdus, edus } = transaction
  const result = await sql<{ pdus: number[] | null, edus: number[] | null }>`
    with answered as (
      insert into inbound_transactions (origin, txn_id, answer, received_at) values (${origin}, ${txnId}, ${answer}, ${receivedAt})
    ), pdus as (
      insert into inbound_pdus (room_nid, origin, event_id, json, is_authorised)
      select given.room_nid, ${origin}, given.event_id, given.json, given.is_authorised
      from unnest(${pdus.map((pdu) => pdu.room_nid)}::int[], ${pdus.map((pdu) => pdu.event_id)}::text[],
        ${pdus.map((pdu) => pdu.json)}::text[], ${pdus.map((pdu) => pdu.is_authorised)}::boolean[])
        with ordinality as given(room_nid, event_id, json, is_authorised, number)
      order by given.number returning nid
    ), edus as (
      insert into inbound_edus (origin, edu_type, content)
      select ${origin}, given.edu_type, given.content
      from unnest(${edus.map((edu) => edu.edu_type)}::text[], ${edus.map((edu) => edu.content)}::text[])
        with ordinality as given(edu_type, content, number)
      order by given.number returning nid
    )
    select (select array_agg(nid order by nid) from pdus) as pdus, (select array_agg(nid order by nid) from edus) as edus`.execute(db)
  return { pdus: result.rows[0]?.pdus ?? [], edus: result.rows[0]?.edus ?? [] }
}

export async function deleteInboundAnswersBefore(db: Db, receivedBefore: number): Promise<void> {
  await db.deleteFrom('inbound_transactions').where('received_at', '<', receivedBefore).execute()
}

/** What waits in a room, in order. */
export async function listInboundPdus(db: Db, room: number, limit: number): Promise<InboundPduRow[]> {
  return db.selectFrom('inbound_pdus').selectAll().where('room_nid', '=', room).orderBy('nid').limit(limit).execute()
}

/** What waits of a server, in order. */
export async function listInboundEdus(db: Db, origin: string, limit: number): Promise<InboundEduRow[]> {
  return db.selectFrom('inbound_edus').selectAll().where('origin', '=', origin).orderBy('nid').limit(limit).execute()
}

export async function deleteInbound(db: Db, table: InboundTable, nids: readonly number[]): Promise<void> {
  await sql`delete from ${sql.table(table)} where nid = any(${nids}::bigint[])`.execute(db)
}

/** What waits at all: the rooms, and how much of each server. */
export async function listInboundWork(db: Db): Promise<{
  readonly rooms: readonly number[], readonly origins: readonly string[], readonly counts: ReadonlyMap<string, number>,
}> {
  const pdus = await sql<{ room_nid: number, origin: string, count: number }>`
    select room_nid, origin, count(*) as count from inbound_pdus group by room_nid, origin`.execute(db)
  const edus = await sql<{ origin: string, count: number }>`
    select origin, count(*) as count from inbound_edus group by origin`.execute(db)
  const counts = new Map<string, number>()
  for (const { origin, count } of [...pdus.rows, ...edus.rows]) counts.set(origin, (counts.get(origin) ?? 0) + count)
  return {
    rooms: [...new Set(pdus.rows.map((row) => row.room_nid))],
    origins: edus.rows.map((row) => row.origin),
    counts,
  }
}

export interface InboundFailure {
  readonly origin: string
  readonly name: string
  readonly json: string
  readonly error: string
}

/** Moves something that cannot be worked off to where it is out of the way. */
export async function setAsideInbound(
  db: Db, table: InboundTable, nid: number, { origin, name, json, error }: InboundFailure, now: number,
): Promise<void> {
  await sql`with taken as (delete from ${sql.table(table)} where nid = ${nid})
    insert into inbound_failures (origin, name, json, error, failed_at) values (${origin}, ${name}, ${json}, ${error}, ${now})`.execute(db)
}

/** Keeps the latest records only. */
export async function trimInboundFailures(db: Db, keep: number): Promise<void> {
  await sql`delete from inbound_failures where nid <= (
    select nid from inbound_failures order by nid desc offset ${keep} limit 1)`.execute(db)
}
