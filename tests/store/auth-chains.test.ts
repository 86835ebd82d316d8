import fc from 'fast-check'
import t from 'tap'
import { authChain, authDifference, conflictedSubgraph } from '../../src/matrix/state-resolution/auth-chain.ts'
import type { StateMap } from '../../src/matrix/state-resolution/resolution.ts'
import { keyOf, roomIdIn } from '../unit/matrix/room-of-events.ts'
import { AuthChains } from '../../src/rooms/auth-chains.ts'
import { StateResolver } from '../../src/rooms/state-resolver.ts'
import { openDatabase } from '../../src/store/database.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLog } from '../../src/util/log.ts'
import { createTestDatabase } from '../support/database.ts'
import { anyGraph, type Graph } from '../unit/matrix/event-graph.ts'
import { StoredGraph } from './chains/stored-graph.ts'

const { db, close } = openDatabase(await createTestDatabase(t), silentLog)
t.teardown(close)

const WRITTEN_TOGETHER = 4

/** How the events come to their places: when they are first needed, as they are written, or some so and some so. */
const WAYS = ['late', 'at once', 'both', 'pending'] as const

async function store(graph: Graph, way: typeof WAYS[number]): Promise<{ stored: StoredGraph, chains: AuthChains }> {
  const stored = await StoredGraph.create(db, graph.version, roomIdIn(graph.version))
  const chains = new AuthChains(db)
  const events = [...graph.events.values()]
  const middle = events.length >> 1
  const [before, after] = [events.slice(0, middle), events.slice(middle)]
  if (way === 'late') await stored.write(events)
  if (way === 'both') await stored.write(before)
  const inTurn = way === 'late' ? [] : way === 'both' ? after : events
  for (let at = 0; at < inTurn.length; at += WRITTEN_TOGETHER) {
    const isPending = way === 'pending' && at >= middle
    await stored.write(inTurn.slice(at, at + WRITTEN_TOGETHER), chains, isPending)
  }
  return { stored, chains: way === 'pending' ? chains : new AuthChains(db) }
}

/** States of arbitrary entries, as no server should ever come to. */
function anyStates(graph: Graph, seeds: readonly number[]): StateMap[] {
  const byKey = Map.groupBy(graph.events.values(), keyOf)
  return seeds.map((seed) => new Map([...byKey].flatMap(([key, events], index) => {
    const chosen = events[(seed + index * (seed % 7)) % (events.length + 1)]
    return chosen === undefined ? [] : [[key, chosen.eventId] as const]
  })))
}

async function ask(graph: Graph, way: typeof WAYS[number], states: readonly StateMap[]): Promise<readonly (readonly [string, string])[]> {
  const { stored, chains } = await store(graph, way)
  const { partial, unconflicted } = stored.separate(states)
  const sets = partial.map((state) => [...state.values()])
  const conflicted = new Set(partial.flatMap((state) => stored.idsOf(state.values())))
  const find = (eventId: string): readonly string[] | undefined => graph.events.get(eventId)?.authEvents
  const chained: number[] = []
  for await (const page of chains.chain(stored, stored.nidsOf(states[0]?.values() ?? []))) chained.push(...page)
  const cited = [...states[0]?.values() ?? []].flatMap((eventId) => find(eventId) ?? [])
  const difference = await chains.difference(stored, sets, unconflicted)
  const subgraph = await chains.conflictedSubgraph(stored, stored.nidsOf(conflicted))
  const walked = [authDifference(states.map((state) => state.values()), find), conflictedSubgraph(conflicted, find), authChain(cited, find)]
  // What is not written yet is asked for by nobody but who resolves states.
  const found = [difference, subgraph, ...way === 'pending' ? [] : [chained]]
  return found.map((nids, index) => [stored.idsOf(nids).join(), [...walked[index] ?? []].sort().join()])
}

/** The names of what comes out of the states, by their differences and as a whole. */
async function resolveBoth(graph: Graph, way: typeof WAYS[number], states: readonly StateMap[]): Promise<[string, string]> {
  const { stored, chains } = await store(graph, way)
  const { partial, agreed, unconflicted } = stored.separate(states)
  const resolver = new StateResolver({ db, chains, clock: systemClock, log: silentLog })
  const resolved = await resolver.resolve({
    room: stored, states: partial, unconflicted, uncommitted: stored.listPending(graph.events.values()),
  })
  for (const [key, nid] of resolved) if (stored.keyOf(nid) !== key) throw new Error('An event of another key came out')
  const outcome = [...agreed.values(), ...stored.idsOf(resolved.values())]
  return [outcome.sort().join(), [...graph.resolve(states).values()].sort().join()]
}

t.test('chains tell what a walk would find', { timeout: 240_000 }, async (t) => {
  for (const id of ['11', '12']) {
    for (const way of WAYS) {
      await t.resolves(fc.assert(fc.asyncProperty(
        anyGraph(id, 25), fc.array(fc.nat(50), { minLength: 2, maxLength: 3 }), fc.boolean(),
        async ({ graph, tips }, seeds, isSane) => {
          const states = isSane ? tips.map((tip) => graph.stateAfter(tip)) : anyStates(graph, seeds)
          for (const [found, expected] of await ask(graph, way, states)) if (found !== expected) throw new Error(`${found} and not ${expected}`)
        },
      ), { numRuns: 15, endOnFailure: true }), `version ${id}, ${way}`)
    }
  }
})

t.test('states are resolved alike by what is stored of them', { timeout: 240_000 }, async (t) => {
  for (const id of ['1', '2', '10', '12']) {
    for (const way of ['at once', 'pending'] as const) {
      await t.resolves(fc.assert(fc.asyncProperty(anyGraph(id, 16), fc.nat(30), fc.boolean(), async ({ graph, tips }, rejected, isSane) => {
        graph.reject(`N${rejected}`)
        const states = isSane ? tips.map((tip) => graph.stateAfter(tip)) : anyStates(graph, tips.map((_, index) => rejected + index * 3))
        const [found, expected] = await resolveBoth(graph, way, states)
        if (found !== expected) throw new Error(`${found} and not ${expected}`)
      }), { numRuns: 15, endOnFailure: true }), `version ${id}, ${way}`)
    }
  }
})
