import type { ChainCover } from '../../matrix/auth-chains/chain-cover.ts'
import { ChainLinks, extendReach, reachFrom, type ChainPosition } from '../../matrix/auth-chains/chain-links.ts'
import { portionsOf, type ChainRange } from '../../matrix/auth-chains/chain-ranges.ts'
import type { Db } from '../../store/database.ts'
import {
  listChainPlaces, listEventsInChains, listLinksBehind, listLinksOf, listLinksTo, listRoomLinks, listTips,
  type ChainLinkRow, type ChainPlaceRow, type PlacedEventRow,
} from '../../store/rooms/auth-chains.ts'
import { yieldToLoop } from '../../util/yield.ts'
import { AuthChainFilling } from './auth-chain-filling.ts'

/** So much is asked for by one query at most, lest its rows hold the event loop. */
const PORTION = 500
/** An event without a place cites events that have one; only what no server accepts goes further. */
const PASSES_MAX = 8
/** What leads to an event is looked for step by step; after so many steps all links of the room are read at once. */
const STEPS_MAX = 4

/** Links of chains, and of which chains all that lies behind is there. */
export interface ChainGraph {
  readonly links: ChainLinks
  readonly complete: Set<number>
}

const NEGATED = ({ chain, seq }: ChainPosition): ChainPosition => ({ chain, seq: -seq })

/** Reads the chains of a room: what the database has, and what is on its way there, which the room's cover has. */
export class AuthChainReader {
  readonly #db: Db
  readonly #filling: AuthChainFilling

  constructor(db: Db) {
    this.#db = db
    this.#filling = new AuthChainFilling(db)
  }

  /**
   * The rows of these events, and where one has no place, those of the events that it cites; so that each comes after what
   * it cites. Events that should have a place and have none get one first.
   */
  async listRows(room: number, nids: readonly number[]): Promise<ChainPlaceRow[]> {
    const rows = new Map<number, ChainPlaceRow>()
    let wanted = [...new Set(nids)]
    for (let pass = 0; wanted.length > 0 && pass < PASSES_MAX; pass++) {
      const found = await this.#listPlaced(room, wanted)
      for (const row of found) rows.set(row.nid, row)
      const cited = found.filter((row) => row.chain_nid === null).flatMap((row) => row.auth_nids)
      wanted = [...new Set(cited)].filter((nid) => !rows.has(nid))
    }
    return [...rows.values()].toReversed().sort((a, b) => Number(a.chain_nid === null) - Number(b.chain_nid === null))
  }

  /** The links of these chains alone. */
  async linksOf(room: number, chains: readonly number[]): Promise<ChainLinks> {
    const links = new ChainLinks()
    addLinks(links, await listLinksOf(this.#db, room, chains))
    return links
  }

  /** Adds the links of these chains and of all that they lead to, as far as they are not there yet. */
  async extendGraph({ links, complete }: ChainGraph, room: number, cover: ChainCover, chains: Iterable<number>): Promise<void> {
    // What is not in the database yet leads to what is, and never the other way round.
    const pending = cover.links.closure(chains)
    links.take(cover.links, pending)
    let waiting = [...pending].filter((chain) => !complete.has(chain))
    const asked = new Set(complete)
    while (waiting.length > 0) {
      const portion = waiting.slice(0, PORTION)
      const isAll = portion.length === waiting.length
      const rows = await (isAll ? listLinksBehind : listLinksOf)(this.#db, room, portion)
      addLinks(links, rows)
      for (const chain of portion) asked.add(chain)
      const next = isAll ? [] : [...waiting.slice(PORTION), ...rows.map((row) => row.to_chain)]
      waiting = [...new Set(next)].filter((chain) => !asked.has(chain))
      await yieldToLoop()
    }
    for (const chain of links.closure(pending)) complete.add(chain)
  }

  /** The events in these ranges. */
  async listEvents(cover: ChainCover, ranges: readonly ChainRange[]): Promise<Map<number, PlacedEventRow>> {
    const events = new Map<number, PlacedEventRow>()
    for (const portion of portionsOf(ranges, PORTION)) {
      for (const row of await listEventsInChains(this.#db, portion)) events.set(row.nid, row)
      await yieldToLoop()
    }
    const byChain = new Map(ranges.map((range) => [range.chain, range]))
    for (const [nid, { chain, seq, key }] of cover.listPlaced()) {
      const range = byChain.get(chain)
      if (range !== undefined && range.from <= seq && seq <= range.to) events.set(nid, { nid, key_nid: key, chain, seq })
    }
    return events
  }

  /** All events of the room that lead to one of these places, or are there. */
  async listLeadingTo(room: number, cover: ChainCover, positions: readonly ChainPosition[]): Promise<Map<number, PlacedEventRow>> {
    const least = await this.#leadingTo(room, cover, positions)
    const tips = await listTips(this.#db, [...least.keys()])
    return this.listEvents(cover, [...least].map(([chain, seq]) => (
      { chain, from: -seq, to: Math.max(tips.get(chain) ?? 0, cover.tipOf(chain)) }
    )))
  }

  /** Of each chain, the negative of the place from which on it leads to one of these. */
  async #leadingTo(room: number, cover: ChainCover, positions: readonly ChainPosition[]): Promise<Map<number, number>> {
    const pending = cover.links.mirrored()
    const reach = new Map<number, number>()
    let steps = positions
    for (let step = 0; step < STEPS_MAX; step++) {
      const before = new Map(reach)
      extendReach(reach, steps.map(NEGATED), pending)
      const raised = [...reach].filter(([chain, seq]) => before.get(chain) !== seq).map(([chain, seq]) => ({ chain, seq: -seq }))
      if (raised.length === 0) return reach
      steps = await listLinksTo(this.#db, room, raised)
    }
    const links = await this.#allLinks(room)
    links.take(cover.links)
    return reachFrom(positions.map(NEGATED), links.mirrored())
  }

  async #allLinks(room: number): Promise<ChainLinks> {
    const links = new ChainLinks()
    let after: ChainLinkRow | undefined
    do {
      const rows = await listRoomLinks(this.#db, room, after, PORTION)
      addLinks(links, rows)
      after = rows.length < PORTION ? undefined : rows.at(-1)
    } while (after !== undefined)
    return links
  }

  async #listPlaced(room: number, nids: readonly number[]): Promise<ChainPlaceRow[]> {
    await this.#filling.quiet(room)
    const rows = await this.#listRows(nids)
    const unplaced = rows.filter((row) => row.is_citable && row.chain_nid === null).map((row) => row.nid)
    if (unplaced.length === 0) return rows
    await this.#filling.fill(room, unplaced)
    return this.#listRows(nids)
  }

  async #listRows(nids: readonly number[]): Promise<ChainPlaceRow[]> {
    const rows: ChainPlaceRow[] = []
    for (let at = 0; at < nids.length; at += PORTION) {
      rows.push(...await listChainPlaces(this.#db, nids.slice(at, at + PORTION)))
      await yieldToLoop()
    }
    return rows
  }
}

function addLinks(links: ChainLinks, rows: readonly ChainLinkRow[]): void {
  for (const row of rows) links.add({ chain: row.from_chain, seq: row.from_seq }, { chain: row.to_chain, seq: row.to_seq })
}
