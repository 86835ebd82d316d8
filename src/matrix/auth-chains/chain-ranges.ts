import type { ChainPosition, Reach } from './chain-links.ts'

/** Events of a chain, `from` and `to` included. */
export interface ChainRange {
  readonly chain: number
  readonly from: number
  readonly to: number
}

/** What some of the reaches have and others have not. */
export function differenceOf(reaches: readonly Reach[]): ChainRange[] {
  const [first = new Map<number, number>(), ...others] = reaches
  const bounds = new Map([...first].map(([chain, seq]) => [chain, { least: seq, most: seq, of: 1 }]))
  for (const reach of others) {
    for (const [chain, seq] of reach) {
      const known = bounds.get(chain)
      if (known === undefined) bounds.set(chain, { least: seq, most: seq, of: 1 })
      else bounds.set(chain, { least: Math.min(seq, known.least), most: Math.max(seq, known.most), of: known.of + 1 })
    }
  }
  return [...bounds].flatMap(([chain, { least, most, of }]) => rangeOf(chain, of === reaches.length ? least + 1 : 1, most))
}

/** What of the ranges is not reached. */
export function unreached(ranges: readonly ChainRange[], reach: Reach): ChainRange[] {
  return ranges.flatMap(({ chain, from, to }) => rangeOf(chain, Math.max(from, (reach.get(chain) ?? 0) + 1), to))
}

/** What is in both, where `least` tells from where on it is in the other. */
export function reachedFrom(reach: Reach, least: Reach): ChainRange[] {
  return [...reach].flatMap(([chain, to]) => {
    const from = least.get(chain)
    return from === undefined ? [] : rangeOf(chain, from, to)
  })
}

/** Cuts ranges into portions of at most so many events. */
export function* portionsOf(ranges: Iterable<ChainRange>, size: number): Generator<ChainRange[]> {
  let portion: ChainRange[] = []
  let space = size
  for (const { chain, from, to } of ranges) {
    for (let start = from; start <= to;) {
      const end = Math.min(to, start + space - 1)
      portion.push({ chain, from: start, to: end })
      space -= end - start + 1
      start = end + 1
      if (space > 0) continue
      yield portion
      portion = []
      space = size
    }
  }
  if (portion.length > 0) yield portion
}

/** The first events of the ranges. */
export function startsOf(ranges: readonly ChainRange[]): ChainPosition[] {
  return ranges.map(({ chain, from }) => ({ chain, seq: from }))
}

function rangeOf(chain: number, from: number, to: number): ChainRange[] {
  return from <= to ? [{ chain, from, to }] : []
}
