// Memory of a server on which thousands of distinct users wait, each in five rooms.
import { makeAccounts, makeRooms, type Setup } from '../fixtures.ts'
import type { Account } from '../homeserver.ts'
import { measure, readUsage, waitUntilQuiet, type Bench, type Row } from '../measure.ts'
import { inParallel, sleep } from '../parallel.ts'
import { startWaiting, WaitingClient } from '../waiting-client.ts'

const roomsPerAccount = 5
const membersPerRoom = 50
// Longer than the case lasts: what is measured is all of them waiting at once.
const timeoutMs = 600_000
// V8 gives memory back about two minutes after it has used it.
const restMs = 150_000
const megabyte = 1024 * 1024

export async function measureWaiting(bench: Bench): Promise<Row[]> {
  const { waitingClients, pid } = bench.settings
  if (pid === undefined) {
    process.stderr.write('  waiting is left out: it needs --pid\n')
    return []
  }
  const accounts = (await getWaitingFixture(bench, waitingClients)).slice(0, waitingClients)
  const name = `${accounts.length} users in ${roomsPerAccount} rooms`
  // As after a restart of the server: the clients come back with their tokens and nothing has happened meanwhile.
  const returned = await measureMemory(bench, `${name}, returned`, accounts)
  for (const account of accounts) account.since = undefined
  const began = await measureMemory(bench, `${name}, after a first sync each`, accounts)
  bench.fixtures.save()
  return [returned, began]
}

async function measureMemory(bench: Bench, name: string, accounts: readonly Account[]): Promise<Row> {
  const { server, settings } = bench
  const before = readUsage(settings)
  const clients = accounts.map((account) => new WaitingClient(server, account, timeoutMs, () => {}))
  const row = await measure(bench, { workload: 'waiting', case: name }, async () => {
    const startedMs = performance.now()
    await startWaiting(clients)
    const connectSeconds = (performance.now() - startedMs) / 1000
    await waitUntilQuiet(settings)
    await sleep(restMs)
    const after = readUsage(settings)
    const serverBytes = after?.server.pssBytes ?? Number.NaN
    const metrics = {
      server_pss_mb: serverBytes / megabyte,
      postgres_pss_mb: (after?.postgres.pssBytes ?? Number.NaN) / megabyte,
      server_kb_per_client: (serverBytes - (before?.server.pssBytes ?? 0)) / 1024 / accounts.length,
      waiting: clients.filter((client) => client.isWaiting).length,
      connect_s: connectSeconds,
    }
    return { metrics, operations: accounts.length, errors: clients.reduce((sum, client) => sum + client.errors, 0) }
  })
  clients.forEach((client) => client.stop())
  await waitUntilQuiet(settings)
  return row
}

/** Accounts in five rooms each, with rooms of fifty members, all synced once. */
export async function getWaitingFixture(bench: Setup, atLeast: number): Promise<Account[]> {
  const largest = await bench.fixtures.get('waiting', () => makeWaitingFixture(bench, atLeast))
  if (largest.length >= atLeast) return largest
  return bench.fixtures.get(`waiting ${atLeast}`, () => makeWaitingFixture(bench, atLeast))
}

async function makeWaitingFixture(setup: Setup, count: number): Promise<Account[]> {
  const accounts = await makeAccounts(setup, `wait${count}`, count)
  const roomCount = Math.ceil(count * roomsPerAccount / membersPerRoom)
  const memberLists: Account[][] = Array.from({ length: roomCount }, () => [])
  accounts.forEach((account, index) => {
    // Five different strides, so that two accounts seldom share more than one room.
    for (let stride = 0; stride < roomsPerAccount; stride += 1) {
      const room = (index + stride * Math.floor(index / roomCount + 1)) % roomCount
      const members = memberLists[room]
      if (members !== undefined && !members.includes(account)) members.push(account)
    }
  })
  await makeRooms(setup, 'Waiting', memberLists.filter((members) => members.length > 0))
  const clients = accounts.map((account) => new WaitingClient(setup.server, account, 0, () => {}))
  await inParallel(clients, 16, async (client) => {
    await client.catchUp()
    client.stop()
  })
  return accounts
}
