// Two processes of one server on one PostgreSQL: the one that works is killed or paused at named points, and the other takes over.
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { findFreePort } from '../../bench/contenders/contender.ts'
import { sleep } from '../../bench/parallel.ts'
import { startEmbedded, type EmbeddedDatabase } from '../../src/store/embedded/embedded.ts'
import { silentLog } from '../../src/util/log.ts'
import type { Dice } from './dice.ts'
import { DELAY_LOCK, DELAY_SETTING, POINTS, type Fault } from './faults.ts'
import { HearthProcess } from './hearth-process.ts'
import type { SoakTarget, Trouble } from './soak.ts'

const PATIENCE_MS = 60_000
/** Within this time the other process is to have taken over. */
export const TAKE_OVER_MAX_MS = 15_000
const PAUSE_EVERY = 8

interface Member {
  readonly process: HearthProcess
  readonly faultFile: string
}

export class TwoProcesses implements SoakTarget {
  readonly urls: readonly string[]
  readonly sharedSecret: string
  readonly #members: readonly [Member, Member]
  readonly #postgres: EmbeddedDatabase
  readonly #client: pg.Client
  /** How many transactions were committed after their process was dead, and how many ended when the other one took over. */
  readonly orphans = { committed: 0, aborted: 0 }

  static async create(folder: string): Promise<TwoProcesses> {
    const postgres = await startEmbedded({ dataDir: join(folder, 'postgres'), log: silentLog })
    const client = new pg.Client({ ...postgres.connection })
    client.on('error', () => undefined)
    await client.connect()
    const { user, database, host, port } = postgres.connection
    const url = `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`
    const ports = [await findFreePort(), await findFreePort()] as const
    const member = (name: string, own: number): Member => {
      const faultFile = join(folder, `${name}.fault`)
      const process = new HearthProcess(join(folder, name), own, {
        changes: {
          public_baseurl: `http://127.0.0.1:${ports[0]}`,
          database: { url },
          signing_key_path: join(folder, 'signing.key'),
          media: { path: join(folder, 'media') },
          listeners: [{ bind: '127.0.0.1', port: own, resources: ['client', 'federation', 'health'] }],
        },
        command: [join(import.meta.dirname, 'faulty-hearth.ts'), faultFile],
      })
      return { process, faultFile }
    }
    return new TwoProcesses([member('one', ports[0]), member('two', ports[1])], postgres, client)
  }

  constructor(members: readonly [Member, Member], postgres: EmbeddedDatabase, client: pg.Client) {
    this.#members = members
    this.#postgres = postgres
    this.#client = client
    this.urls = members.map(({ process }) => process.url)
    this.sharedSecret = members[0].process.sharedSecret
  }

