import { Lru } from '../../util/lru.ts'
import { ChainLinks, reachFrom, type ChainPosition } from './chain-links.ts'

/** An event that gets a place in a chain. `key` tells events of the same type and state key. */
export interface CoveredEvent {
  readonly nid: number
  readonly key: number
  readonly authNids: readonly number[]
}

/** An event that is about to be written. Only those get a place that others may cite. */
export interface ChainedEvent extends CoveredEvent {
  readonly type: string
  readonly stateKey: string | undefined
}

/** The place of an event, and the places that nothing but its own links leads to. */
export interface ChainPlace extends ChainPosition {
  readonly links: readonly ChainPosition[]
}

/** Where an event stands, and of which key it is. */
export interface Standing extends ChainPosition {
  readonly key: number
}

/** To find that an event is reached already, so many links are followed; a link too many costs a row and is not wrong. */
const FOLLOW_MAX = 300

/**
 * A cover of a room's auth graph by chains, as far as it is known: what leads to what is told by a few numbers instead of
 * a walk. A chain is the history of one state key, named by its first event.
 */
export class ChainCover {
  readonly #places: Lru<number, Standing>
  /** What stands for events without a place: those of their auth events. */
  readonly #passed: Lru<number, readonly Standing[]>
  readonly #tips: Lru<number, number>
  readonly links: ChainLinks

  /** With a bound on how many it holds of each kind, what was not asked for longest is forgotten. */
  constructor(sizeMax = Number.POSITIVE_INFINITY) {
    this.#places = new Lru(sizeMax)
    this.#passed = new Lru(sizeMax)
    this.#tips = new Lru(sizeMax)
    this.links = new ChainLinks(sizeMax)
  }

  knows(nid: number): boolean {
    return this.#standingsOf(nid) !== undefined
  }

  isPlaced(nid: number): boolean {
    return this.#places.get(nid) !== undefined
  }

  /** The place of an event; those of its auth events where it has none itself; undefined where the event is not known. */
  positionsOf(nid: number): readonly ChainPosition[] | undefined {
    return this.#standingsOf(nid)
  }

  /** How long a chain is, as far as is known here. */
  tipOf(chain: number): number {
    return this.#tips.get(chain) ?? 0
  }

  /** Takes in an event whose place was told before, and how long its chain is. */
  place(nid: number, key: number, position: ChainPosition, tip = position.seq): void {
    this.#places.set(nid, { chain: position.chain, seq: position.seq, key })
    this.#tips.set(position.chain, Math.max(tip, this.#tips.get(position.chain) ?? 0))
  }

  /** Takes in an event that has no place: what it leads to is what its auth events are and lead to. */
  pass(nid: number, authNids: readonly number[]): void {
    this.#passed.set(nid, authNids.flatMap((authNid) => this.#standingsOf(authNid) ?? []))
  }

  /** The place of a new event, or undefined where that of one of its auth events is not known. */
  assign({ nid, key, authNids }: CoveredEvent): ChainPlace | undefined {
    const cited: Standing[] = []
    for (const authNid of authNids) {
      const standings = this.#standingsOf(authNid)
      if (standings === undefined) return undefined
      cited.push(...standings)
    }
    const before = cited.find((each) => each.key === key && this.#tips.get(each.chain) === each.seq)
    const { chain, seq } = before === undefined ? { chain: nid, seq: 1 } : { chain: before.chain, seq: before.seq + 1 }
    const links = this.#linksFor(before, cited)
    this.place(nid, key, { chain, seq })
    for (const to of links) this.links.add({ chain, seq }, to)
    return { chain, seq, links }
  }

  /** Those of the places to which neither the chain that the event continues nor another of them leads. */
  #linksFor(before: ChainPosition | undefined, cited: readonly ChainPosition[]): ChainPosition[] {
    const latest = new Map<number, number>()
    for (const { chain, seq } of cited) latest.set(chain, Math.max(seq, latest.get(chain) ?? 0))
    if (before !== undefined) latest.delete(before.chain)
    let open = [...latest].map(([chain, seq]) => ({ chain, seq }))
    for (const from of before === undefined ? open : [before, ...open]) {
      if (open.length === 0 || (from !== before && !open.includes(from))) continue
      const reach = reachFrom([from], this.links, FOLLOW_MAX)
      open = open.filter((to) => to === from || (reach.get(to.chain) ?? 0) < to.seq)
    }
    return open
  }

  /** The events that have a place. */
  listPlaced(): Iterable<readonly [nid: number, Standing]> {
    return this.#places.entries()
  }

  #standingsOf(nid: number): readonly Standing[] | undefined {
    const place = this.#places.get(nid)
    return place === undefined ? this.#passed.get(nid) : [place]
  }
}

/**
 * Events so that each comes after those of them that it cites, whatever order they came in. Those on a circle, which no
 * honest hash allows, are left out.
 */
export function inCitedOrder<E extends { readonly nid: number, readonly authNids: readonly number[] }>(events: readonly E[]): E[] {
  const waitingFor = new Map(events.map(({ nid }) => [nid, 0]))
  const citedBy = new Map<number, E[]>()
  for (const event of events) {
    for (const authNid of event.authNids) {
      if (!waitingFor.has(authNid)) continue
      waitingFor.set(event.nid, (waitingFor.get(event.nid) ?? 0) + 1)
      const citing = citedBy.get(authNid)
      if (citing === undefined) citedBy.set(authNid, [event])
      else citing.push(event)
    }
  }
  const ordered = events.filter(({ nid }) => waitingFor.get(nid) === 0)
  // The list grows while it is read.
  for (const { nid } of ordered) {
    for (const citing of citedBy.get(nid) ?? []) {
      const left = (waitingFor.get(citing.nid) ?? 0) - 1
      waitingFor.set(citing.nid, left)
      if (left === 0) ordered.push(citing)
    }
  }
  return ordered
}
