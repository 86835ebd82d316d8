import type { Db } from '../../store/database.ts'
import { dropOutdatedEdus, dropUndeliverableEdus, listServersWithOldEdus } from '../../store/federation/unsent-edus.ts'
import type { Clock } from '../../util/clock.ts'
import { HOUR_MS } from '../../util/durations.ts'
import type { Log } from '../../util/log.ts'

export interface UndeliverableParts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
}

/** Who comes back within this time reads what was encrypted meanwhile. */
const LOST_AFTER_MS = 30 * 24 * HOUR_MS
const COUNT_MAX = 10_000
const BYTES_MAX = 64 * 1024 * 1024

/**
 * Bounds what waits for servers that are away. Of the devices of each user the newest change is kept, however long it takes; of
 * messages to devices so many, and for so long, and the rest is noted as lost. What waits for servers that answer is not touched.
 */
export async function dropUndeliverable({ db, clock, log }: UndeliverableParts): Promise<void> {
  const now = clock.now()
  const servers = await listServersWithOldEdus(db, now - HOUR_MS)
  if (servers.length === 0) return
  await dropOutdatedEdus(db, servers)
  const limits = { countMax: COUNT_MAX, bytesMax: BYTES_MAX, failingBefore: now - LOST_AFTER_MS }
  const edus = await dropUndeliverableEdus(db, { servers, ...limits, now })
  if (edus > 0) log.warn({ edus }, 'Messages to devices were dropped for servers that are away')
}
