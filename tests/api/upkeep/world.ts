import pg from 'pg'
import type { Config } from '../../../src/config/config.ts'
import { trialConfig } from '../../../src/config/trial-config.ts'
import { V3 } from '../../support/api.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import { createTestServer, PASSWORD, type TestServer, type TestUser } from '../../support/server.ts'
import { Talk } from '../../support/talk.ts'

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

export interface UpkeepWorld extends TestServer {
  readonly talk: Talk
  readonly admin: TestUser
  /** Asks the database itself. */
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>
  /** Lets the work in the background come to its end, by a clock that moves a little. */
  finishJobs(): Promise<void>
  /** The texts of the messages that a member finds in the history, newest first. */
  history(user: TestUser, roomId: string): Promise<string[]>
}

export const room = (roomId: string): string => `${V3}/rooms/${encodeURIComponent(roomId)}`

export async function createUpkeepWorld(t: Cleanup, changes: Partial<Config> = {}): Promise<UpkeepWorld> {
  const world = await createTestServer(t, changes)
  const client = new pg.Client({ ...world.connection })
  await client.connect()
  t.teardown(() => client.end())
  await world.services.accounts.create({ userId: '@admin:localhost', password: PASSWORD, isAdmin: true })
  const { body } = await world.api.post(`${V3}/login`, {
    body: { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'admin' }, password: PASSWORD },
  })
  const admin = { userId: '@admin:localhost', deviceId: String(body['device_id']), token: String(body['access_token']) }
  return {
    ...world, admin, talk: new Talk(world.api),
    query: async <Row extends object>(text: string, values: unknown[] = []) => (await client.query<Row>(text, values)).rows,
    finishJobs: () => finishJobs(world),
    async history({ token }, roomId) {
      const answer = await world.api.get(`${room(roomId)}/messages?dir=b&limit=100`, { token })
      const chunk = answer.body['chunk'] as { type: string, content: { body?: string } }[]
      return chunk.filter(({ type }) => type === 'm.room.message').map(({ content }) => content.body ?? '(redacted)')
    },
  }
}

interface Working { readonly services: { readonly backgroundJobs: { isBusy(): boolean } }, readonly clock: FakeClock }

/** Not much faster than time really goes: leases are renewed by both. */
export async function finishJobs({ services, clock }: Working, tickMs = 20): Promise<void> {
  while (services.backgroundJobs.isBusy()) {
    clock.advance(tickMs)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Time passes for the housekeeping, and what it finds to do is done. */
export async function passTime(world: UpkeepWorld, ms: number): Promise<void> {
  world.clock.advance(ms)
  await world.services.upkeep.chores[0]?.run()
  await world.finishJobs()
}

/** The configuration of a trial with other words about retention. */
export function retentionOf(changes: Partial<Config['retention']>): Pick<Config, 'retention'> {
  return { retention: { ...trialConfig('.').retention, enabled: true, ...changes } }
}
