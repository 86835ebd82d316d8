import { ChainCover, inCitedOrder, type ChainedEvent, type ChainPlace } from '../../matrix/auth-chains/chain-cover.ts'
import { ChainLinks, extendReach, reachFrom, type ChainPosition } from '../../matrix/auth-chains/chain-links.ts'
import {
  differenceOf, portionsOf, reachedFrom, startsOf, unreached, type ChainRange,
} from '../../matrix/auth-chains/chain-ranges.ts'
import type { Db } from '../../store/database.ts'
import { CITABLE_TYPES, type PlacedEventRow } from '../../store/rooms/auth-chains.ts'
import { ChainImport } from './auth-chain-import.ts'
import { AuthChainReader, type ChainGraph } from './auth-chain-reader.ts'

/** A room whose events are covered. What is on its way to the database is remembered with this object. */
export interface ChainedRoom {
  readonly nid: number
}

/** What several states of a room agree in. */
export interface Unconflicted {
  /** Of these keys, those in which all states have the same event, with that event. */
  find(keys: readonly number[]): Promise<ReadonlyMap<number, number>>
  /** The events of all such keys, except the members. */
  listOthers(): Promise<readonly number[]>
}

/** How many places and links of a room are kept in memory: far more than are ever on their way to the database. */
const COVER_SIZE_MAX = 5_000
const CHAIN_PAGE = 1_000

/**
 * The auth chains of rooms (each room version, State resolution). What leads to what is told by chains that cover the auth
 * graph, so that questions about events take a few queries, however long the chains behind them are.
 */
export class AuthChains {
  readonly #reader: AuthChainReader
  readonly #covers = new WeakMap<ChainedRoom, ChainCover>()

  constructor(db: Db) {
    this.#reader = new AuthChainReader(db)
  }

  /** Brings into memory where these events stand, so that events that cite them can be placed. */
  async prepare(room: ChainedRoom, authNids: readonly number[]): Promise<void> {
    const cover = this.#coverOf(room)
    const missing = authNids.filter((nid) => !cover.knows(nid))
    if (missing.length === 0) return
    const rows = await this.#reader.listRows(room.nid, missing)
    // What the cited events lead to beyond their own links is mostly cited too; not to know it costs a row at most.
    const links = await this.#reader.linksOf(room.nid, rows.flatMap((row) => row.chain_nid ?? []))
    for (const row of rows) {
      if (row.chain_nid === null || row.chain_seq === null) cover.pass(row.nid, row.auth_nids)
      else cover.place(row.nid, row.key_nid, { chain: row.chain_nid, seq: row.chain_seq }, row.tip ?? row.chain_seq)
    }
    cover.links.take(links)
  }

  /**
   * The places of new events that are about to be written, those without one left out. What they cite is among them or was
   * prepared; where it was not, the event gets its place when it is first asked for.
   */
  assign(room: ChainedRoom, events: readonly ChainedEvent[]): Map<number, ChainPlace> {
    const cover = this.#coverOf(room)
    const places = new Map<number, ChainPlace>()
    for (const event of inCitedOrder(events)) {
      if (event.stateKey === undefined) continue
      const isCitable = CITABLE_TYPES.includes(event.type)
      const place = isCitable ? cover.assign(event) : undefined
      if (place !== undefined) places.set(event.nid, place)
      else if (!isCitable && event.authNids.every((nid) => cover.knows(nid))) cover.pass(event.nid, event.authNids)
    }
    return places
  }

