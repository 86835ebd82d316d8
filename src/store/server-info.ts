import type { Db } from './database.ts'

/** Facts that are fixed at the first start or by a restore. */
export type ServerFact = 'server_name' | 'schema_floor' | 'restore_epoch' | 'inner_secret' | 'retention_default' | 'verify_key'

export async function findServerFact(db: Db, name: ServerFact): Promise<string | undefined> {
  const row = await db.selectFrom('server_info').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value
}

export async function setServerFact(db: Db, name: ServerFact, value: string): Promise<void> {
  await db.insertInto('server_info').values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value })).execute()
}

/** The value that a fact has, or else gets now, whoever else gives it one at the same moment. */
export async function ensureServerFact(db: Db, name: ServerFact, value: string): Promise<string> {
  await db.insertInto('server_info').values({ name, value }).onConflict((conflict) => conflict.doNothing()).execute()
  return await findServerFact(db, name) ?? value
}
