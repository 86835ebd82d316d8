import {
  insertJobOn, listJobs, listUnfinishedJobs, retryFailedJobs, saveJobProgress, type JobProgress, type JobsQuery, type StoredJob,
} from '../store/background-jobs.ts'
import type { Db } from '../store/database.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'

/** A job as the one who does it sees it. */
export interface JobTask {
  readonly id: number
  /** What was asked for, and how far it has come, as they were given; the cursor is undefined at the first step. */
  readonly arguments: unknown
  readonly cursor: unknown
  /** About how many rows a step should touch so that it takes no longer than it may. */
  readonly size: number
}

/** What came of a step. */
export interface JobStep {
  /** What the next step begins with; anything that JSON can hold. */
  readonly cursor: unknown
  /** How much was done in this step, in things that people can count. */
  readonly done: number
  /** `rest`: there is nothing to do at present, but there will be again. */
  readonly then: 'go on' | 'rest' | 'finish'
  /** So long the next step need not look again, where this one waits for somebody else. */
  readonly pauseMs?: number
}

/** Work of one kind. */
export interface JobKind {
  readonly name: string
  /**
   * Does a small part of the work. The process may end before the cursor is saved, so that doing a step twice must be the same
   * as doing it once.
   */
  step(task: JobTask): Promise<JobStep>
}

export interface BackgroundJobsParts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly kinds: readonly JobKind[]
}

const SIZE = { first: 200, min: 20, max: 1_000 }
/** A step that takes longer is followed by a smaller one, and one that takes less than a quarter by a greater one. */
const STEP_MS = 100
const PAUSE_MIN_MS = 20
/** So many times as long as a step took everybody else has the database for himself. */
const PAUSE_SHARE = 3
const ATTEMPTS_MAX = 8
const RETRY_FIRST_MS = 1_000
const REPORT_EVERY_MS = 10_000

/**
 * Does work that outlives a request, in steps that are saved one by one, so that a server which is stopped goes on with it at
 * the next start. Of each kind one job is done at a time.
 */
export class BackgroundJobs {
  readonly #parts: BackgroundJobsParts
  readonly #running = new Map<string, Promise<void>>()
  readonly #woken = new Set<string>()
  readonly #closing = new AbortController()

  constructor(parts: BackgroundJobsParts) {
    this.#parts = parts
  }

  /** Takes up what was left, and tries again what failed. */
  async start(): Promise<void> {
    const { db, clock, kinds } = this.#parts
    await retryFailedJobs(db, kinds.map(({ name }) => name), clock.now())
    for (const { name } of kinds) this.wake(name)
  }

  /** Notes work on something and begins with it; its number, or undefined where such work on it is going on. */
  async add(kind: string, resource: string, jobArguments: unknown): Promise<number | undefined> {
    const { db, clock } = this.#parts
    const id = await insertJobOn(db, resource, { kind, arguments: JSON.stringify(jobArguments), now: clock.now() })
    this.wake(kind)
    return id
  }

  /** The latest jobs, newest first. */
  list(query: JobsQuery): Promise<StoredJob[]> {
    return listJobs(this.#parts.db, query)
  }

  /** Looks whether there is work of a kind. */
  wake(kind: string): void {
    const found = this.#parts.kinds.find(({ name }) => name === kind)
    if (found === undefined || this.#closing.signal.aborted) return
    this.#woken.add(kind)
    if (!this.#running.has(kind)) this.#running.set(kind, this.#run(found))
  }

  /** Whether something is being done. */
  isBusy(): boolean {
    return this.#running.size > 0
  }

  /** Ends after the steps that are being done. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#running.values())
  }

  async #run(kind: JobKind): Promise<void> {
    const { db, log } = this.#parts
    try {
      while (this.#woken.delete(kind.name) && !this.#closing.signal.aborted) {
        for (const job of await listUnfinishedJobs(db, kind.name)) await this.#carryOut(kind, job)
      }
    } catch (error) {
      log.error({ kind: kind.name, error: String(error) }, 'Work in the background stopped until the next start')
    } finally {
      this.#running.delete(kind.name)
    }
  }

  async #carryOut(kind: JobKind, job: StoredJob): Promise<void> {
    const { clock, log } = this.#parts
    const report = this.#reporter(kind, job)
    let { cursor, done } = job
    let size = SIZE.first
    let attempts = 0
    while (!this.#closing.signal.aborted) {
      const began = clock.monotonicMs()
      let pauseMs = PAUSE_MIN_MS
      let next: JobProgress
      try {
        const step = await kind.step({
          id: job.id, size, arguments: JSON.parse(job.arguments), cursor: cursor === null ? undefined : JSON.parse(cursor),
        })
        const tookMs = clock.monotonicMs() - began
        size = nextSize(size, tookMs)
        attempts = 0
        pauseMs = Math.max(PAUSE_MIN_MS, tookMs * PAUSE_SHARE, step.pauseMs ?? 0)
        next = { ...stateAfter(step), cursor: textOf(step.cursor), done: done + step.done, total: job.total, error: null }
      } catch (error) {
        attempts += 1
        size = SIZE.min
        pauseMs = RETRY_FIRST_MS * 2 ** (attempts - 1)
        next = { state: attempts < ATTEMPTS_MAX ? 'running' : 'failed', cursor, done, total: job.total, error: String(error) }
        log.info({ kind: kind.name, job: job.id, attempts, error: String(error) }, 'A step of work in the background failed')
      }
      if (!await this.#save({ id: job.id, cursor }, next)) return
      cursor = next.cursor
      done = next.done
      report(next)
      if (next.state !== 'running') return
      await clock.sleep(pauseMs, this.#closing.signal)
    }
  }

  /** A database that does not answer now may do so later; the step is then done again. */
  async #save(job: Pick<StoredJob, 'id' | 'cursor'>, next: JobProgress): Promise<boolean> {
    const { db, clock, log } = this.#parts
    for (let attempt = 1; ; attempt++) {
      try {
        return await saveJobProgress(db, job, next, clock.now())
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || this.#closing.signal.aborted) throw error
        log.info({ job: job.id, error: String(error) }, 'The progress of work in the background could not be saved')
        await clock.sleep(RETRY_FIRST_MS, this.#closing.signal)
      }
    }
  }

  #reporter({ name: kind }: JobKind, { id, resource }: StoredJob): (progress: JobProgress) => void {
    const { clock, log } = this.#parts
    let reportedMs = clock.monotonicMs()
    return ({ state, done, error }) => {
      const nowMs = clock.monotonicMs()
      const fields = { kind, job: id, resource, done }
      if (state === 'finished') log.info(fields, 'Work in the background is done')
      else if (state === 'failed') log.error({ ...fields, error }, 'Work in the background failed; the next start tries again')
      else if (state === 'running' && nowMs - reportedMs > REPORT_EVERY_MS) log.info(fields, 'Work in the background goes on')
      else return
      reportedMs = nowMs
    }
  }
}

function textOf(cursor: unknown): string | null {
  return cursor === undefined ? null : JSON.stringify(cursor)
}

function stateAfter({ then }: JobStep): Pick<JobProgress, 'state'> {
  return { state: then === 'go on' ? 'running' : then === 'rest' ? 'waiting' : 'finished' }
}

function nextSize(size: number, tookMs: number): number {
  if (tookMs > STEP_MS) return Math.max(SIZE.min, Math.floor(size / 2))
  return tookMs * 4 < STEP_MS ? Math.min(SIZE.max, size * 2) : size
}
