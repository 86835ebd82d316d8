import type { Db } from './database.ts'
import type { UploadedFile } from './media.ts'

export interface RemoteMediaRow extends UploadedFile {
  readonly server_name: string
  readonly media_id: string
  readonly fetched_at: number
}

/** A file of another server that was fetched before. */
export async function findRemoteMedia(
  db: Db, serverName: string, mediaId: string,
): Promise<UploadedFile & { readonly quarantined: boolean } | undefined> {
  return db.selectFrom('remote_media').select(['content_type', 'upload_name', 'size_bytes', 'digest', 'quarantined'])
    .where('server_name', '=', serverName).where('media_id', '=', mediaId).executeTakeFirst()
}

export async function insertRemoteMedia(db: Db, row: RemoteMediaRow): Promise<void> {
  await db.insertInto('remote_media').values({ ...row, quarantined: false }).onConflict((conflict) => conflict.doNothing()).execute()
}
