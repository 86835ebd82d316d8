import type { Db, Transaction } from '../database.ts'

/** Puts a new link in the place of all that have not been used. */
export async function replaceSetupLink(db: Db, digest: Buffer, now: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom('setup_links').where('used_at', 'is', null).execute()
    await trx.insertInto('setup_links').values({ digest, created_at: now, used_at: null }).execute()
  })
}

export async function isOpenSetupLink(db: Db, digest: Buffer): Promise<boolean> {
  const row = await db.selectFrom('setup_links').select('digest')
    .where('digest', '=', digest).where('used_at', 'is', null).executeTakeFirst()
  return row !== undefined
}

/** Marks the link as used; false if it is unknown or was used before. */
export async function useSetupLink(trx: Transaction, digest: Buffer, now: number): Promise<boolean> {
  const result = await trx.updateTable('setup_links').set({ used_at: now })
    .where('digest', '=', digest).where('used_at', 'is', null).executeTakeFirst()
  return result.numUpdatedRows > 0n
}
