import { sql, type Selectable } from 'kysely'
import type { Db } from '../database.ts'
import type { MediaRow } from '../tables.ts'

export type StoredMedia = Selectable<MediaRow>

export async function findMedia(db: Db, mediaId: string): Promise<StoredMedia | undefined> {
  return db.selectFrom('media').selectAll().where('media_id', '=', mediaId).executeTakeFirst()
}

/** Gives out an id before its bytes have come. */
export async function insertPendingMedia(
  db: Db, row: { media_id: string, owner_nid: number, created_at: number, expires_at: number },
): Promise<void> {
  await db.insertInto('media').values({ ...row, content_type: null, upload_name: null, size_bytes: null, digest: null }).execute()
}

export interface UploadedFile {
  readonly content_type: string
  readonly upload_name: string | null
  readonly size_bytes: number
  readonly digest: string
}

export async function insertMedia(db: Db, row: UploadedFile & { media_id: string, owner_nid: number, created_at: number }): Promise<void> {
  await db.insertInto('media').values({ ...row, expires_at: null }).execute()
}

/** Puts the bytes to an id that was given out before. False where they came already. */
export async function completeMedia(db: Db, mediaId: string, file: UploadedFile): Promise<boolean> {
  const result = await db.updateTable('media').set({ ...file, expires_at: null })
    .where('media_id', '=', mediaId).where('digest', 'is', null).executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function countPendingMedia(db: Db, owner: number, now: number): Promise<number> {
  const row = await db.selectFrom('media').select(sql<number>`count(*)`.as('count'))
    .where('owner_nid', '=', owner).where('digest', 'is', null).where('expires_at', '>', now).executeTakeFirstOrThrow()
  return row.count
}

/** Forgets ids whose bytes never came. */
export async function deleteExpiredMedia(db: Db, now: number): Promise<void> {
  await db.deleteFrom('media').where('digest', 'is', null).where('expires_at', '<', now).execute()
}
