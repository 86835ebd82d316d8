import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../src/config/config.ts'
import { trialConfig } from '../../src/config/trial-config.ts'
import { createServer, type Server, type ServerParts } from '../../src/server.ts'
import type { Services } from '../../src/services.ts'
import type { Connection } from '../../src/store/database.ts'
import { silentLog } from '../../src/util/log.ts'
import { createMetrics } from '../../src/util/metrics.ts'
import { systemRandom } from '../../src/util/random.ts'
import { createApi, type Api } from './api.ts'
import { createTestDatabase } from './database.ts'
import { FakeClock } from './fake-clock.ts'

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

export interface TestUser {
  readonly userId: string
  readonly deviceId: string
  readonly token: string
}

export interface TestServer {
  readonly api: Api
  readonly clock: FakeClock
  readonly server: Server
  readonly connection: Connection
  readonly services: Services
  readonly url: string
  /** Of every listener, in the order of the configuration. */
  readonly ports: readonly number[]
  /** Registers somebody, with a device. */
  register(localpart: string, options?: { password?: string }): Promise<TestUser>
}

export const PASSWORD = 'correct horse battery'

/** Parts that a test hands in; servers that talk to each other share a network and a clock. */
export interface TestParts extends Partial<Pick<ServerParts, 'network' | 'log'>> {
  readonly clock?: FakeClock
}

/** The whole server in this process, over HTTP, on a database of its own, with a clock that the test moves. */
export async function createTestServer(
  t: Cleanup, changes: Partial<Config> = {}, { clock = new FakeClock(), ...parts }: TestParts = {},
): Promise<TestServer> {
  const connection = await createTestDatabase(t)
  const dataDir = await mkdtemp(join(tmpdir(), 'hearth-server-'))
  const trial = trialConfig(dataDir)
  const config: Config = {
    ...trial,
    listeners: [{ bind: '127.0.0.1', port: 0, resources: ['client', 'federation'], tls: undefined }],
    rateLimits: { ...trial.rateLimits, enabled: false },
    passwordHash: { fastInsecure: true },
    ...changes,
  }
  const server = await createServer(
    {
      config, connection, clock, random: systemRandom, log: silentLog, version: '0.0.0', metrics: createMetrics({ ofProcess: false }),
      ...parts,
    },
  )
  const addresses = await server.listen()
  const [address] = addresses
  if (address === undefined) throw new Error('The server listens nowhere')
  t.teardown(async () => {
    const closed = server.close()
    // Whoever does not let go is cut off when its time has passed, and here the test moves the time.
    clock.advance(10_000)
    await closed
    await rm(dataDir, { recursive: true, force: true })
  })
  const api = createApi(address.url)
  return {
    api,
    clock,
    server,
    connection,
    services: server.services,
    url: address.url,
    ports: addresses.map(({ port }) => port),
    register: (localpart, options) => register(api, localpart, options?.password ?? PASSWORD),
  }
}

async function register(api: Api, username: string, password: string): Promise<TestUser> {
  const answer = await api.post('/_matrix/client/v3/register', { body: { username, password, auth: { type: 'm.login.dummy' } } })
  const { user_id: userId, device_id: deviceId, access_token: token } = answer.body as {
    user_id?: string, device_id?: string, access_token?: string,
  }
  if (userId === undefined || deviceId === undefined || token === undefined) throw new Error(
    `${username} was not registered: ${answer.text}`,
  )
  return { userId, deviceId, token }
}
