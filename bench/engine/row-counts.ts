import { sql } from 'kysely'
import type { EngineWorld } from './engine-world.ts'

export type RowCounts = Readonly<Record<string, number>>

/** The tables that grow with the state of rooms; an event's own header and body are not counted. */
const tables = [
  'state_log', 'state_branches', 'state_branch_log', 'auth_chain_links', 'memberships', 'state_keys', 'room_summaries',
] as const

export async function countRows({ database: { db } }: EngineWorld): Promise<RowCounts> {
  const counts: Record<string, number> = {}
  for (const table of tables) {
    const result = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`.execute(db)
    counts[table] = result.rows[0]?.count ?? 0
  }
  return counts
}
