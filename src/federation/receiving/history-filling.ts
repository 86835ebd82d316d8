import { serverNameOf } from '../../matrix/ids.ts'
import type { Destinations } from '../../remote/destinations.ts'
import type { Backfilling } from '../../rooms/backfill.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import { justBeyond } from '../../rooms/reading/page-tokens.ts'
import type { RemoteRooms } from '../../rooms/remote-rooms.ts'
import type { Room } from '../../rooms/room.ts'
import type { Place } from '../../store/rooms/events.ts'
import type { GapRow } from '../../store/rooms/gaps.ts'
import type { Clock } from '../../util/clock.ts'
import { KeyedTurns } from '../../util/keyed-turns.ts'
import { Lru } from '../../util/lru.ts'

export interface HistoryFillingParts {
  readonly clock: Clock
  readonly events: EventCache
  readonly backfilling: Backfilling
  readonly remoteRooms: RemoteRooms
  readonly destinations: Pick<Destinations, 'downUntil'>
  readonly serverName: string
}

const EVENTS_MAX = 100
const NAMED_MAX = 20
const SERVERS_ASKED_MAX = 3
/** So many gaps are looked at for one that can be filled. */
const GAPS_MAX = 20
/** So many are tried for one page. */
const GAPS_TRIED_MAX = 3
/** After that no further server is asked: somebody is waiting. */
const PATIENCE_MS = 15_000
/** What nobody had is not asked for again at once. */
const RETRY_MS = 60_000
const REMEMBERED_MAX = 10_000

/** Fetches what is missing in the history of rooms when somebody looks there (Server-Server API, Backfilling). */
export class HistoryFilling {
  readonly #parts: HistoryFillingParts
  readonly #turns = new KeyedTurns()
  /** Until when a gap is left alone, by the number of its event. */
  readonly #unfilled = new Lru<number, number>(REMEMBERED_MAX)

  constructor(parts: HistoryFillingParts) {
    this.#parts = parts
  }

  /**
   * Fetches what is missing before the last event up to a place, if that event is not before another place; whether there is
   * more to see now. Waits for other servers.
   */
  async fill(room: Room, { from, to }: { readonly from: Place, readonly to?: Place | undefined }): Promise<boolean> {
    if (this.listServers(room).length === 0) return false
    const found = await this.#findGap(room, from, to)
    if (found === undefined) return false
    return this.#turns.run(room.roomId, async () => {
      // Somebody else may have filled it meanwhile.
      const gap = await this.#findGap(room, from, to)
      return gap?.nid !== found.nid ? true : this.#fillOneOf(room, gap, { from, to })
    })
  }

  /** What nobody has must not stand before what is further back. */
  async #fillOneOf(room: Room, first: GapRow, { from, to }: { readonly from: Place, readonly to: Place | undefined }): Promise<boolean> {
    const { clock } = this.#parts
    const endMs = clock.monotonicMs() + PATIENCE_MS
    let gap: GapRow | undefined = first
    for (let tries = 0; gap !== undefined && tries < GAPS_TRIED_MAX && clock.monotonicMs() < endMs; tries += 1) {
      if (await this.#fillGap(room, gap)) return true
      gap = await this.#findGap(room, from, to)
    }
    return false
  }

  /** Whether something is known to be missing in a room, up to a place. */
  async hasGaps(room: Room, from: Place = END): Promise<boolean> {
    return (await this.#listGaps(room, from, 1)).length > 0
  }

  /** Some other servers in a room that may answer, that of the given user first. */
  listServers(room: Room, userId?: string): string[] {
    const { destinations, serverName } = this.#parts
    const first = userId === undefined ? undefined : serverNameOf(userId)
    const mayAsk = (server: string): boolean => server !== serverName && destinations.downUntil(server) === undefined
    const servers = new Set(first !== undefined && room.servers.has(first) && mayAsk(first) ? [first] : [])
    for (const server of room.servers.list()) {
      if (servers.size === SERVERS_ASKED_MAX) break
      if (mayAsk(server)) servers.add(server)
    }
    return [...servers]
  }

  /** Who reads backwards from a place comes at once upon what is missing before the event just behind it. */
  #listGaps(room: Room, from: Place, limit: number): Promise<GapRow[]> {
    return this.#parts.backfilling.listGaps(room, justBeyond(from), limit)
  }

  async #findGap(room: Room, from: Place, to: Place | undefined): Promise<GapRow | undefined> {
    const gaps = await this.#listGaps(room, from, GAPS_MAX)
    return gaps.find(({ nid, place }) => (
      (to === undefined || !isBefore(place, to)) && (this.#unfilled.get(nid) ?? 0) <= this.#parts.clock.now()
    ))
  }

  async #fillGap(room: Room, gap: GapRow): Promise<boolean> {
    const { clock, backfilling, remoteRooms, events } = this.#parts
    const startMs = clock.monotonicMs()
    for (const server of this.listServers(room, (await events.find(gap.nid))?.sender)) {
      const pdus = await remoteRooms.backfill(server, room.roomId, gap.missing.slice(0, NAMED_MAX), EVENTS_MAX)
      if (pdus.length > 0 && await backfilling.persist(room, gap, { origin: server, pdus }) > 0) return true
      if (clock.monotonicMs() - startMs > PATIENCE_MS) break
    }
    this.#unfilled.set(gap.nid, clock.now() + RETRY_MS)
    return false
  }
}

/** Behind everything. */
export const END: Place = { pos: Number.MAX_SAFE_INTEGER, offset: 0 }

function isBefore(a: Place, b: Place): boolean {
  return a.pos < b.pos || (a.pos === b.pos && a.offset < b.offset)
}
