import type { Account, Homeserver } from '../../bench/homeserver.ts'
import { sleep } from '../../bench/parallel.ts'
import type { LedgerFile } from './ledger.ts'
import { PersistentClient, Refused } from './persistent-client.ts'
import type { Dice } from './dice.ts'

export const counterType = 'org.hearth.soak.counter'

/** How far a sender may fall behind its pace (while the server is down) before it lets messages go. */
const lagMaxMs = 3000
const rememberedMax = 200

export interface SenderOptions {
  /** The addresses of the server, the one first that is asked first. */
  readonly servers: readonly Homeserver[]
  readonly account: Account
  readonly rooms: readonly string[]
  /** The rooms whose counter this one moves, it alone. */
  readonly countedRooms: readonly string[]
  readonly intervalMs: number
  readonly ledger: LedgerFile
  readonly dice: Dice
}

interface Sent {
  readonly roomId: string
  readonly txnId: string
}

/** Sends one message after the other, each until it is acknowledged, and now and then an old one once more. */
export class Sender {
  readonly #options: SenderOptions
  readonly #client: PersistentClient
  readonly #sent: Sent[] = []
  readonly #counters = new Map<string, number>()
  #isStopped = false
  #sequence = 0

  constructor(options: SenderOptions) {
    this.#options = options
    this.#client = new PersistentClient(options.servers, options.account)
  }

  get retries(): number {
    return this.#client.retries
  }

  /** Runs until stopped; what is on its way then is still seen through. */
  async run(): Promise<void> {
    const { intervalMs, dice } = this.#options
    let dueMs = performance.now() + dice.next() * intervalMs
    while (!this.#isStopped) {
      await sleep(Math.max(0, dueMs - performance.now()))
      dueMs = Math.max(dueMs + intervalMs, performance.now() - lagMaxMs)
      await this.#sendNew()
      if (dice.next() < 0.02) await this.#sendAgain()
      if (dice.next() < 0.05) await this.#count()
    }
    this.#client.close()
  }

  stop(): void {
    this.#isStopped = true
  }

  async #sendNew(): Promise<void> {
    const { account, rooms, ledger } = this.#options
    const sequence = this.#sequence
    this.#sequence += 1
    const roomId = rooms[sequence % rooms.length] ?? ''
    const txnId = `${account.userId.slice(1).split(':')[0]}-${sequence}`
    ledger.append({ kind: 'intent', client: account.userId, roomId, txnId, sequence, atMs: performance.now() })
    await this.#send({ roomId, txnId })
    this.#sent.push({ roomId, txnId })
    if (this.#sent.length > rememberedMax) this.#sent.shift()
  }

  /** A client that missed the answer, perhaps before the last kill, asks with the same transaction id. */
  async #sendAgain(): Promise<void> {
    const earlier = this.#sent[Math.floor(this.#options.dice.next() * this.#sent.length)]
    if (earlier !== undefined) await this.#send(earlier)
  }

  async #send({ roomId, txnId }: Sent): Promise<void> {
    const { account: { userId: client }, ledger } = this.#options
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${txnId}`
    const answer = await this.#ask(path, { msgtype: 'm.text', body: txnId })
    if (answer === undefined) return
    ledger.append({ kind: 'ack', client, roomId, txnId, eventId: String(answer.event_id), atMs: performance.now() })
  }

  async #count(): Promise<void> {
    const { countedRooms, dice, ledger } = this.#options
    const roomId = countedRooms[Math.floor(dice.next() * countedRooms.length)]
    if (roomId === undefined) return
    const counter = (this.#counters.get(roomId) ?? 0) + 1
    this.#counters.set(roomId, counter)
    const answer = await this.#ask(`/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/${counterType}/`, { counter })
    if (answer === undefined) return
    ledger.append({ kind: 'counter', roomId, counter, eventId: String(answer.event_id), atMs: performance.now() })
  }

  async #ask(path: string, body: Record<string, unknown>): Promise<Record<string, unknown> | undefined> {
    try {
      return (await this.#client.ask('PUT', path, body)).json
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { message, status, answer } = error
      const client = this.#options.account.userId
      this.#options.ledger.append({ kind: 'refusal', client, what: message, status, answer, atMs: performance.now() })
      return undefined
    }
  }
}
