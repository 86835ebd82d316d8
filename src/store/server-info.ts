import type { Db } from './database.ts'

/** Facts that are fixed at the first start or by a restore. */
export type ServerFact = 'server_name' | 'schema_floor' | 'restore_epoch'

export async function findServerFact(db: Db, name: ServerFact): Promise<string | undefined> {
  const row = await db.selectFrom('server_info').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value
}

export async function setServerFact(db: Db, name: ServerFact, value: string): Promise<void> {
  await db.insertInto('server_info').values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value })).execute()
}
