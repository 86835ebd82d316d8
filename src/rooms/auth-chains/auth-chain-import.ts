import { ChainCover, inCitedOrder, type ChainedEvent, type ChainPlace } from '../../matrix/auth-chains/chain-cover.ts'
import { CITABLE_TYPES } from '../../store/rooms/auth-chains.ts'
import { yieldToLoop } from '../../util/yield.ts'
import type { AuthChainReader } from './auth-chain-reader.ts'

/** So many events are placed before others get their turn. */
const PLACED_TOGETHER = 500

/**
 * Places events that are written apart from the course of a room. They go on no chain that was there before, since who
 * writes in the course of the room may be going on with that at the same time.
 */
export class ChainImport {
  readonly #reader: AuthChainReader
  readonly #room: number
  readonly #cover = new ChainCover()

  constructor(reader: AuthChainReader, room: number) {
    this.#reader = reader
    this.#room = room
  }

  /**
   * The places of further events of the import, those without one left out. What they cite is among them, came before, or
   * is in the database.
   */
  async place(events: readonly ChainedEvent[]): Promise<Map<number, ChainPlace>> {
    await this.#learn(events)
    const places = new Map<number, ChainPlace>()
    const ordered = inCitedOrder(events.filter((event) => event.stateKey !== undefined))
    for (const [index, event] of ordered.entries()) {
      const place = CITABLE_TYPES.includes(event.type) ? this.#cover.assign(event) : undefined
      if (place !== undefined) places.set(event.nid, place)
      if (index % PLACED_TOGETHER === PLACED_TOGETHER - 1) await yieldToLoop()
    }
    return places
  }

  async #learn(events: readonly ChainedEvent[]): Promise<void> {
    const here = new Set(events.map((event) => event.nid))
    const cited = new Set(events.flatMap((event) => event.authNids))
    const missing = [...cited].filter((nid) => !here.has(nid) && !this.#cover.knows(nid))
    if (missing.length === 0) return
    const rows = await this.#reader.listRows(this.#room, missing)
    this.#cover.links.take(await this.#reader.linksOf(this.#room, rows.flatMap((row) => row.chain_nid ?? [])))
    for (const row of rows) {
      if (row.chain_nid === null || row.chain_seq === null) this.#cover.pass(row.nid, row.auth_nids)
      else this.#cover.place(row.nid, row.key_nid, { chain: row.chain_nid, seq: row.chain_seq }, Number.POSITIVE_INFINITY)
    }
  }
}
