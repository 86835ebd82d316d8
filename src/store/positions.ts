import { sql } from 'kysely'
import type { Db, PinnedClient, Transaction } from './database.ts'
import { isStill, lost, type Fence } from './fence.ts'

/** The advisory lock under which positions are drawn: whoever holds it commits before the next one draws. */
const POSITION_LOCK = 4_807_001

/** Takes the lock until the transaction ends: who draws positions, or ends an epoch, does so alone. */
export async function lockPositions(client: PinnedClient): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${POSITION_LOCK})`)
}

/** What a transaction drew, by which it is known again. */
export interface DrawnPositions {
  readonly first: number
  readonly count: number
  readonly transactionId: string
}

/** How a transaction stands among the answers to requests, until they are forgotten. */
const MARK = `convert_to('positions from ' || first, 'UTF8')`

/**
 * Draws `count` positions as the last thing that a transaction does. Not every such transaction writes a row at them, so
 * it leaves a mark by which it is known again. Throws LeaseLost where the epoch of the transaction is over; under the lock
 * it cannot end any more before the transaction does.
 */
export async function drawPositions(
  trx: Transaction, count: number, { now, fence }: { readonly now: number, readonly fence: Fence | undefined },
): Promise<DrawnPositions> {
  await sql`select pg_advisory_xact_lock(${sql.lit(POSITION_LOCK)})`.execute(trx)
  const drawn = await sql<{ first: number, xid: string }>`
    with drawn as (
      select setval('positions', nextval('positions') + ${count}::bigint - 1) - ${count}::bigint + 1 as first,
        pg_current_xact_id()::text as xid
      from (values (${fence?.epoch ?? null}::int)) as given (epoch) where ${sql.raw(isStill('given.epoch'))}
    ), marked as (
      insert into transactions (key, answer, created_at) select ${sql.raw(MARK)}, '', ${now}::bigint from drawn on conflict do nothing
    )
    select first, xid from drawn`.execute(trx)
  const row = drawn.rows[0]
  if (row === undefined) throw lost(fence)
  return { first: row.first, count, transactionId: row.xid }
}

/** Begins a transaction on a pinned connection and draws its positions in one round trip. Throws LeaseLost. */
export async function beginWithPositions(client: PinnedClient, count: number, fence: Fence | undefined): Promise<DrawnPositions> {
  const begun = client.query('begin')
  const locked = lockPositions(client)
  const drawn = client.query<{ first: number, xid: string }>({
    name: 'draw_positions',
    text: `select setval('positions', nextval('positions') + $1::bigint - 1) - $1::bigint + 1 as first,
        pg_current_xact_id()::text as xid
      where ${isStill('$2::int')}`,
    values: [count, fence?.epoch ?? null],
  })
  const [, , result] = await Promise.all([begun, locked, drawn])
  const row = result.rows[0]
  if (row === undefined) throw lost(fence)
  return { first: row.first, count, transactionId: row.xid }
}

/**
 * The highest position that is committed, read after every writer has ended: a backend may still be
 * committing although its client is gone. The sequence is put above every position that is stored.
 */
export async function settlePositions(db: Db): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(POSITION_LOCK)})`.execute(trx)
    const found = await sql<{ highest: number }>`
      select greatest(
        (select last_value from positions),
        (select coalesce(max(pos), 0) from events),
        (select coalesce(max(pos), 0) from account_data),
        (select coalesce(max(pos), 0) from push_rules),
        (select coalesce(max(pos), 0) from receipts),
        (select coalesce(max(pos), 0) from memberships),
        (select coalesce(max(pos), 0) from to_device_messages),
        (select coalesce(max(pos), 0) from device_list_changes)
      ) as highest`.execute(trx)
    const highest = found.rows[0]?.highest ?? 1
    await sql`select setval('positions', ${highest}::bigint)`.execute(trx)
    return highest
  })
}

/** The tables whose rows carry a position. */
const POSITION_TABLES = [
  'events', 'account_data', 'push_rules', 'receipts', 'memberships', 'to_device_messages', 'device_list_changes',
] as const

const FUTURE_TRANSACTION = '22023'

/**
 * Whether a transaction was committed whose answer never came; nobody else may draw positions meanwhile.
 * Waits until its backend has ended. After a crash PostgreSQL may give the number of a transaction that left no trace to
 * another one, so that the number alone does not tell: something must stand at its positions as well.
 */
export async function wasCommitted(client: PinnedClient, { first, count, transactionId }: DrawnPositions): Promise<boolean> {
  await client.query(`select pg_advisory_lock(${POSITION_LOCK})`)
  try {
    const { rows } = await client.query<{ status: string | null }>('select pg_xact_status($1::text::xid8) as status', [transactionId])
    if (rows[0]?.status !== 'committed') return false
    if (count === 0) return true
    const written = [
      ...POSITION_TABLES.map((table) => `exists (select from ${table} where pos between first and last)`),
      `exists (select from transactions where key = ${MARK})`,
    ]
    const found = await client.query<{ found: boolean }>(
      `select ${written.join(' or ')} as found from (values ($1::bigint, $2::bigint)) as drawn (first, last)`, [first, first + count - 1],
    )
    return found.rows[0]?.found === true
  } catch (error) {
    // It crashed before the number reached the disk, and so did nothing else of it.
    if (error instanceof Error && 'code' in error && error.code === FUTURE_TRANSACTION) return false
    throw error
  }
}
