import { Lru } from '../../util/lru.ts'

/** A place in a chain. Of two events in one chain the later, which has the greater `seq`, leads to the earlier. */
export interface ChainPosition {
  readonly chain: number
  readonly seq: number
}

/** The events of one chain from `seq` on lead to those of the chain `to.chain` up to `to.seq`. */
interface Link {
  readonly seq: number
  readonly to: ChainPosition
}

/** Of each chain, the `seq` up to which its events are reached. */
export type Reach = ReadonlyMap<number, number>

/** How chains lead to one another. */
export class ChainLinks {
  readonly #links: Lru<number, Link[]>
  #count = 0

  /** With a bound, links of chains that were not looked at for long are forgotten. */
  constructor(countMax = Number.POSITIVE_INFINITY) {
    this.#links = new Lru(countMax, { weigh: (links) => links.length })
  }

  /** How many links were added. */
  get count(): number {
    return this.#count
  }

  /** The same link may be added again. */
  add(from: ChainPosition, to: ChainPosition): void {
    const links = this.#links.get(from.chain) ?? []
    const at = placeAfter(links, from.seq)
    for (let before = at - 1; links[before]?.seq === from.seq; before--) {
      if (links[before]?.to.chain === to.chain && links[before]?.to.seq === to.seq) return
    }
    links.splice(at, 0, { seq: from.seq, to })
    this.#links.set(from.chain, links)
    this.#count += 1
  }

  /** The links of a chain whose `seq` is above the first number and not above the second, the latest first. */
  * between(chain: number, above: number, upTo: number): Generator<Link> {
    const links = this.#links.get(chain)
    if (links === undefined) return
    for (let at = placeAfter(links, upTo) - 1; at >= 0; at--) {
      const link = links[at]
      if (link === undefined || link.seq <= above) return
      yield link
    }
  }

  /** Adds the links of another, or those of some chains in it. */
  take(other: ChainLinks, chains?: Iterable<number>): void {
    for (const chain of chains ?? [...other.#links.entries()].map(([each]) => each)) {
      for (const { seq, to } of other.#links.get(chain) ?? []) this.add({ chain, seq }, to)
    }
  }

  /** The chains that some link of these chains leads to, whatever the `seq`, and the chains themselves. */
  closure(chains: Iterable<number>): Set<number> {
    const closure = new Set(chains)
    // A set that grows while it is read is read to its end.
    for (const chain of closure) for (const { to } of this.#links.get(chain) ?? []) closure.add(to.chain)
    return closure
  }

  /**
   * The same links told backwards: with every `seq` negative, what led to an event is what it reaches. So the least `seq`
   * from which a chain leads to some events is found as their reach.
   */
  mirrored(): ChainLinks {
    const mirrored = new ChainLinks()
    const backwards = new Map<number, Link[]>()
    for (const [chain, links] of this.#links.entries()) {
      for (const { seq, to } of links) {
        const back = { seq: -to.seq, to: { chain, seq: -seq } }
        const known = backwards.get(to.chain)
        if (known === undefined) backwards.set(to.chain, [back])
        else known.push(back)
      }
    }
    for (const [chain, links] of backwards) mirrored.#links.set(chain, links.sort((a, b) => a.seq - b.seq))
    mirrored.#count = this.#count
    return mirrored
  }

}

/**
 * What the events at these places and their auth chains reach, the events included. Follows at most so many links; with
 * fewer than needed the reach is too small, and nothing in it is wrong.
 */
export function reachFrom(
  positions: Iterable<ChainPosition>, links: ChainLinks, followMax = Number.POSITIVE_INFINITY,
): Map<number, number> {
  const reach = new Map<number, number>()
  extendReach(reach, positions, links, followMax)
  return reach
}

/** Adds to a reach what further places reach. */
export function extendReach(
  reach: Map<number, number>, positions: Iterable<ChainPosition>, links: ChainLinks, followMax = Number.POSITIVE_INFINITY,
): void {
  const waiting: { chain: number, above: number }[] = []
  const raise = ({ chain, seq }: ChainPosition): void => {
    const known = reach.get(chain)
    if (known !== undefined && known >= seq) return
    reach.set(chain, seq)
    waiting.push({ chain, above: known ?? Number.NEGATIVE_INFINITY })
  }
  for (const position of positions) raise(position)
  let followed = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const link of links.between(next.chain, next.above, reach.get(next.chain) ?? next.above)) {
      followed += 1
      if (followed > followMax) return
      raise(link.to)
    }
  }
}

/** Where in the list, which is in the order of `seq`, the first link of a greater `seq` is. */
function placeAfter(links: readonly Link[], seq: number): number {
  let low = 0
  let high = links.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((links[middle]?.seq ?? seq) <= seq) low = middle + 1
    else high = middle
  }
  return low
}
