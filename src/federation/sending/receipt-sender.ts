import type { JsonObject } from '../../matrix/json.ts'
import type { ReceiptContent, Receipts } from '../../rooms/reading/receipts.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { Outboxes } from './outboxes.ts'
import type { ReachableServers } from './reachable-servers.ts'

export interface ReceiptSenderParts {
  readonly stream: Stream
  readonly receipts: Receipts
  readonly rooms: Rooms
  readonly clock: Clock
  readonly log: Log
  readonly serverName: string
  readonly reachable: ReachableServers
  readonly outboxes: Outboxes
}

const GATHER_MS = 200
/** Private receipts are their users' alone, and this is nobody. */
const NOBODY = 0

/** Tells the other servers in a room how far users of ours have read it (Server-Server API, Receipts). */
export class ReceiptSender {
  readonly #parts: ReceiptSenderParts
  /** By rooms, after which position there are receipts that were not told yet. */
  #gathered = new Map<number, number>()
  #cancelTimer: (() => void) | undefined
  #telling: Promise<void> = Promise.resolve()

  constructor(parts: ReceiptSenderParts) {
    this.#parts = parts
  }

  start(): void {
    this.#parts.stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'receipt' && change.onlyUser === undefined) this.#gather(change)
    })
  }

  /** Tells what has been gathered. */
  flush(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#telling = this.#telling.then(() => this.#tell()).catch((error: unknown) => {
      this.#parts.log.info({ error: String(error) }, 'Receipts were not told to other servers')
    })
    return this.#telling
  }

  async close(): Promise<void> {
    this.#cancelTimer?.()
    await this.#telling
  }

  #gather({ room, pos }: { readonly room: number, readonly pos: number }): void {
    const { rooms, reachable } = this.#parts
    const known = rooms.peekByNid(room)
    if (known !== undefined && !reachable.hasOthers(known)) return
    if (!this.#gathered.has(room)) this.#gathered.set(room, pos - 1)
    this.#cancelTimer ??= this.#parts.clock.setTimer(GATHER_MS, () => void this.flush())
  }

  async #tell(): Promise<void> {
    const { stream, receipts, rooms, reachable, outboxes } = this.#parts
    const gathered = this.#gathered
    this.#gathered = new Map()
    const contents = await receipts.listSince([...gathered].map(([room, after]) => ({ room, after })), stream.head(), NOBODY)
    for (const [nid, each] of contents) {
      const room = await rooms.findByNid(nid)
      if (room === undefined) continue
      const servers = reachable.listIn(room)
      for (const { key, data, userId } of each.flatMap((content) => this.#listOwn(content))) {
        const content = { [room.roomId]: { 'm.read': { [userId]: data } } }
        outboxes.addPassing(servers, `receipt ${nid} ${key}`, { edu_type: 'm.receipt', content })
      }
    }
  }

  /** The public receipts of users of ours, as they are told to other servers. */
  #listOwn(content: ReceiptContent): { readonly key: string, readonly userId: string, readonly data: JsonObject }[] {
    const own = `:${this.#parts.serverName}`
    return Object.entries(content).flatMap(([eventId, { 'm.read': byUser = {} }]) => (
      Object.entries(byUser).filter(([userId]) => userId.endsWith(own)).map(([userId, data]) => (
        { key: `${userId} ${data.thread_id ?? ''}`, userId, data: { event_ids: [eventId], data: { ...data } } }
      ))
    ))
  }
}
