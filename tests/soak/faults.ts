// Where in the way of a write the process can be made to stop, from outside and once at a time.
import { existsSync, readFileSync, unlinkSync } from 'node:fs'
import type { openDatabase, PinnedClient } from '../../src/store/database.ts'

export const POINTS = [
  'before BEGIN', 'positions drawn', 'rows written', 'COMMIT sent', 'COMMIT delayed', 'committed', 'answered',
] as const
export type Point = (typeof POINTS)[number]

export interface Fault {
  readonly point: Point
  readonly signal: 'SIGKILL' | 'SIGSTOP'
}

/** The lock at which a delayed COMMIT waits, by a trigger that the soak puts into the database. */
export const DELAY_LOCK = 4_807_999
export const DELAY_SETTING = 'soak.delay'

/** So long after COMMIT the answers are on their way. */
const ANSWERED_MS = 15

/** The fault that is wanted next stands in a file, which goes when the fault happens. */
export class Faults {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  isWanted(point: Point): boolean {
    return existsSync(this.#file) && this.#read()?.point === point
  }

  /** Stops the process here, if that is wanted. */
  pass(point: Point): void {
    if (!existsSync(this.#file)) return
    const fault = this.#read()
    if (fault?.point !== point) return
    unlinkSync(this.#file)
    process.kill(process.pid, fault.signal)
  }

  #read(): Fault | undefined {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Fault
    } catch {
      return undefined
    }
  }
}

/** Opens the database as usual, and lets the faults happen on the connection of the committer. */
export function withFaults(open: typeof openDatabase, faults: Faults): typeof openDatabase {
  return (...args) => {
    const database = open(...args)
    return { ...database, pin: async (onLost) => sabotage(await database.pin(onLost), faults) }
  }
}

type Query = (statement: unknown, ...rest: unknown[]) => Promise<unknown>

function sabotage(client: PinnedClient, faults: Faults): PinnedClient {
  const query = client.query.bind(client) as Query
  let written: Promise<unknown>[] = []
  let hasEvents = false
  const commit = async (): Promise<unknown> => {
    const rows = written
    if (faults.isWanted('rows written')) {
      await Promise.allSettled(rows)
      faults.pass('rows written')
    }
    const delays = hasEvents && faults.isWanted('COMMIT delayed')
    if (delays) void query(`select set_config('${DELAY_SETTING}', 'on', true)`)
    const committed = query('commit')
    if (delays) await untilSent(client)
    if (delays) faults.pass('COMMIT delayed')
    if (faults.isWanted('COMMIT sent')) {
      await untilSent(client)
      faults.pass('COMMIT sent')
    }
    await committed
    faults.pass('committed')
    setTimeout(() => faults.pass('answered'), ANSWERED_MS)
    return committed
  }
  const faulty: Query = (statement, ...rest) => {
    const name = (statement as { name?: string }).name ?? ''
    if (statement === 'begin') {
      faults.pass('before BEGIN')
      written = []
      hasEvents = false
    }
    if (statement === 'commit') return commit()
    const result = query(statement, ...rest)
    if (name === 'draw_positions') return result.then((drawn) => {
      faults.pass('positions drawn')
      return drawn
    })
    if (name.startsWith('hot_')) written.push(result)
    if (name === 'hot_events') hasEvents = true
    return result
  }
  client.query = faulty as typeof client.query
  return client
}

/** Resolves when the operating system has what was written. */
async function untilSent(client: PinnedClient): Promise<void> {
  const { stream } = (client as unknown as { connection: { stream: { writableLength: number } } }).connection
  // In a batch of statements the driver writes at the end of the turn.
  await new Promise((resolve) => setImmediate(resolve))
  while (stream.writableLength > 0) await new Promise((resolve) => setImmediate(resolve))
}
