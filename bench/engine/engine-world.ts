// Hearth in this very process, on a PostgreSQL that stays: what is measured here has no public API.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { trialConfig } from '../../src/config/trial-config.ts'
import { createServer } from '../../src/server.ts'
import type { Services } from '../../src/services.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLog } from '../../src/util/log.ts'
import { createMetrics } from '../../src/util/metrics.ts'
import { systemRandom } from '../../src/util/random.ts'
import { sharedSecret } from '../contenders/contender.ts'
import { postgresUser, startPostgres } from '../contenders/postgres.ts'
import { Fixtures } from '../fixtures.ts'
import { Homeserver } from '../homeserver.ts'
import { readServerUsage } from '../processes.ts'

export interface EngineWorld {
  readonly services: Services
  /** Connections beside the server's own. */
  readonly database: Database
  readonly fixtures: Fixtures
  /** The same server by its public API, to make accounts and rooms. */
  readonly server: Homeserver
  /** CPU that PostgreSQL has spent. */
  postgresCpuMs(): number
  close(): Promise<void>
}

const database = 'engine'

export async function openEngineWorld(folder: string): Promise<EngineWorld> {
  mkdirSync(folder, { recursive: true })
  const postgres = await startPostgres(join(folder, 'postgres'))
  await postgres.ensureDatabase(database)
  const connection = { host: '127.0.0.1', port: postgres.port, user: postgresUser, database }
  const trial = trialConfig(join(folder, 'data'))
  const server = await createServer({
    config: {
      ...trial,
      listeners: [{ bind: '127.0.0.1', port: 0, resources: ['client'], tls: undefined }],
      registration: { ...trial.registration, sharedSecret },
      rateLimits: { ...trial.rateLimits, enabled: false },
      passwordHash: { fastInsecure: true },
    },
    connection, clock: systemClock, random: systemRandom, log: silentLog, version: '0.0.0',
    metrics: createMetrics({ ofProcess: false }),
  })
  const [address] = await server.listen()
  const own = openDatabase(connection, silentLog, 2)
  return {
    services: server.services,
    database: own,
    fixtures: new Fixtures(join(folder, 'state.json')),
    server: new Homeserver(address?.url ?? '', sharedSecret),
    postgresCpuMs: () => readServerUsage(postgres.pid).postgres.cpuMs,
    async close() {
      await own.close()
      await server.close()
      postgres.stop()
    },
  }
}

export interface Cost {
  readonly tookMs: number
  readonly cpuMs: number
  readonly postgresCpuMs: number
  /** The longest that the event loop was late meanwhile. */
  readonly loopDelayMs: number
}

const delayResolutionMs = 1

/** What a piece of work costs; only the time and the delay are disturbed by what else the machine does. */
export async function costOf(world: EngineWorld, work: () => Promise<unknown>): Promise<Cost> {
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs })
  const postgresBeforeMs = world.postgresCpuMs()
  delay.enable()
  const before = process.cpuUsage()
  const startedMs = performance.now()
  await work()
  const tookMs = performance.now() - startedMs
  const { user, system } = process.cpuUsage(before)
  // The monitor learns of a late turn at the next one.
  await new Promise((resolve) => setTimeout(resolve, 2 * delayResolutionMs))
  delay.disable()
  return {
    tookMs,
    cpuMs: (user + system) / 1000,
    postgresCpuMs: world.postgresCpuMs() - postgresBeforeMs,
    loopDelayMs: Math.max(0, delay.max / 1e6 - delayResolutionMs),
  }
}
