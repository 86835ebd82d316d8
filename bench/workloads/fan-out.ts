// From the start of a send to the end of the answer that each waiting member of the room gets. The next message is sent when
// everyone waits again, so that each is measured on a server at rest.
import { makeAccounts, makeRooms } from '../fixtures.ts'
import { sendMessage, type Account, type Client } from '../homeserver.ts'
import type { Answer } from '../http-connection.ts'
import { measure, type Bench, type Outcome, type Row } from '../measure.ts'
import { sleep } from '../parallel.ts'
import { latencyMetrics, median } from '../stats.ts'
import { startWaiting, waitUntil, WaitingClient } from '../waiting-client.ts'

const warmUpMessages = 3
const receiveTimeoutMs = 60_000

interface FanOutFixture {
  readonly accounts: readonly Account[]
  readonly rooms: Readonly<Record<string, string>>
}

export async function measureFanOut(bench: Bench): Promise<Row[]> {
  const { accounts, rooms } = await getFanOutFixture(bench)
  const rows: Row[] = []
  for (const size of bench.settings.fanOutSizes) {
    const room = new FanOutRoom(bench, rooms[size] ?? '', accounts.slice(0, size))
    rows.push(await room.measure())
    bench.fixtures.save()
  }
  return rows
}

/** Rooms of each size; the members of a small one are in the larger ones too. */
function getFanOutFixture(bench: Bench): Promise<FanOutFixture> {
  const { fanOutSizes } = bench.settings
  return bench.fixtures.get(`fan-out ${fanOutSizes}`, async () => {
    const accounts = await makeAccounts(bench, 'fan', Math.max(...fanOutSizes))
    const roomIds = await makeRooms(bench, 'Fan-out', fanOutSizes.map((size) => accounts.slice(0, size)))
    return { accounts, rooms: Object.fromEntries(fanOutSizes.map((size, index) => [size, roomIds[index] ?? ''])) }
  })
}

class FanOutRoom {
  readonly #bench: Bench
  readonly #roomId: string
  readonly #size: number
  readonly #sender: Client
  readonly #recipients: readonly WaitingClient[]
  #marker = ''
  #receivedMs: number[] = []

  constructor(bench: Bench, roomId: string, accounts: readonly Account[]) {
    this.#bench = bench
    this.#roomId = roomId
    this.#size = accounts.length
    this.#sender = bench.server.connect(accounts[0])
    this.#recipients = accounts.slice(1).map((account) =>
      new WaitingClient(bench.server, account, 30_000, (answer) => this.#receive(answer)))
  }

  async measure(): Promise<Row> {
    await startWaiting(this.#recipients)
    for (let count = 0; count < warmUpMessages; count += 1) await this.#sendOne()
    const row = await measure(this.#bench, { workload: 'fan-out', case: `room of ${this.#size}` }, () => this.#run())
    this.#recipients.forEach((recipient) => recipient.stop())
    this.#sender.close()
    return row
  }

  async #run(): Promise<Outcome> {
    const { fanOutMessages } = this.#bench.settings
    const messages = this.#size > 500 ? Math.ceil(fanOutMessages / 3) : fanOutMessages
    const all: number[] = []
    const lastMs: number[] = []
    let missed = 0
    for (let count = 0; count < messages; count += 1) {
      const latenciesMs = await this.#sendOne()
      all.push(...latenciesMs)
      lastMs.push(Math.max(...latenciesMs))
      missed += this.#recipients.length - latenciesMs.length
    }
    return { metrics: { ...latencyMetrics('', all), last_ms: median(lastMs) }, operations: all.length, errors: missed }
  }

  /** Sends one message and gives the latency of each recipient. */
  async #sendOne(): Promise<number[]> {
    this.#marker = `marker-${Math.random().toString(36).slice(2)}`
    this.#receivedMs = []
    const startedMs = performance.now()
    const { status } = await sendMessage(this.#sender, this.#roomId, this.#marker, this.#marker)
    if (status !== 200) throw new Error(`A message was answered ${status}`)
    await waitUntil(() => this.#receivedMs.length >= this.#recipients.length, receiveTimeoutMs)
    const latenciesMs = this.#receivedMs.map((receivedMs) => receivedMs - startedMs)
    await waitUntil(() => this.#recipients.every((recipient) => recipient.isWaiting))
    // The server has to take in all the new requests before it is at rest: about as long as it took to answer them.
    await sleep(Math.max(200, 1.5 * (performance.now() - startedMs)))
    return latenciesMs
  }

  #receive({ body, endedMs }: Answer): void {
    if (body.includes(this.#marker)) this.#receivedMs.push(endedMs)
  }
}
