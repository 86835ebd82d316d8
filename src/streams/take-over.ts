import type { Database, PinnedClient } from '../store/database.ts'
import { endSessions, listTenures, takeLeases, type Tenure as TenureRow } from '../store/leases.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { Tenure } from './tenure.ts'

export interface TakeOverParts {
  readonly database: Pick<Database, 'pin'>
  readonly clock: Clock
  readonly log: Log
  /** Where other processes reach this one. */
  readonly address: string | undefined
  /** The machine and the data folder: only one process works there, so that an earlier one is dead. */
  readonly home: string
  /** Told now and then, while this process stands by, where the one is that holds the leases; undefined while none does. */
  onWait(owner: { readonly address: string | undefined } | undefined): Promise<void> | void
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined
}

const LOOK_MS = 500
/** A living process whose connection broke has this long to come back. */
const GONE_MS = 1_000
const SHARDS = 64

/** The rooms are dealt out to so many shards, and each shard is a lease. */
const LEASES = Array.from({ length: SHARDS }, (_, shard) => `rooms/${shard}`)

/**
 * Waits until the leases are free, or the process that holds them is dead or has not renewed them in time, and takes them all.
 * Undefined when the signal came first.
 */
export async function takeOver(parts: TakeOverParts): Promise<Tenure | undefined> {
  const { clock, log, signal } = parts
  const watch = new Watch(parts)
  let session: PinnedClient | undefined
  let hasFailed = false
  while (signal?.aborted !== true) {
    try {
      session ??= await parts.database.pin(() => {
        session = undefined
      })
      const tenure = await attempt(parts, watch, session)
      if (tenure !== undefined) return tenure
      hasFailed = false
    } catch (error) {
      log[hasFailed ? 'debug' : 'info']({ error: String(error) }, 'The leases could not be looked at, which is tried again')
      hasFailed = true
      session?.end().catch(() => undefined)
      session = undefined
      await parts.onWait(undefined)
    }
    await clock.sleep(LOOK_MS, signal)
  }
  await session?.end().catch(() => undefined)
  return undefined
}

async function attempt(parts: TakeOverParts, watch: Watch, session: PinnedClient): Promise<Tenure | undefined> {
  const { database, clock, log, address, home } = parts
  const tenures = await listTenures(session)
  const over = tenures.filter((tenure) => watch.isOver(tenure)).map(({ epoch }) => epoch)
  const owner = tenures.find(({ epoch }) => !over.includes(epoch))
  if (owner === undefined) {
    if (watch.hasWaited) await parts.onWait(undefined)
    if (over.length > 0) await endSessions(session, over)
    const takenMs = clock.monotonicMs()
    const epoch = await takeLeases(session, { names: LEASES, over, address, home })
    if (epoch !== undefined) {
      // Those that were opened while the first ones ended found their epoch still there.
      if (over.length > 0) await endSessions(session, over)
      log.info({ epoch, over }, 'The leases were taken')
      return new Tenure({ database, clock, log, epoch, session, takenMs })
    }
  }
  watch.hasWaited = true
  await parts.onWait(owner === undefined ? undefined : { address: owner.address ?? undefined })
  return undefined
}

/** Remembers since when processes have shown no sign of life. */
class Watch {
  hasWaited = false
  readonly #goneSinceMs = new Map<number, number>()
  readonly #parts: Pick<TakeOverParts, 'clock' | 'home'>

  constructor(parts: Pick<TakeOverParts, 'clock' | 'home'>) {
    this.#parts = parts
  }

  isOver({ epoch, home, isExpired, hasSession }: TenureRow): boolean {
    const { clock } = this.#parts
    const nowMs = clock.monotonicMs()
    const sinceMs = this.#goneSinceMs.get(epoch) ?? nowMs
    if (hasSession) this.#goneSinceMs.delete(epoch)
    else this.#goneSinceMs.set(epoch, sinceMs)
    return isExpired || (!hasSession && (home === this.#parts.home || nowMs - sinceMs >= GONE_MS))
  }
}
