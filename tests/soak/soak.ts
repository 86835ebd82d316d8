// People write and read while the server is killed under them, again and again; the ledger of what they did and saw is checked.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRoom, Homeserver, joinRoom, login, type Account } from '../../bench/homeserver.ts'
import { inParallel, sleep } from '../../bench/parallel.ts'
import { checkLedger, type Finding } from './checkers.ts'
import { Dice } from './dice.ts'
import { LedgerFile, readLedger, type Ledger } from './ledger.ts'
import { PersistentClient, Refused } from './persistent-client.ts'
import { Reader, readHistory } from './reader.ts'
import { Sender } from './sender.ts'

/** What people talk to. */
export interface SoakTarget {
  /** The addresses at which it answers. */
  readonly urls: readonly string[]
  readonly sharedSecret: string
  /** Starts it and waits until it answers; gives how long that took. */
  start(): Promise<number>
  stop(): Promise<void>
}

/** A target of one process that can be killed. */
export interface KillableServer extends SoakTarget {
  /** Starts the process without waiting for it. */
  launch(): void
  kill(): Promise<void>
  killPostgres(): void
}

/** What happens to the target while people talk. */
export type Trouble = (options: SoakOptions, ledger: LedgerFile, dice: Dice) => Promise<void>

export interface SoakOptions {
  /** Where data, log and ledger go. */
  readonly folder: string
  readonly kills: number
  readonly users: number
  readonly rooms: number
  readonly messagesPerSecond: number
  readonly seed: number
  readonly onProgress: (line: string) => void
}

export interface SoakReport {
  readonly findings: readonly Finding[]
  readonly ledger: Ledger
  readonly ledgerFile: string
  readonly seconds: number
  /** Requests that failed because the server was down or dying. */
  readonly retries: number
  readonly gaps: number
}

interface Crowd {
  readonly senders: readonly Sender[]
  readonly readers: readonly Reader[]
  readonly accounts: readonly Account[]
  readonly roomIds: readonly string[]
  readonly servers: readonly Homeserver[]
}

export async function runSoak(options: SoakOptions, target: SoakTarget, trouble: Trouble): Promise<SoakReport> {
  mkdirSync(options.folder, { recursive: true })
  const ledger = new LedgerFile(join(options.folder, 'ledger.jsonl'))
  try {
    options.onProgress(`started in ${Math.round(await target.start())} ms`)
    const crowd = await gatherCrowd(options, target, ledger)
    const startedMs = performance.now()
    const reading = Promise.all(crowd.readers.map((reader) => reader.run()))
    const sending = Promise.all(crowd.senders.map((sender) => sender.run()))
    // If one of them fails while the kills go on, the run ends with its error below, not as an unhandled rejection.
    sending.catch(() => {})
    reading.catch(() => {})
    await trouble(options, ledger, new Dice(options.seed))
    await sleep(1000)
    crowd.senders.forEach((sender) => sender.stop())
    await sending
    const seconds = (performance.now() - startedMs) / 1000
    crowd.readers.forEach((reader) => reader.stop())
    await reading
    await writeHistories(crowd, ledger)
    return report(crowd, ledger, seconds)
  } finally {
    await target.stop()
  }
}

async function gatherCrowd(options: SoakOptions, target: SoakTarget, ledger: LedgerFile): Promise<Crowd> {
  const servers = target.urls.map((url) => new Homeserver(url, target.sharedSecret))
  const [server] = servers
  if (server === undefined) throw new Error('The server has no address')
  const client = server.connect()
  const accounts: Account[] = []
  for (let index = 0; index < options.users; index += 1) accounts.push(await server.register(client, `soaker${index}`))
  const memberships = Array.from({ length: options.rooms }, (_, room) =>
    accounts.filter((_account, user) => (user * 7 + room * 3) % 10 < 5))
  const roomIds: string[] = []
  for (const [room, members] of memberships.entries()) {
    const [creator, ...others] = members
    if (creator === undefined) throw new Error('There are more rooms than people')
    const roomId = await createRoom(client.as(creator), `Soak ${room}`)
    for (const member of others) await joinRoom(client.as(member), roomId)
    roomIds.push(roomId)
  }
  client.close()
  const intervalMs = 1000 * options.users / options.messagesPerSecond
  const senders = accounts.map((account, user) => {
    const dice = new Dice(options.seed + user)
    const rooms = roomIds.filter((_, room) => memberships[room]?.includes(account))
    const countedRooms = roomIds.filter((_, room) => memberships[room]?.[0] === account)
    return new Sender({ servers: fromTurn(servers, user), account, rooms, countedRooms, intervalMs, ledger, dice })
  })
  const readers = accounts.map((account, user) => {
    const dice = new Dice(options.seed + options.users + user)
    return new Reader({ servers: fromTurn(servers, user + 1), account, ledger, dice })
  })
  await inParallel(readers, 4, (reader) => reader.begin())
  return { senders, readers, accounts, roomIds, servers }
}

/** People are spread over the addresses. */
function fromTurn(servers: readonly Homeserver[], turn: number): Homeserver[] {
  return servers.map((_, index) => servers[(index + turn) % servers.length]).filter((server) => server !== undefined)
}

/** Kills one process, PostgreSQL with it now and then, and starts it again. */
export function killAgainAndAgain(target: KillableServer): Trouble {
  return async ({ kills, onProgress }, ledger, dice) => {
    for (let kill = 1; kill <= kills; kill += 1) {
      await sleep(dice.between(700, 3000))
      const what = kill % 10 === 5 ? 'server and PostgreSQL' : kill % 7 === 3 ? 'server, and once more at its start' : 'server'
      const atMs = performance.now()
      await target.kill()
      if (what === 'server and PostgreSQL') target.killPostgres()
      if (what === 'server, and once more at its start') {
        target.launch()
        await sleep(dice.between(50, 1500))
        await target.kill()
      }
      const readyMs = await target.start()
      ledger.append({ kind: 'kill', what, readyMs, atMs })
      onProgress(`kill ${kill} of ${kills}: ${what}; answers again after ${Math.round(readyMs)} ms`)
    }
  }
}

/** A device that was not there before reads every room from its end to its beginning. */
async function writeHistories({ accounts, roomIds, servers }: Crowd, ledger: LedgerFile): Promise<void> {
  const connection = servers[0]?.connect()
  if (connection === undefined) return
  for (const roomId of roomIds) {
    const history = await readAsAnyMember(accounts, roomId, async (account) => {
      const client = new PersistentClient(servers, await login(connection, account))
      return readHistory(client, roomId).finally(() => client.close())
    })
    ledger.append({ kind: 'history', roomId, events: history })
  }
  connection.close()
}

async function readAsAnyMember<Result>(
  accounts: readonly Account[],
  roomId: string,
  read: (account: Account) => Promise<Result>,
): Promise<Result> {
  for (const account of accounts) {
    const result = await read(account).catch((error: unknown) => {
      if (error instanceof Refused && error.status === 403) return undefined
      throw error
    })
    if (result !== undefined) return result
  }
  throw new Error(`Nobody may read ${roomId}`)
}

function report({ senders, readers }: Crowd, file: LedgerFile, seconds: number): SoakReport {
  const ledger = readLedger(file.path)
  return {
    findings: checkLedger(ledger),
    ledger,
    ledgerFile: file.path,
    seconds,
    retries: senders.reduce((sum, sender) => sum + sender.retries, 0),
    gaps: readers.reduce((sum, reader) => sum + reader.gaps, 0),
  }
}
