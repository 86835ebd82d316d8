// Messages sent by 1, 8 and 32 senders, each with one request on its way at a time, over 100 rooms that share members.
import { makeAccounts, makeRooms } from '../fixtures.ts'
import { sendMessage, type Account, type Client } from '../homeserver.ts'
import { measure, type Bench, type Row } from '../measure.ts'
import { sleep } from '../parallel.ts'
import { latencyMetrics } from '../stats.ts'

const senderCounts = [1, 8, 32]
const roomCount = 100
const membersPerRoom = 4
export const text = 'A message about as long as people write them in a room where they talk about their day and their work.'

interface SendFixture {
  readonly senders: readonly Account[]
  /** For each sender the rooms that it is in. */
  readonly rooms: readonly (readonly string[])[]
}

export async function measureSend(bench: Bench): Promise<Row[]> {
  const fixture = await bench.fixtures.get('send', () => makeSendFixture(bench))
  const rows: Row[] = []
  for (const count of senderCounts) {
    const row = { workload: 'send', case: `${count} ${count === 1 ? 'sender' : 'senders'}, ${roomCount} rooms` }
    const senders = fixture.senders.slice(0, count).map((account, index) =>
      new Sender(bench.server.connect(account), fixture.rooms[index] ?? []))
    const runs = senders.map((sender) => sender.run())
    await sleep(bench.settings.seconds * 200)
    rows.push(await measure(bench, row, () => measureSenders(senders, bench.settings.seconds)))
    senders.forEach((sender) => sender.stop())
    await Promise.all(runs)
  }
  return rows
}

export async function measureSenders(senders: readonly Sender[], seconds: number) {
  senders.forEach((sender) => sender.forget())
  const startedMs = performance.now()
  await sleep(seconds * 1000)
  const tookMs = performance.now() - startedMs
  const latenciesMs = senders.flatMap((sender) => sender.latenciesMs)
  const errors = senders.reduce((sum, sender) => sum + sender.errors, 0)
  const metrics = { per_s: latenciesMs.length / tookMs * 1000, ...latencyMetrics('', latenciesMs) }
  return { metrics, operations: latenciesMs.length, errors }
}

async function makeSendFixture(bench: Bench): Promise<SendFixture> {
  const senders = await makeAccounts(bench, 'send', Math.max(...senderCounts))
  const inRoom = (room: number) => Array.from({ length: membersPerRoom }, (_, index) =>
    (room * membersPerRoom + index * 9) % senders.length)
  const memberIndexes = Array.from({ length: roomCount }, (_, room) => [...new Set(inRoom(room))])
  const roomIds = await makeRooms(bench, 'Send', memberIndexes.map((indexes) =>
    indexes.flatMap((index) => senders[index] ?? [])))
  const rooms = senders.map((_, sender) => roomIds.filter((_id, room) => memberIndexes[room]?.includes(sender)))
  return { senders, rooms }
}

export class Sender {
  readonly #client: Client
  readonly #rooms: readonly string[]
  #isStopped = false
  latenciesMs: number[] = []
  errors = 0

  constructor(client: Client, rooms: readonly string[]) {
    this.#client = client
    this.#rooms = rooms
  }

  async run(): Promise<void> {
    for (let count = 0; !this.#isStopped; count += 1) {
      const roomId = this.#rooms[count % this.#rooms.length] ?? ''
      const answer = await sendMessage(this.#client, roomId, `t${Math.random().toString(36).slice(2)}`, text)
      if (answer.status === 200) this.latenciesMs.push(answer.endedMs - answer.startedMs)
      else this.errors += 1
    }
    this.#client.close()
  }

  /** Drops what was measured so far: it was the warm-up. */
  forget(): void {
    this.latenciesMs = []
    this.errors = 0
  }

  stop(): void {
    this.#isStopped = true
  }
}
