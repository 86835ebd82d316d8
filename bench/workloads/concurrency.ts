// Many writers at once, in one room and each in a room of its own, and a reader who syncs meanwhile: it must get every
// writer's messages, each once, in the order in which they were acknowledged.
import { makeAccounts, makeRooms } from '../fixtures.ts'
import { createRoom, findNextBatch, joinRoom, RequestFailed, sendMessage, sync, type Account, type Client } from '../homeserver.ts'
import { measure, type Bench, type Outcome, type Row } from '../measure.ts'
import { inParallel, sleep } from '../parallel.ts'
import { latencyMetrics } from '../stats.ts'
import { findMistakes } from './writers-order.ts'

const width = 32
/** Long enough that few syncs are cut short; what is cut off is read by pages. */
const timelineLimit = 1000
const filter = JSON.stringify({
  presence: { not_types: ['*'] },
  room: { timeline: { limit: timelineLimit }, state: { lazy_load_members: true } },
})

interface WritersFixture {
  readonly reader: Account
  readonly writers: readonly Account[]
  readonly sharedRoom: string
  /** Of each writer, with the reader. */
  readonly ownRooms: readonly string[]
}

export async function measureConcurrency(bench: Bench): Promise<Row[]> {
  const count = bench.settings.writers
  const fixture = await bench.fixtures.get(`writers ${count}`, () => makeWriters(bench, count))
  return [
    await measureWriters(bench, fixture, `${count} writers in one room`, () => fixture.sharedRoom),
    await measureWriters(bench, fixture, `${count} writers in ${count} rooms`, (writer) => fixture.ownRooms[writer] ?? ''),
  ]
}

async function makeWriters(bench: Bench, count: number): Promise<WritersFixture> {
  const [reader, ...writers] = await makeAccounts(bench, 'writer', count + 1)
  if (reader === undefined) throw new Error('There is no reader')
  const ownRooms = await makeRooms(bench, 'Writer', writers.map((writer) => [writer, reader]))
  const lanes = Array.from({ length: width }, () => bench.server.connect())
  const sharedRoom = await createRoom(bench.server.connect(reader), 'Writers')
  await inParallel(writers, width, (writer, lane) => joinRoom((lanes[lane] ?? bench.server.connect()).as(writer), sharedRoom))
  lanes.forEach((lane) => lane.close())
  return { reader, writers, sharedRoom, ownRooms }
}

async function measureWriters(
  bench: Bench, { reader, writers }: WritersFixture, name: string, roomOf: (writer: number) => string,
): Promise<Row> {
  const reading = new Reader(bench.server.connect(reader))
  await reading.begin()
  const writing = writers.map((account, index) => new Writer(bench.server.connect(account), roomOf(index), `${index}`))
  const row = await measure(bench, { workload: 'concurrency', case: name }, async () => {
    const startedMs = performance.now()
    const runs = writing.map((writer) => writer.run())
    const read = reading.run()
    await sleep(bench.settings.seconds * 1000)
    writing.forEach((writer) => writer.stop())
    await Promise.all(runs)
    const seconds = (performance.now() - startedMs) / 1000
    reading.stop()
    await read
    return outcomeOf(writing, seconds)
  })
  const acknowledged = new Map(writing.map(({ acknowledged: each }, index) => [writers[index]?.userId ?? '', each]))
  const mistakes = findMistakes(acknowledged, await reading.listEvents())
  return {
    ...row,
    metrics: { ...row.metrics, syncs: reading.answers, lost: mistakes.lost, out_of_order: mistakes.outOfOrder },
    errors: row.errors + reading.errors + mistakes.lost + mistakes.outOfOrder,
  }
}

function outcomeOf(writing: readonly Writer[], seconds: number): Outcome {
  const latenciesMs = writing.flatMap((writer) => writer.latenciesMs)
  const errors = writing.reduce((sum, writer) => sum + writer.errors, 0)
  return { metrics: { per_s: latenciesMs.length / seconds, ...latencyMetrics('', latenciesMs) }, operations: latenciesMs.length, errors }
}

/** Sends one message after another; the next when the last is acknowledged. */
class Writer {
  readonly acknowledged: string[] = []
  readonly latenciesMs: number[] = []
  errors = 0
  readonly #client: Client
  readonly #roomId: string
  readonly #name: string
  #isStopped = false

  constructor(client: Client, roomId: string, name: string) {
    this.#client = client
    this.#roomId = roomId
    this.#name = `${name}-${Math.random().toString(36).slice(2)}`
  }

  async run(): Promise<void> {
    for (let count = 0; !this.#isStopped; count += 1) {
      const answer = await sendMessage(this.#client, this.#roomId, `${this.#name}-${count}`, `Message ${count}`)
      if (answer.status !== 200) this.errors += 1
      else {
        this.latenciesMs.push(answer.endedMs - answer.startedMs)
        this.acknowledged.push(String((JSON.parse(answer.body.toString()) as { event_id: string }).event_id))
      }
    }
    this.#client.close()
  }

  stop(): void {
    this.#isStopped = true
  }
}

interface SyncedRoom {
  readonly timeline: { readonly limited?: boolean, readonly prev_batch: string, readonly events: readonly SeenEvent[] }
}
interface SeenEvent { readonly sender: string, readonly event_id: string }

/** Keeps the answers as they come: they are looked into when nothing is measured any more. */
class Reader {
  readonly #client: Client
  readonly #bodies: { readonly since: string, readonly body: Buffer }[] = []
  #since = ''
  #isStopped = false
  errors = 0

  constructor(client: Client) {
    this.#client = client
  }

  get answers(): number {
    return this.#bodies.length
  }

  async begin(): Promise<void> {
    await this.#sync(undefined, 0)
    this.#bodies.length = 0
  }

  /** Once more after it was stopped, for what was acknowledged last. Asks again after an error, as clients do. */
  async run(): Promise<void> {
    while (!this.#isStopped) await this.#sync(this.#since, 1000).catch(() => { this.errors += 1 })
    await this.#sync(this.#since, 0)
  }

  stop(): void {
    this.#isStopped = true
  }

  async #sync(since: string | undefined, timeoutMs: number): Promise<void> {
    const answer = await sync(this.#client, { since, timeoutMs, filter })
    if (answer.status !== 200) throw new RequestFailed('A sync', answer)
    this.#bodies.push({ since: this.#since, body: answer.body })
    this.#since = findNextBatch(answer.body) ?? this.#since
  }

  /** Everything that it was shown, in order. */
  async listEvents(): Promise<SeenEvent[]> {
    const seen: SeenEvent[] = []
    for (const { since, body } of this.#bodies) {
      const { rooms } = JSON.parse(body.toString()) as { rooms?: { join?: Record<string, SyncedRoom> } }
      for (const [roomId, { timeline }] of Object.entries(rooms?.join ?? {})) {
        if (timeline.limited === true) seen.push(...await this.#listGap(roomId, timeline.prev_batch, since))
        seen.push(...timeline.events)
      }
    }
    this.#client.close()
    return seen
  }

  /** What a sync left out, as a client reads it: backwards by pages. */
  async #listGap(roomId: string, from: string, to: string): Promise<SeenEvent[]> {
    const found: SeenEvent[] = []
    for (let at: string | undefined = from; at !== undefined;) {
      const query = `dir=b&limit=${timelineLimit}&from=${encodeURIComponent(at)}&to=${encodeURIComponent(to)}`
      const page = await this.#client.call('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?${query}`)
      const chunk = page.chunk as SeenEvent[]
      found.push(...chunk)
      at = chunk.length === 0 ? undefined : page.end as string | undefined
    }
    return found.toReversed()
  }
}
