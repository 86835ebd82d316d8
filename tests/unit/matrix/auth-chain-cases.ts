import fc from 'fast-check'
import t from 'tap'
import { ChainCover, inCitedOrder, type CoveredEvent } from '../../../src/matrix/auth-chains/chain-cover.ts'
import { ChainLinks, reachFrom } from '../../../src/matrix/auth-chains/chain-links.ts'
import { differenceOf, portionsOf, reachedFrom, unreached } from '../../../src/matrix/auth-chains/chain-ranges.ts'
import { authChain } from '../../../src/matrix/state-resolution/auth-chain.ts'

/** Events of few keys that cite each some of those before them. */
const anyEvents: fc.Arbitrary<readonly CoveredEvent[]> = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 4 }), fc.array(fc.nat(), { maxLength: 4 })), { minLength: 1, maxLength: 40 },
).map((drafts) => drafts.map(([key, cited], index) => {
  const nid = 1000 + index
  return { nid, key, authNids: [...new Set(index === 0 ? [] : cited.map((at) => 1000 + index - 1 - at % Math.min(index, 12)))] }
}))

function coverOf(events: readonly CoveredEvent[]): ChainCover {
  const cover = new ChainCover()
  for (const event of events) cover.assign(event)
  return cover
}

function walk(events: readonly CoveredEvent[], nids: readonly number[]): ReadonlySet<string> {
  const byId = new Map(events.map(({ nid, authNids }) => [String(nid), authNids.map(String)]))
  return authChain(nids.map(String), (id) => byId.get(id))
}

function reached(cover: ChainCover, nids: readonly number[]): string[] {
  const reach = reachFrom(nids.flatMap((nid) => cover.positionsOf(nid) ?? []), cover.links)
  return [...cover.listPlaced()].filter(([, { chain, seq }]) => seq <= (reach.get(chain) ?? 0)).map(([nid]) => String(nid)).sort()
}

export function testAuthChains(): void {
  t.test('a cover tells what a walk would find', async (t) => {
    t.doesNotThrow(() => fc.assert(fc.property(anyEvents, (events) => {
      const cover = coverOf(events)
      return events.every(({ nid }) => reached(cover, [nid]).join() === [...walk(events, [nid])].sort().join())
    }), { numRuns: 300 }))
  })

  t.test('and backwards what leads to an event', async (t) => {
    t.doesNotThrow(() => fc.assert(fc.property(anyEvents, fc.nat(), (events, chosen) => {
      const cover = coverOf(events)
      const target = 1000 + chosen % events.length
      const [position] = cover.positionsOf(target) ?? []
      if (position === undefined) return false
      const least = reachFrom([{ chain: position.chain, seq: -position.seq }], cover.links.mirrored())
      return [...cover.listPlaced()].every(([nid, { chain, seq }]) =>
        walk(events, [nid]).has(String(target)) === (-seq <= (least.get(chain) ?? Number.NEGATIVE_INFINITY)))
    }), { numRuns: 300 }))
  })

  t.test('what is reached already costs no link', async (t) => {
    const cover = new ChainCover()
    const assign = (nid: number, key: number, ...authNids: number[]) => cover.assign({ nid, key, authNids })
    const [create, alice, levels, rules, bob] = [1, 2, 3, 4, 5]
    t.strictSame(assign(10, create), { chain: 10, seq: 1, links: [] })
    t.strictSame(assign(11, alice, 10), { chain: 11, seq: 1, links: [{ chain: 10, seq: 1 }] })
    t.strictSame(assign(12, levels, 10, 11), { chain: 12, seq: 1, links: [{ chain: 11, seq: 1 }] })
    t.strictSame(assign(13, rules, 10, 12, 11), { chain: 13, seq: 1, links: [{ chain: 12, seq: 1 }] })
    t.strictSame(assign(14, bob, 10, 12, 13), { chain: 14, seq: 1, links: [{ chain: 13, seq: 1 }] })
    t.strictSame(assign(15, bob, 10, 12, 13, 14), { chain: 14, seq: 2, links: [] }, 'a later one of the same key goes on')
    t.strictSame(assign(16, levels, 10, 11, 12), { chain: 12, seq: 2, links: [] })
    t.strictSame(assign(17, bob, 10, 16, 13, 15), { chain: 14, seq: 3, links: [{ chain: 12, seq: 2 }] })
    t.strictSame(assign(18, bob, 10, 12, 13, 15), { chain: 18, seq: 1, links: [{ chain: 14, seq: 2 }] }, 'a fork begins a chain')
    t.equal(assign(19, bob, 99), undefined, 'what cites an event that is not known waits')
    cover.pass(20, [16, 14])
    t.strictSame(cover.positionsOf(20)?.map(({ chain, seq }) => [chain, seq]), [[12, 2], [14, 1]])
    t.notOk(cover.isPlaced(20))
    t.equal(assign(21, bob, 20)?.links.length, 2, 'through an event without a place lead its auth events')
  })

  t.test('long chains cost neither stack nor rows', async (t) => {
    const events: CoveredEvent[] = [{ nid: 1, key: 0, authNids: [] }]
    for (let nid = 2; nid <= 50_000; nid++) events.push({ nid, key: nid % 50, authNids: [nid - 1, Math.max(1, nid - 50)] })
    const cover = coverOf(events)
    t.ok(cover.links.count <= events.length, `${cover.links.count} links`)
    const reach = reachFrom(cover.positionsOf(50_000) ?? [], cover.links)
    t.equal([...reach.values()].reduce((sum, seq) => sum + seq, 0), 50_000)
  })

  t.test('ranges', async (t) => {
    const reach = (...entries: [number, number][]) => new Map(entries)
    t.strictSame(differenceOf([reach([1, 5], [2, 3]), reach([1, 2], [2, 3], [3, 1])]), [
      { chain: 1, from: 3, to: 5 }, { chain: 3, from: 1, to: 1 },
    ])
    t.strictSame(differenceOf([reach([1, 5])]), [])
    const two = [{ chain: 1, from: 3, to: 5 }, { chain: 2, from: 1, to: 1 }]
    t.strictSame(unreached(two, reach([1, 4], [2, 1])), [{ chain: 1, from: 5, to: 5 }])
    t.strictSame(reachedFrom(reach([1, 5], [2, 1]), reach([1, 2])), [{ chain: 1, from: 2, to: 5 }])
    t.strictSame([...portionsOf([{ chain: 1, from: 1, to: 5 }, { chain: 2, from: 1, to: 2 }], 3)], [
      [{ chain: 1, from: 1, to: 3 }], [{ chain: 1, from: 4, to: 5 }, { chain: 2, from: 1, to: 1 }], [{ chain: 2, from: 2, to: 2 }],
    ])
  })

  t.test('events in an order in which each can be placed', async (t) => {
    const events = [
      { nid: 3, authNids: [2, 1] }, { nid: 1, authNids: [] }, { nid: 2, authNids: [1, 7] },
      { nid: 8, authNids: [9] }, { nid: 9, authNids: [8] },
    ]
    t.strictSame(inCitedOrder(events).map(({ nid }) => nid), [1, 2, 3], 'a circle is left out')
    const links = new ChainLinks()
    links.add({ chain: 1, seq: 2 }, { chain: 2, seq: 1 })
    links.add({ chain: 1, seq: 2 }, { chain: 2, seq: 1 })
    t.equal(links.count, 1, 'a link is there once')
    t.strictSame([...reachFrom([{ chain: 1, seq: 1 }], links)], [[1, 1]])
    t.strictSame([...links.closure([1])], [1, 2])
  })
}
