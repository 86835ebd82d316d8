// Messages to a device that is not there: many clients send to it, then it syncs first and goes on until it has all. It must
// get every sender's messages, each once, in the order in which they were sent.
import { makeAccounts } from '../fixtures.ts'
import { findNextBatch, RequestFailed, sync, type Account } from '../homeserver.ts'
import { measure, readUsage, type Bench, type Outcome, type Row } from '../measure.ts'
import { inParallel } from '../parallel.ts'
import { latencyMetrics } from '../stats.ts'

const width = 16
const type = 'm.bench'
const filter = JSON.stringify({ room: { timeline: { limit: 1 } }, presence: { not_types: ['*'] } })
/** About what an encrypted room key has. */
const padding = 'x'.repeat(1200)

export async function measureInbox(bench: Bench): Promise<Row[]> {
  const count = bench.settings.inboxMessages
  const [receiver, ...senders] = await makeAccounts(bench, 'inbox', width + 1)
  if (receiver === undefined) throw new Error('There is no receiver')
  const name = `${count} messages to one device`
  const run = Math.random().toString(36).slice(2)
  return [
    await measure(bench, { workload: 'inbox', case: `${name}: sent` }, () => send(bench, senders, receiver, { count, run })),
    await measure(bench, { workload: 'inbox', case: `${name}: read` }, () => read(bench, receiver, { count, run })),
  ]
}

async function send({ server }: Bench, senders: readonly Account[], receiver: Account, wanted: Wanted): Promise<Outcome> {
  const startedMs = performance.now()
  const each = wanted.count / senders.length
  const latencies = await inParallel(senders, senders.length, async (sender, lane) => {
    const client = server.connect(sender)
    const latenciesMs: number[] = []
    for (let n = 0; n < Math.floor((lane + 1) * each) - Math.floor(lane * each); n += 1) {
      const messages = { [receiver.userId]: { [receiver.deviceId]: { run: wanted.run, n, padding } } }
      const answer = await client.ask('PUT', `/_matrix/client/v3/sendToDevice/${type}/${wanted.run}-${n}`, { messages })
      if (answer.status !== 200) throw new RequestFailed('A message', answer)
      latenciesMs.push(answer.endedMs - answer.startedMs)
    }
    client.close()
    return latenciesMs
  })
  const seconds = (performance.now() - startedMs) / 1000
  return { metrics: { per_s: wanted.count / seconds, ...latencyMetrics('', latencies.flat()) }, operations: wanted.count, errors: 0 }
}

interface Wanted {
  readonly count: number
  /** What tells them from those of an earlier run. */
  readonly run: string
}

interface SeenMessage { readonly type: string, readonly sender: string, readonly content: { readonly run: string, readonly n: number } }

async function read({ server, settings }: Bench, receiver: Account, { count, run }: Wanted): Promise<Outcome> {
  const client = server.connect(receiver)
  const next = new Map<string, number>()
  const latenciesMs: number[] = []
  const [memoryBefore, memories] = [memoryOf(settings), new Array<number>()]
  let [seen, wrong, largest] = [0, 0, 0]
  for (let since: string | undefined, found = 1; found > 0;) {
    const answer = await sync(client, { since, timeoutMs: 0, filter })
    if (answer.status !== 200) throw new RequestFailed('A sync', answer)
    latenciesMs.push(answer.endedMs - answer.startedMs)
    if (latenciesMs.length % 50 === 0) memories.push(memoryOf(settings))
    const body = JSON.parse(answer.body.toString()) as { to_device?: { events: SeenMessage[] } }
    const events = (body.to_device?.events ?? []).filter((event) => event.type === type && event.content.run === run)
    for (const { sender, content: { n } } of events) {
      if (n !== (next.get(sender) ?? 0)) wrong += 1
      next.set(sender, n + 1)
    }
    found = events.length
    largest = Math.max(largest, found)
    seen += found
    since = findNextBatch(answer.body)
  }
  client.close()
  const [first = Number.NaN, ...later] = latenciesMs
  return {
    metrics: {
      first_ms: first, ...latencyMetrics('', later), pages: latenciesMs.length, largest, lost: count - seen, out_of_order: wrong,
      memory_grew_mib: Math.max(...memories, memoryBefore) - memoryBefore,
    },
    operations: latenciesMs.length, errors: Math.abs(count - seen) + wrong,
  }
}

function memoryOf(settings: Bench['settings']): number {
  return (readUsage(settings)?.server.pssBytes ?? 0) / 2 ** 20
}
