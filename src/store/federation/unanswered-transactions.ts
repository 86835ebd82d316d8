import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** A transaction that was sent and not answered. */
export interface UnansweredTransaction {
  readonly txnId: string
  readonly createdAt: number
  readonly body: string
  readonly holds: string
}

export async function findUnansweredTransaction(db: Db, server: string): Promise<UnansweredTransaction | undefined> {
  return db.selectFrom('unanswered_transactions').select(['txn_id as txnId', 'created_at as createdAt', 'body', 'holds'])
    .where('server_name', '=', server).executeTakeFirst()
}

export async function saveUnansweredTransaction(db: Db, server: string, transaction: UnansweredTransaction): Promise<void> {
  const { txnId, createdAt, body, holds } = transaction
  await sql`
    insert into unanswered_transactions (server_name, txn_id, created_at, body, holds)
    values (${server}, ${txnId}, ${createdAt}, ${body}, ${holds})
    on conflict (server_name) do update set txn_id = excluded.txn_id, created_at = excluded.created_at, body = excluded.body,
      holds = excluded.holds`.execute(db)
}

export async function deleteUnansweredTransaction(db: Db, server: string): Promise<void> {
  await db.deleteFrom('unanswered_transactions').where('server_name', '=', server).execute()
}
