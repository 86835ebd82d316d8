import { ChainCover, inCitedOrder, type ChainPlace } from '../../matrix/auth-chains/chain-cover.ts'
import type { Db } from '../../store/database.ts'
import { listLinksOf, listUnplaced, savePlaces, type ChainLinkRow, type ChainPlaceRow } from '../../store/rooms/auth-chains.ts'
import { yieldToLoop } from '../../util/yield.ts'

const PAGE = 2_000
/** So many events are placed before others get their turn. */
const PLACED_TOGETHER = 500
/** When nothing of a page could be placed, because events tell lower depths than what they cite, a larger one is tried. */
const GROWTH = 4

/**
 * Gives places in chains to events that were written without, and to all that they lead to: a page at a time, each kept
 * when it is done, so that what is interrupted goes on where it was.
 */
export class AuthChainFilling {
  readonly #db: Db
  readonly #running = new Map<number, Promise<void>>()

  constructor(db: Db) {
    this.#db = db
  }

  /** Resolves when nothing is being filled in this room. */
  async quiet(room: number): Promise<void> {
    while (this.#running.has(room)) await this.#running.get(room)?.catch(() => undefined)
  }

  async fill(room: number, nids: readonly number[]): Promise<void> {
    await this.quiet(room)
    const running = this.#fill(room, nids).finally(() => this.#running.delete(room))
    this.#running.set(room, running)
    await running
  }

  async #fill(room: number, nids: readonly number[]): Promise<void> {
    // Only chains that began here are continued: those from before may be continued by somebody else meanwhile.
    const begun = new Set<number>()
    for (let limit = PAGE; ;) {
      const rows = await listUnplaced(this.#db, nids, limit)
      const open = rows.filter((row) => row.is_citable && row.chain_nid === null)
      if (open.length === 0) return
      const placed = await this.#place(room, open, await this.#coverBehind(room, rows, begun), begun)
      if (placed > 0) continue
      if (open.length < limit) throw new Error(`Events of room ${room} authorise one another in a circle`)
      limit *= GROWTH
    }
  }

  /** What is known of the events that a page cites. */
  async #coverBehind(room: number, rows: readonly ChainPlaceRow[], begun: ReadonlySet<number>): Promise<ChainCover> {
    const cover = new ChainCover()
    const chains = new Set<number>()
    const here = new Set<number>()
    for (const { nid, key_nid: key, auth_nids: authNids, chain_nid: chain, chain_seq: seq, tip, is_citable: isCitable } of rows) {
      here.add(nid)
      if (chain !== null && seq !== null) {
        cover.place(nid, key, { chain, seq }, begun.has(chain) ? tip ?? seq : Number.POSITIVE_INFINITY)
        chains.add(chain)
      } else if (!isCitable) cover.pass(nid, authNids)
    }
    // What is not in the database at all leads nowhere.
    for (const authNid of rows.flatMap((row) => row.auth_nids)) if (!here.has(authNid)) cover.pass(authNid, [])
    for (const link of await listLinksOf(this.#db, room, [...chains])) {
      cover.links.add({ chain: link.from_chain, seq: link.from_seq }, { chain: link.to_chain, seq: link.to_seq })
    }
    return cover
  }

  /** Places those of the events that can be placed, and keeps that. Returns how many there were. */
  async #place(room: number, open: readonly ChainPlaceRow[], cover: ChainCover, begun: Set<number>): Promise<number> {
    const events = inCitedOrder(open.map(({ nid, key_nid: key, auth_nids: authNids }) => ({ nid, key, authNids })))
    let count = 0
    for (let at = 0; at < events.length; at += PLACED_TOGETHER) {
      const placed = new Map<number, ChainPlace>()
      for (const event of events.slice(at, at + PLACED_TOGETHER)) {
        const place = cover.assign(event)
        if (place === undefined) continue
        placed.set(event.nid, place)
        begun.add(place.chain)
      }
      await savePlaces(this.#db, room, [...placed].map(([nid, { chain, seq }]) => ({ nid, chain, seq })), linkRowsOf(placed))
      count += placed.size
      await yieldToLoop()
    }
    return count
  }
}

/** The links that came with these places. */
function linkRowsOf(places: ReadonlyMap<number, ChainPlace>): ChainLinkRow[] {
  return [...places.values()].flatMap(({ chain, seq, links }) => links.map((to) => (
    { from_chain: chain, from_seq: seq, to_chain: to.chain, to_seq: to.seq }
  )))
}
