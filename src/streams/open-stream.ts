import { join } from 'node:path'
import type { Database } from '../store/database.ts'
import { beginEpoch } from '../store/new-epoch.ts'
import { settlePositions } from '../store/positions.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { Committer } from './committer.ts'
import { PositionFile } from './position-file.ts'
import { Stream } from './stream.ts'

export interface OpenStream {
  readonly stream: Stream
  readonly committer: Committer
  /** Rises with each restore from a backup. Tokens of another epoch mean nothing. */
  readonly epoch: number
  /** Commits what waits and notes how far the order came. */
  close(): Promise<void>
}

/**
 * Takes up the one order of changes where it was left: waits for writers that outlived their process, and begins a new epoch
 * where the database is behind what was noted beside it.
 */
export async function openStream(
  options: { database: Database, dataDir: string, knownEpoch: number, clock: Clock, log: Log },
): Promise<OpenStream> {
  const { database, dataDir, knownEpoch, clock, log } = options
  let head = await settlePositions(database.db)
  const file = new PositionFile({ path: join(dataDir, 'position'), clock, log })
  const noted = await file.read()
  let epoch = knownEpoch
  if (noted > head) {
    epoch = await beginEpoch(database.db, { from: knownEpoch, above: noted, now: clock.now() })
    head = await settlePositions(database.db)
    log.info({ epoch }, 'The database was restored from a backup: clients will sync anew')
  }
  const stream = new Stream({ database, clock, log }, head)
  const committer = new Committer({ database, stream, clock, log })
  file.follow(stream)
  return {
    stream, committer, epoch,
    async close() {
      await committer.close()
      await file.close(stream)
    },
  }
}