  /** Begins to write events apart from the course of a room. */
  beginImport(room: number): ChainImport {
    return new ChainImport(this.#reader, room)
  }

  /**
   * The events that are in the full auth chain of some states but not of all, in no particular order. Of each state only the
   * events are given in which it differs from another.
   */
  async difference(room: ChainedRoom, sets: readonly (readonly number[])[], unconflicted: Unconflicted): Promise<number[]> {
    const graph = newGraph()
    const { positions, placed } = await this.#extend(room, graph, sets.flat())
    const reaches = sets.map((nids) => reachFrom(nids.flatMap((nid) => positions.get(nid) ?? []), graph.links))
    const ranges = differenceOf(reaches)
    const events = ranges.length === 0 ? [] : await this.#exceptShared(room, graph, ranges, unconflicted)
    // Nothing leads to an event without a place, so it is in the chain of a state only as an event of it.
    const [first = new Set<number>(), ...others] = sets.map((nids) => new Set(nids))
    const unplaced = sets.flat().filter((nid) => !placed.has(nid) && !(first.has(nid) && others.every((set) => set.has(nid))))
    return [...new Set([...events, ...unplaced])]
  }

  /** All events on paths of auth events from one of these to another, ends included (room version 12, State resolution). */
  async conflictedSubgraph(room: ChainedRoom, nids: readonly number[]): Promise<number[]> {
    const graph = newGraph()
    const { positions, placed } = await this.#extend(room, graph, nids)
    const reach = reachFrom([...positions.values()].flat(), graph.links)
    const ends = [...placed].flatMap((nid) => positions.get(nid) ?? [])
    const back = reachFrom(ends.map(({ chain, seq }) => ({ chain, seq: -seq })), graph.links.mirrored())
    const least = new Map([...back].map(([chain, seq]) => [chain, -seq]))
    const between = await this.#reader.listEvents(this.#coverOf(room), reachedFrom(reach, least))
    return [...new Set([...nids, ...between.keys()])]
  }

  /** The auth events of these events and all that those lead to, a page at a time, in no particular order. */
  async* chain(room: ChainedRoom, nids: readonly number[]): AsyncGenerator<number[]> {
    const cover = this.#coverOf(room)
    const graph = newGraph()
    const rows = await this.#reader.listRows(room.nid, nids)
    const { positions } = await this.#extend(room, graph, rows.flatMap((row) => row.auth_nids))
    const reach = reachFrom([...positions.values()].flat(), graph.links)
    for (const portion of portionsOf(differenceOf([reach, new Map()]), CHAIN_PAGE)) {
      yield [...(await this.#reader.listEvents(cover, portion)).keys()]
    }
  }

  /** Leaves out of the ranges what the events in which all states agree lead to: that is in every state's chain. */
  async #exceptShared(
    room: ChainedRoom, graph: ChainGraph, ranges: readonly ChainRange[], unconflicted: Unconflicted,
  ): Promise<number[]> {
    const cover = this.#coverOf(room)
    const shared = new Map<number, number>()
    const share = async (nids: readonly number[]): Promise<void> => {
      const { positions } = await this.#extend(room, graph, nids)
      extendReach(shared, [...positions.values()].flat(), graph.links)
    }
    const listShared = async (events: ReadonlyMap<number, PlacedEventRow>): Promise<number[]> => {
      const agreed = await unconflicted.find([...new Set([...events.values()].map((event) => event.key_nid))])
      return [...events.values()].filter((event) => agreed.get(event.key_nid) === event.nid).map((event) => event.nid)
    }
    // What the room's rules and the members among the events themselves lead to is nearly all, so it is taken away first.
    await share(await unconflicted.listOthers())
    let open = unreached(ranges, shared)
    if (open.length === 0) return []
    const candidates = await this.#reader.listEvents(cover, open)
    await share(await listShared(candidates))
    open = unreached(open, shared)
    if (open.length === 0) return []
    // Of the other members only those matter that lead to what is left, and these are mostly none.
    const leading = await this.#reader.listLeadingTo(room.nid, cover, startsOf(open))
    for (const nid of candidates.keys()) leading.delete(nid)
    if (leading.size > 0) await share(await listShared(leading))
    return [...candidates.values()].filter(({ chain, seq }) => seq > (shared.get(chain) ?? 0)).map((event) => event.nid)
  }

  /** Where these events stand, or what stands for those without a place; adds what lies behind to the graph. */
  async #extend(room: ChainedRoom, graph: ChainGraph, nids: readonly number[]): Promise<{
    positions: ReadonlyMap<number, readonly ChainPosition[]>, placed: ReadonlySet<number>,
  }> {
    const known = this.#coverOf(room)
    const cover = new ChainCover()
    const missing = nids.filter((nid) => !known.knows(nid))
    for (const row of await this.#reader.listRows(room.nid, missing)) {
      if (row.chain_nid === null || row.chain_seq === null) cover.pass(row.nid, row.auth_nids)
      else cover.place(row.nid, row.key_nid, { chain: row.chain_nid, seq: row.chain_seq })
    }
    const positions = new Map(nids.map((nid) => {
      const found = known.positionsOf(nid) ?? cover.positionsOf(nid)
      if (found === undefined) throw new Error(`Nobody knows what authorised the event ${nid} of room ${room.nid}`)
      return [nid, found]
    }))
    const placed = new Set(nids.filter((nid) => known.isPlaced(nid) || cover.isPlaced(nid)))
    const chains = new Set([...positions.values()].flat().map(({ chain }) => chain))
    await this.#reader.extendGraph(graph, room.nid, known, chains)
    return { positions, placed }
  }

  #coverOf(room: ChainedRoom): ChainCover {
    let cover = this.#covers.get(room)
    if (cover === undefined) this.#covers.set(room, cover = new ChainCover(COVER_SIZE_MAX))
    return cover
  }
}

function newGraph(): ChainGraph {
  return { links: new ChainLinks(), complete: new Set() }
}
