// What a message costs in rooms of different sizes and ages, and a join where there are many members already.
import { makeAccounts } from '../fixtures.ts'
import { joinRoom } from '../homeserver.ts'
import { measure, type Bench, type Row } from '../measure.ts'
import { sleep } from '../parallel.ts'
import { latencyMetrics } from '../stats.ts'
import { getRoomOfAge, getRoomOfMembers, type LargeRoom } from './large-rooms.ts'
import { measureSenders, Sender } from './send.ts'

const joins = 50

export async function measureGrowth(bench: Bench): Promise<Row[]> {
  const { memberCounts, eventCounts } = bench.settings
  const rooms: [string, LargeRoom][] = []
  for (const count of memberCounts) rooms.push([`${count} members`, await getRoomOfMembers(bench, count)])
  for (const count of eventCounts) rooms.push([`${count} events`, await getRoomOfAge(bench, count)])
  const rows: Row[] = []
  for (const [name, room] of rooms) rows.push(await measureSending(bench, name, room))
  rows.push(await measureJoins(bench, Math.max(...memberCounts)))
  return rows
}

async function measureSending(bench: Bench, name: string, { roomId, senders }: LargeRoom): Promise<Row> {
  const sending = senders.map((account) => new Sender(bench.server.connect(account), [roomId]))
  const runs = sending.map((sender) => sender.run())
  await sleep(bench.settings.seconds * 200)
  const row = await measure(bench, { workload: 'growth', case: `send, ${name}` }, () => measureSenders(sending, bench.settings.seconds))
  sending.forEach((sender) => sender.stop())
  await Promise.all(runs)
  return row
}

/** One after another, each somebody who has never been in the room. */
async function measureJoins(bench: Bench, size: number): Promise<Row> {
  const { roomId } = await getRoomOfMembers(bench, size)
  const accounts = await makeAccounts(bench, 'joiner', joins)
  const client = bench.server.connect()
  const row = await measure(bench, { workload: 'growth', case: `join, ${size} members` }, async () => {
    const latenciesMs: number[] = []
    for (const account of accounts) {
      const startedMs = performance.now()
      await joinRoom(client.as(account), roomId)
      latenciesMs.push(performance.now() - startedMs)
    }
    return { metrics: latencyMetrics('', latenciesMs), operations: latenciesMs.length, errors: 0 }
  })
  client.close()
  return row
}