  async start(): Promise<number> {
    const [first, second] = this.#members
    const readyMs = await first.process.start()
    await second.process.start()
    await this.#client.query(`create function soak_delay() returns trigger language plpgsql as $$ begin
      if current_setting('${DELAY_SETTING}', true) = 'on' then perform pg_advisory_xact_lock_shared(${DELAY_LOCK}); end if;
      return null; end $$`)
    await this.#client.query(`create constraint trigger soak_delay after insert on events deferrable initially deferred
      for each row execute function soak_delay()`)
    return readyMs
  }

  async stop(): Promise<void> {
    for (const { process } of this.#members) {
      process.signal('SIGCONT')
      await process.stop()
    }
    await this.#client.end()
    await this.#postgres.stop()
  }

  /** Lets one fault happen to the process that works; gives how long it took until the other one worked. */
  async fail(fault: Fault, holdMs: number): Promise<number> {
    const [owner, other] = await this.#findRoles()
    const isDelayed = fault.point === 'COMMIT delayed'
    if (isDelayed) await this.#client.query(`select pg_advisory_lock(${DELAY_LOCK})`)
    writeFileSync(`${owner.faultFile}.new`, JSON.stringify(fault))
    renameSync(`${owner.faultFile}.new`, owner.faultFile)
    await until(() => !existsSync(owner.faultFile), `${fault.point} was never passed`)
    const failedMs = performance.now()
    if (isDelayed) await this.#release(holdMs)
    return this.#changeRoles(owner, other, fault.signal, failedMs)
  }

  /** The same wherever the process that works happens to be. */
  async strike(signal: Fault['signal']): Promise<number> {
    const [owner, other] = await this.#findRoles()
    const failedMs = performance.now()
    owner.process.signal(signal)
    return this.#changeRoles(owner, other, signal, failedMs)
  }

  async #changeRoles(owner: Member, other: Member, signal: Fault['signal'], failedMs: number): Promise<number> {
    await until(async () => await roleOf(other) === 'owner', 'the other process did not take over')
    const takenOverMs = performance.now() - failedMs
    if (signal === 'SIGSTOP') owner.process.signal('SIGCONT')
    else await owner.process.restart()
    await until(async () => await roleOf(owner) === 'standby', 'it did not come back to stand by')
    return takenOverMs
  }

  /** Lets the transaction go on whose process is dead, and counts how it ended. */
  async #release(holdMs: number): Promise<void> {
    const { rows } = await this.#client.query<{ xid: string }>(
      `select backend_xid::text as xid from pg_stat_activity where wait_event_type = 'Lock' and query = 'commit'`)
    await sleep(holdMs)
    await this.#client.query(`select pg_advisory_unlock(${DELAY_LOCK})`)
    for (const { xid } of rows) {
      await until(async () => (await this.#statusOf(xid)) !== 'in progress', 'the transaction did not end')
      this.orphans[await this.#statusOf(xid) === 'committed' ? 'committed' : 'aborted'] += 1
    }
  }

  async #statusOf(xid: string): Promise<string> {
    const { rows } = await this.#client.query<{ status: string }>(
      'select pg_xact_status(((pg_current_xact_id()::text::bigint >> 32 << 32) + $1::bigint)::text::xid8) as status', [xid])
    return rows[0]?.status ?? ''
  }

  async #findRoles(): Promise<readonly [Member, Member]> {
    const [first, second] = this.#members
    let roles: readonly [Member, Member] | undefined
    await until(async () => {
      if (await roleOf(first) === 'owner') roles = [first, second]
      if (await roleOf(second) === 'owner') roles = [second, first]
      return roles !== undefined
    }, 'nobody works')
    return roles ?? [first, second]
  }
}

/** Kills the working process at one point after the other, and pauses it now and then until the other has taken over. */
export function failAgainAndAgain(target: TwoProcesses): Trouble {
  return async ({ kills, onProgress }, ledger, dice: Dice) => {
    for (let kill = 1; kill <= kills; kill += 1) {
      await sleep(dice.between(300, 1500))
      const point = POINTS[kill % POINTS.length] ?? 'committed'
      const isPause = kill % PAUSE_EVERY === 2 && point !== 'COMMIT delayed'
      const fault: Fault = { point, signal: isPause ? 'SIGSTOP' : 'SIGKILL' }
      const atMs = performance.now()
      // Some end before the other process looks, and some would still be waiting when it has taken over.
      const takenOverMs = await target.fail(fault, dice.between(50, 3000))
      const what = `${fault.signal} at ${point}`
      ledger.append({ kind: 'kill', what, readyMs: takenOverMs, atMs })
      onProgress(`${kill} of ${kills}: ${what}; taken over after ${Math.round(takenOverMs)} ms`)
    }
    onProgress(`of the transactions whose process was dead, ${target.orphans.committed} were committed all the same, `
      + `and ${target.orphans.aborted} ended with the take-over`)
  }
}

async function roleOf({ process }: Member): Promise<string | undefined> {
  try {
    const answer = await fetch(`${process.url}/readyz`, { signal: AbortSignal.timeout(1000) })
    const { ok, role } = await answer.json() as { ok: boolean, role: string }
    return ok ? role : undefined
  } catch {
    return undefined
  }
}

async function until(holds: () => boolean | Promise<boolean>, complaint: string): Promise<void> {
  const startedMs = performance.now()
  while (!await holds()) {
    if (performance.now() - startedMs > PATIENCE_MS) throw new Error(complaint)
    await sleep(10)
  }
}
