import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** The table that holds the expiring bodies of some days. */
export interface BodyDays {
  readonly name: string
  readonly from: number
  /** The first day that is not in it. */
  readonly to: number
  /** It is being taken off, and nobody finds anything in it any more. */
  readonly isLeaving: boolean
}

const BOUND = /\((-?\d+)\) TO \((-?\d+)\)/
/** Taking a table off waits for everybody who reads; it is tried again rather than waited for longer. */
const DETACH_TIMEOUT_MS = 5_000

/** The tables of expiring bodies, oldest first. */
export async function listBodyDays(db: Db): Promise<BodyDays[]> {
  const result = await sql<{ name: string, bound: string, leaving: boolean }>`
    select relname as name, coalesce(pg_get_expr(relpartbound, pg_class.oid), '') as bound, inhdetachpending as leaving
    from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = 'event_bodies_expiring'::regclass`.execute(db)
  return result.rows.map(({ name, bound, leaving }) => {
    const [, from, to] = BOUND.exec(bound) ?? []
    return { name, from: Number(from), to: Number(to), isLeaving: leaving }
  }).sort((one, other) => one.from - other.from)
}

/**
 * Makes a table for some days. It is made apart and then taken in, which holds up nobody who reads or writes; a table that
 * is made as a partition would stop them all until they have let go of it.
 */
export async function addBodyDays(db: Db, { from, to }: Pick<BodyDays, 'from' | 'to'>): Promise<void> {
  const name = sql.table(`event_bodies_day_${from}`)
  await db.transaction().execute(async (trx) => {
    await sql`create table ${name} (like event_bodies_expiring including all)`.execute(trx)
    await sql`alter table event_bodies_expiring attach partition ${name}
      for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(trx)
  })
}

/** Takes the table of some days away with all that is in it, without holding up anybody. Going on after a kill is the same. */
export async function dropBodyDays(db: Db, { name, isLeaving }: Pick<BodyDays, 'name' | 'isLeaving'>): Promise<void> {
  const table = sql.table(name)
  await db.connection().execute(async (connection) => {
    await sql`set statement_timeout = ${sql.lit(DETACH_TIMEOUT_MS)}`.execute(connection)
    try {
      const how = sql.raw(isLeaving ? 'finalize' : 'concurrently')
      await sql`alter table event_bodies_expiring detach partition ${table} ${how}`.execute(connection)
      await sql`drop table ${table}`.execute(connection)
    } finally {
      await sql`set statement_timeout = default`.execute(connection)
    }
  })
}

/** Takes away tables that were taken off, but not away, when the process ended. */
export async function dropStrayBodyDays(db: Db): Promise<void> {
  const result = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relispartition
      and relname ~ '^event_bodies_day_-?[0-9]+$'`.execute(db)
  for (const { name } of result.rows) await sql`drop table if exists ${sql.table(name)}`.execute(db)
}
