import { sql } from 'kysely'
import type { Db } from '../database.ts'
import type { UploadedFile } from './media.ts'

export interface RemoteMediaRow extends UploadedFile {
  readonly server_name: string
  readonly media_id: string
  readonly fetched_at: number
  /** When somebody last looked at it, to the day. */
  readonly read_at: number
}

/** A file of another server that was fetched before. */
export async function findRemoteMedia(
  db: Db, serverName: string, mediaId: string,
): Promise<UploadedFile & { readonly quarantined: boolean, readonly read_at: number } | undefined> {
  return db.selectFrom('remote_media').select(['content_type', 'upload_name', 'size_bytes', 'digest', 'quarantined', 'read_at'])
    .where('server_name', '=', serverName).where('media_id', '=', mediaId).executeTakeFirst()
}

/** Keeps what was fetched; what was fetched before and lost is replaced. */
export async function insertRemoteMedia(db: Db, row: RemoteMediaRow): Promise<void> {
  const { server_name: _, media_id: __, ...file } = row
  await db.insertInto('remote_media').values({ ...row, quarantined: false })
    .onConflict((conflict) => conflict.columns(['server_name', 'media_id']).doUpdateSet(file)).execute()
}

export async function noteRemoteMediaRead(db: Db, serverName: string, mediaId: string, now: number): Promise<void> {
  await db.updateTable('remote_media').set({ read_at: now }).where('server_name', '=', serverName).where('media_id', '=', mediaId).execute()
}

/** How many bytes the files of other servers have together. */
export async function sumRemoteMedia(db: Db): Promise<number> {
  const { total } = await db.selectFrom('remote_media').select((row) => row.fn.sum('size_bytes').as('total')).executeTakeFirstOrThrow()
  return Number(total ?? 0)
}

/**
 * Deletes the rows that were not looked at for the longest time, up to so many, of before a time and until so many bytes are
 * free. What is quarantined stays, so that it does not come again.
 */
export async function deleteOldestRemoteMedia(
  db: Db, { before, bytes, limit }: { readonly before: number, readonly bytes: number, readonly limit: number },
): Promise<{ digest: string, size_bytes: number }[]> {
  const result = await sql<{ digest: string, size_bytes: number }>`
    with oldest as (
      select server_name, media_id, size_bytes, sum(size_bytes) over (order by read_at, server_name, media_id) as freed from (
        select server_name, media_id, size_bytes, read_at from remote_media
        where not quarantined and read_at < ${Math.min(before, Number.MAX_SAFE_INTEGER)} order by read_at limit ${limit}
      ) as candidates
    )
    delete from remote_media using oldest
    where remote_media.server_name = oldest.server_name and remote_media.media_id = oldest.media_id
      and oldest.freed - oldest.size_bytes < ${Math.min(bytes, Number.MAX_SAFE_INTEGER)}
    returning remote_media.digest, remote_media.size_bytes`.execute(db)
  return result.rows
}

/** Those of the digests under which a file of another server is still known. */
export async function listDigestsInUse(db: Db, digests: readonly string[]): Promise<string[]> {
  const rows = await db.selectFrom('remote_media').select('digest').distinct().where('digest', 'in', digests).execute()
  return rows.map(({ digest }) => digest)
}
