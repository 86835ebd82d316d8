import { limitExceeded } from '../../matrix/errors.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import type { StateCompletion } from '../../rooms/state/complete-state.ts'
import type { StateEvents } from '../../rooms/remote-rooms.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import type { Db } from '../../store/database.ts'
import { deletePartialJoin, insertPartialJoin, listPartialJoins } from '../../store/federation/partial-joins.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { AssumedServers } from '../sending/assumed-servers.ts'
import { fetchState } from './fetch-state.ts'

export interface PartialJoinsParts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly rooms: Rooms
  readonly events: EventCache
  readonly signedRequests: Pick<SignedRequests, 'get'>
  readonly stateCompletion: StateCompletion
  readonly assumedServers: AssumedServers
}

export interface PartialJoin {
  readonly roomId: string
  /** The join. */
  readonly eventId: string
  /** Who can be asked for the members, the best first. */
  readonly servers: readonly string[]
}

const RETRY_MS = 10_000
const RETRY_MAX_MS = 600_000
const SERVERS_ASKED_MAX = 10
/** When who waits for a room that is not whole yet may ask again. */
const PARTIAL_RETRY_MS = 5_000

/**
 * Rooms that were entered without their members, so that one can speak in them at once; the members are fetched in the
 * background, also after a restart. Until then nobody of other servers can be judged, and nobody is.
 */
export class PartialJoins {
  readonly #parts: PartialJoinsParts
  readonly #closing = new AbortController()
  readonly #partial = new Map<string, PromiseWithResolvers<void>>()

  constructor(parts: PartialJoinsParts) {
    this.#parts = parts
  }

  /** Goes on with what was left when the process ended. */
  async start(): Promise<void> {
    for (const row of await listPartialJoins(this.#parts.db)) {
      const servers: unknown = JSON.parse(row.servers)
      this.#partial.set(row.room_id, Promise.withResolvers())
      void this.#run({ roomId: row.room_id, eventId: row.event_id, servers: Array.isArray(servers) ? servers.map(String) : [] })
    }
  }

  /** The whole state before a join, as a server tells it; undefined where it does not. */
  fetch(server: string, join: Pick<PartialJoin, 'roomId' | 'eventId'>): Promise<StateEvents | undefined> {
    return fetchState(this.#parts.signedRequests, server, join, this.#closing.signal)
  }

  /** Notes that a room is about to be entered in part, before anything of it is seen. */
  async note({ roomId, eventId, servers }: PartialJoin): Promise<void> {
    await insertPartialJoin(this.#parts.db, { room_id: roomId, event_id: eventId, servers: JSON.stringify(servers) })
    // Who waits for another join into this room goes on waiting.
    if (!this.#partial.has(roomId)) this.#partial.set(roomId, Promise.withResolvers())
  }

  /** Goes on with a room that was entered, while its state is being fetched already. */
  async complete(join: PartialJoin, fetching: Promise<StateEvents | undefined>): Promise<void> {
    const room = await this.#parts.rooms.find(join.roomId)
    if (room !== undefined) await this.#parts.assumedServers.set(room.nid, join.servers)
    void this.#run(join, fetching)
  }

  /** Forgets a join that came to nothing. */
  async drop(roomId: string): Promise<void> {
    await deletePartialJoin(this.#parts.db, roomId)
    this.#end(roomId)
  }

  /** Whether members are missing in what we know of a room. */
  isPartial(roomId: string): boolean {
    return this.#partial.has(roomId)
  }

  /** Resolves when all members of a room are known. Throws M_LIMIT_EXCEEDED where that has to wait for the next start. */
  async whole(roomId: string): Promise<void> {
    const partial = this.#partial.get(roomId)
    if (partial === undefined) return
    await partial.promise
    if (this.#closing.signal.aborted) throw limitExceeded(PARTIAL_RETRY_MS)
  }

  /** Resolves when every room is whole. */
  async settled(): Promise<void> {
    await Promise.all([...this.#partial.values()].map(({ promise }) => promise))
  }

  /** What is not complete is gone on with at the next start. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.settled()
  }

  #end(roomId: string): void {
    const partial = this.#partial.get(roomId)
    this.#partial.delete(roomId)
    partial?.resolve()
  }

  async #run(join: PartialJoin, fetching?: Promise<StateEvents | undefined>): Promise<void> {
    const { clock } = this.#parts
    const given = await fetching
    let isComplete = given !== undefined && await this.#attempt(join, given)
    for (let waitMs = RETRY_MS; !isComplete && !this.#closing.signal.aborted; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      isComplete = await this.#ask(join)
      if (!isComplete) await clock.sleep(waitMs, this.#closing.signal)
    }
    this.#end(join.roomId)
  }

  async #ask(join: PartialJoin): Promise<boolean> {
    for (const server of join.servers.slice(0, SERVERS_ASKED_MAX)) {
      if (this.#closing.signal.aborted) return false
      const state = await this.fetch(server, join)
      if (state !== undefined && await this.#attempt(join, state)) return true
    }
    return false
  }

  /** Takes the state in; whether nothing is left to do. */
  async #attempt(join: PartialJoin, given: StateEvents): Promise<boolean> {
    const { db, rooms, assumedServers, log } = this.#parts
    try {
      await this.#take(join, given)
      const room = await rooms.find(join.roomId)
      if (room !== undefined) await assumedServers.drop(room.nid)
      await deletePartialJoin(db, join.roomId)
      return true
    } catch (error) {
      log.warn({ room: join.roomId, error: String(error) }, 'The members of a room could not be taken in')
      return false
    }
  }

  /** A join that is not there was never committed: then there is nothing to complete. */
  async #take({ roomId, eventId }: PartialJoin, given: StateEvents): Promise<void> {
    const { rooms, events, stateCompletion } = this.#parts
    const [room, event] = [await rooms.find(roomId), await events.findById(eventId)]
    if (room !== undefined && event?.pos !== undefined) await stateCompletion.complete(room, event.pos, given)
  }
}
