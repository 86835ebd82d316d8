import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { Homeserver } from '../../bench/homeserver.ts'
import { SUPERUSER } from '../../src/store/embedded/cluster.ts'
import { DATABASE } from '../../src/store/embedded/readiness.ts'
import { createApi, V3, type Api } from '../support/api.ts'
import { createOutsidePostgres, listPostgresFolders } from '../support/outside-postgres.ts'
import { HearthProcess } from '../soak/hearth-process.ts'
import { testClaims } from './faults/claims.ts'
import { testRestored } from './faults/restored.ts'

const WRITERS = 6

interface World { readonly hearth: HearthProcess, readonly api: Api, readonly token: string, readonly roomId: string }

/** The real process, somebody in it, and a room of his. */
async function start(t: Test, changes: Record<string, object> = {}): Promise<World & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-faults-'))
  const hearth = await HearthProcess.create(folder, changes)
  t.teardown(async () => {
    await hearth.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await hearth.start()
  const homeserver = new Homeserver(hearth.url, hearth.sharedSecret)
  const client = homeserver.connect()
  const { accessToken: token } = await homeserver.register(client, 'alice')
  client.close()
  const api = createApi(hearth.url)
  const { body } = await api.post(`${V3}/createRoom`, { token, body: {} })
  return { hearth, api, token, roomId: String(body['room_id']), folder }
}

/** People who write without a pause and repeat what was not answered, as clients do. */
function startWriters({ api, token, roomId }: World, part: string) {
  const acknowledged = new Map<string, string>()
  const statuses = new Map<number, number>()
  let isOver = false
  async function write(writer: number): Promise<void> {
    for (let count = 0; !isOver; count++) {
      const name = `${part}${writer}-${count}`
      const path = `${V3}/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${name}`
      for (;;) {
        const answer = await api.put(path, { token, body: { msgtype: 'm.text', body: name } })
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        if (answer.status !== 200) {
          await new Promise((resolve) => setTimeout(resolve, 20))
          continue
        }
        acknowledged.set(name, String(answer.body['event_id']))
        break
      }
    }
  }
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  return {
    acknowledged, statuses,
    /** Resolves when so many more were acknowledged. */
    async more(count: number): Promise<void> {
      const wanted = acknowledged.size + count
      while (acknowledged.size < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    async end(): Promise<void> {
      isOver = true
      await writing
    },
  }
}

/** What the room holds, oldest first. */
async function readRoom({ api, token, roomId }: World): Promise<{ name: string, eventId: string }[]> {
  const found: { name: string, eventId: string }[] = []
  let from = ''
  for (;;) {
    const { body } = await api.get(`${V3}/rooms/${encodeURIComponent(roomId)}/messages?dir=f&limit=500${from}`, { token })
    for (const event of body['chunk']) {
      if (event.type === 'm.room.message') found.push({ name: event.content.body, eventId: event.event_id })
    }
    if (body['end'] === undefined) return found
    from = `&from=${encodeURIComponent(body['end'])}`
  }
}

/** Everything that was acknowledged stands there once, in the order in which each writer wrote it. */
async function checkNothingLost(t: Test, world: World, acknowledged: ReadonlyMap<string, string>): Promise<void> {
  const found = await readRoom(world)
  const ids = new Map(found.map(({ name, eventId }) => [name, eventId]))
  t.equal(found.length, ids.size, 'nothing was done twice')
  t.same([...acknowledged].filter(([name, eventId]) => ids.get(name) !== eventId), [], 'nothing that was acknowledged is lost')
  for (const [writer, written] of Map.groupBy(found, ({ name }) => name.split('-')[0])) {
    const counts = written.map(({ name }) => Number(name.split('-')[1]))
    t.same(counts, counts.toSorted((one, other) => one - other), `what ${writer} wrote stands in its order`)
  }
}

/** Asked of the lock file, which names the folder of the socket and the port. */
async function connectionOfEmbedded(folder: string): Promise<pg.ClientConfig> {
  const lines = (await readFile(join(folder, 'data/postgres/cluster/postmaster.pid'), 'utf8')).split('\n')
  return { host: lines[4] ?? '', port: Number(lines[3]), user: SUPERUSER, database: DATABASE }
}

async function terminateBackends(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(config)
  await client.connect()
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'hearth%'`)
  await client.end()
}

async function cutThrice(t: Test, world: World, config: pg.ClientConfig): Promise<void> {
  const writers = startWriters(world, 'cut')
  for (let cut = 0; cut < 3; cut++) {
    await writers.more(30)
    await terminateBackends(config)
  }
  await writers.more(30)
  await writers.end()
  await checkNothingLost(t, world, writers.acknowledged)
}

/** Who waits for news gets an answer without any, and the process ends by itself. */
async function checkStop(t: Test, { hearth, api, token }: World): Promise<void> {
  const { body } = await api.get(`${V3}/sync`, { token })
  const since = encodeURIComponent(body['next_batch'])
  const waiting = Array.from({ length: 5 }, () => api.get(`${V3}/sync?since=${since}&timeout=60000`, { token }))
  // Asked on a connection that comes later, so that the others are waiting.
  await api.get(`${V3}/account/whoami`, { token })
  await new Promise((resolve) => setTimeout(resolve, 100))
  const began = performance.now()
  const stopped = hearth.stop()
  for (const answer of await Promise.all(waiting)) {
    t.equal(answer.status, 200)
    t.match(answer.body, { next_batch: String })
    t.notOk(answer.body['rooms']?.join, 'there is no news')
  }
  await stopped
  t.ok(performance.now() - began < 10_000, 'it ends within ten seconds')
}

t.test('the embedded PostgreSQL: connections are cut, it crashes, and the server stops', { timeout: 90_000 }, async (t) => {
  const world = await start(t)
  await cutThrice(t, world, await connectionOfEmbedded(world.folder))
  const writers = startWriters(world, 'crash')
  await writers.more(30)
  world.hearth.killPostgres()
  await writers.more(30)
  await writers.end()
  await checkNothingLost(t, world, writers.acknowledged)
  await checkStop(t, world)
})

const outsideFolder = listPostgresFolders().at(-1)

t.test('an outside PostgreSQL: connections are cut, it restarts, it crashes, and the server stops', {
  timeout: 90_000, skip: outsideFolder === undefined && 'no PostgreSQL but the embedded one is installed',
}, async (t) => {
  const postgres = createOutsidePostgres(outsideFolder ?? '')
  t.teardown(() => postgres.remove())
  const url = postgres.url('owner', 'postgres')
  const world = await start(t, { database: { url } })
  await cutThrice(t, world, { connectionString: url })
  const writers = startWriters(world, 'restart')
  for (const how of ['fast', 'immediate'] as const) {
    await writers.more(30)
    postgres.stop(how)
    postgres.start()
  }
  await writers.more(30)
  await writers.end()
  await checkNothingLost(t, world, writers.acknowledged)
  await checkStop(t, world)
})

testClaims(t)
testRestored(t)
