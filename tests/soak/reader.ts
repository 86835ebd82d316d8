import type { Account, Homeserver } from '../../bench/homeserver.ts'
import { sleep } from '../../bench/parallel.ts'
import type { Dice } from './dice.ts'
import type { LedgerFile, RoomBatch, SeenEvent } from './ledger.ts'
import { PersistentClient, Refused } from './persistent-client.ts'
import { counterType } from './sender.ts'

interface WireEvent {
  readonly event_id: string
  readonly sender: string
  readonly type: string
  readonly content: { readonly body?: unknown, readonly counter?: unknown }
}

interface WireRoom {
  readonly timeline?: { readonly limited?: boolean, readonly prev_batch?: string, readonly events?: readonly WireEvent[] }
  readonly state?: { readonly events?: readonly WireEvent[] }
}

// A short timeline, so that a busy room is limited now and then and its gap has to be filled.
const filter = encodeURIComponent(JSON.stringify({ presence: { not_types: ['*'] }, room: { timeline: { limit: 20 } } }))

export interface ReaderOptions {
  /** The addresses of the server, the one first that is asked first. */
  readonly servers: readonly Homeserver[]
  readonly account: Account
  readonly ledger: LedgerFile
  readonly dice: Dice
}

/** Syncs from token to token, fills the gaps of limited timelines, and writes down all that it sees. */
export class Reader {
  readonly #options: ReaderOptions
  readonly #client: PersistentClient
  readonly #seen = new Map<string, Set<string>>()
  #since: string | undefined
  #isStopping = false
  gaps = 0

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#client = new PersistentClient(options.servers, options.account)
  }

  /** The first sync, from which on nothing may be missed. */
  async begin(): Promise<void> {
    await this.#syncOnce(0)
  }

  /** Runs until told to stop and then until nothing more comes. */
  async run(): Promise<void> {
    try {
      for (let quietRounds = 0; quietRounds < 2;) {
        const brought = await this.#syncOnce(this.#isStopping ? 0 : 5000)
        quietRounds = this.#isStopping && brought === 0 ? quietRounds + 1 : 0
        // Some read seldom: their timelines are limited.
        if (!this.#isStopping && this.#options.dice.next() < 0.01) await sleep(this.#options.dice.between(1500, 4000))
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { message, status, answer } = error
      const client = this.#options.account.userId
      this.#options.ledger.append({ kind: 'refusal', client, what: message, status, answer, atMs: performance.now() })
    }
    this.#client.close()
  }

  stop(): void {
    this.#isStopping = true
  }

  /** One /sync with its gaps filled; gives how many events it brought. */
  async #syncOnce(timeoutMs: number): Promise<number> {
    const since = this.#since === undefined ? '' : `&since=${encodeURIComponent(this.#since)}`
    const path = `/_matrix/client/v3/sync?timeout=${timeoutMs}&set_presence=offline&filter=${filter}${since}`
    const { json, startedMs, endedMs } = await this.#client.ask('GET', path)
    const joined = (json.rooms as { join?: Record<string, WireRoom> } | undefined)?.join ?? {}
    const rooms: RoomBatch[] = []
    for (const [roomId, room] of Object.entries(joined)) {
      const batch = await this.#takeRoom(roomId, room)
      if (batch.timeline.length + batch.state.length + batch.fill.length > 0) rooms.push(batch)
    }
    this.#options.ledger.append({ kind: 'batch', reader: this.#options.account.userId, startedMs, endedMs, rooms })
    this.#since = String(json.next_batch)
    return rooms.reduce((sum, room) => sum + room.timeline.length, 0)
  }

  async #takeRoom(roomId: string, { timeline, state }: WireRoom): Promise<RoomBatch> {
    const seen = this.#seen.get(roomId)
    const events = (timeline?.events ?? []).map(toSeenEvent)
    const isGap = seen !== undefined && timeline?.limited === true && timeline.prev_batch !== undefined
    const fill = isGap ? await this.#fillGap(roomId, String(timeline.prev_batch), seen) : []
    const known = seen ?? new Set<string>()
    for (const { eventId } of [...fill, ...events]) known.add(eventId)
    this.#seen.set(roomId, known)
    return { roomId, fill, state: (state?.events ?? []).map(toSeenEvent), timeline: events }
  }

  /** Pages backwards until an event comes that was seen before. */
  async #fillGap(roomId: string, prevBatch: string, seen: ReadonlySet<string>): Promise<SeenEvent[]> {
    this.gaps += 1
    const newestFirst: SeenEvent[] = []
    for (let from: string | undefined = prevBatch; from !== undefined;) {
      const page = await readPage(this.#client, roomId, from)
      const met = page.events.findIndex((event) => seen.has(event.eventId))
      newestFirst.push(...page.events.slice(0, met < 0 ? page.events.length : met))
      from = met < 0 ? page.end : undefined
    }
    return newestFirst.reverse()
  }
}

/** All of a room's events, oldest first, by paging backwards from its end. */
export async function readHistory(client: PersistentClient, roomId: string): Promise<SeenEvent[]> {
  const newestFirst: SeenEvent[] = []
  let page = await readPage(client, roomId)
  newestFirst.push(...page.events)
  while (page.end !== undefined) {
    page = await readPage(client, roomId, page.end)
    newestFirst.push(...page.events)
  }
  return newestFirst.reverse()
}

async function readPage(client: PersistentClient, roomId: string, from?: string): Promise<{ events: SeenEvent[], end?: string }> {
  const start = from === undefined ? '' : `&from=${encodeURIComponent(from)}`
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=100${start}`
  const { json } = await client.ask('GET', path)
  const events = (json.chunk as readonly WireEvent[]).map(toSeenEvent)
  return typeof json.end === 'string' ? { events, end: json.end } : { events }
}

function toSeenEvent({ event_id, sender, type, content }: WireEvent): SeenEvent {
  const seen = { eventId: event_id, sender }
  if (type === 'm.room.message') return { ...seen, mark: String(content.body) }
  return type === counterType ? { ...seen, counter: Number(content.counter) } : seen
}
