// The first /sync of a newly logged-in device whose account is in many rooms.
import { makeAccounts, makeRooms } from '../fixtures.ts'
import { login, sendMessage, sync, type Account } from '../homeserver.ts'
import { measure, type Bench, type Outcome, type Row } from '../measure.ts'
import { inParallel } from '../parallel.ts'
import { median } from '../stats.ts'

const membersPerRoom = 5
const messagesPerRoom = 20
// What Element Web asks for at its start.
const filter = JSON.stringify({ room: { timeline: { limit: 20 }, state: { lazy_load_members: true } } })

export async function measureFirstSync(bench: Bench): Promise<Row[]> {
  const rooms = bench.settings.firstSyncRooms
  const account = await bench.fixtures.get(`first-sync ${rooms}`, () => makeAccountInRooms(bench, rooms))
  return [await measure(bench, { workload: 'first-sync', case: `${rooms} rooms` }, () => syncFirst(bench, account))]
}

async function syncFirst({ server, settings }: Bench, account: Account): Promise<Outcome> {
  const wholeMs: number[] = []
  const firstByteMs: number[] = []
  let bytes = 0
  for (let count = 0; count < settings.firstSyncs; count += 1) {
    const client = server.connect()
    // A new device each time: an answer kept for a repeated request would not be a first sync.
    const device = client.as(await login(client, account))
    const answer = await sync(device, { timeoutMs: 0, filter })
    if (answer.status !== 200) throw new Error(`A first sync was answered ${answer.status}`)
    wholeMs.push(answer.endedMs - answer.startedMs)
    firstByteMs.push(answer.firstByteMs - answer.startedMs)
    bytes = answer.body.length
    client.close()
  }
  const metrics = {
    cold_ms: wholeMs[0] ?? Number.NaN, warm_ms: median(wholeMs.slice(1)), first_byte_ms: median(firstByteMs.slice(1)),
    answer_kb: bytes / 1024,
  }
  return { metrics, operations: settings.firstSyncs, errors: 0 }
}

async function makeAccountInRooms(bench: Bench, roomCount: number): Promise<Account> {
  const [account, ...others] = await makeAccounts(bench, 'first', 20)
  if (account === undefined) throw new Error('No account was made')
  const memberLists = Array.from({ length: roomCount }, (_, room) =>
    [account, ...Array.from({ length: membersPerRoom - 1 }, (_, index) => others[(room + index) % others.length] ?? account)])
  const roomIds = await makeRooms(bench, 'First sync', memberLists)
  await inParallel(roomIds, 8, async (roomId) => {
    const client = bench.server.connect(account)
    for (let count = 0; count < messagesPerRoom; count += 1) {
      await sendMessage(client, roomId, `first-${count}`, `Message ${count} of a room that has been used for a while.`)
    }
    client.close()
  })
  return account
}
