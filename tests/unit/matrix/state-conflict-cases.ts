import fc from 'fast-check'
import t from 'tap'
import { authTypesFor } from '../../../src/matrix/auth-events.ts'
import { impliedCreateEvent } from '../../../src/matrix/event.ts'
import { stateKeyText } from '../../../src/matrix/room-state.ts'
import { authDifference, conflictedSubgraph } from '../../../src/matrix/state-resolution/auth-chain.ts'
import type { FindEvent, StateMap } from '../../../src/matrix/state-resolution/resolution.ts'
import { resolveConflicts } from '../../../src/matrix/state-resolution/resolve-state.ts'
import { anyGraph, usualRoom, VERSIONS, power, ALICE, BOB, topic, type Graph } from './event-graph.ts'

/** What the states agree in, and each without that. */
export function separate(states: readonly StateMap[]): { unconflicted: Map<string, string>, partial: Map<string, string>[] } {
  const [first = new Map<string, string>(), ...others] = states
  const unconflicted = new Map([...first].filter(([key, eventId]) => others.every((other) => other.get(key) === eventId)))
  return { unconflicted, partial: states.map((state) => new Map([...state].filter(([key]) => !unconflicted.has(key)))) }
}

/** Resolves by what the states differ in, with no more events at hand than that needs. */
function resolvePartially(graph: Graph, states: readonly StateMap[]): StateMap {
  const { version } = graph
  const { unconflicted, partial } = separate(states)
  const find: FindEvent = (eventId) => graph.events.get(eventId)
  const findAuthEvents = (eventId: string): readonly string[] | undefined => find(eventId)?.authEvents
  const conflicted = new Set(partial.flatMap((state) => [...state.values()]))
  if (conflicted.size === 0) return unconflicted
  const full = new Set([
    ...conflicted, ...authDifference(states.map((state) => state.values()), findAuthEvents),
    ...version.stateResolution === 'v2.1' ? conflictedSubgraph(conflicted, findAuthEvents) : [],
  ])
  const needed = new Set(full)
  for (const eventId of full) {
    const event = find(eventId)
    if (event === undefined) continue
    for (const each of [...event.authEvents, impliedCreateEvent(event, version) ?? '']) needed.add(each)
    for (const key of authTypesFor(event, version)) needed.add(unconflicted.get(stateKeyText(key)) ?? '')
  }
  const powerLine = new Map([...graph.events.values()].filter((event) => event.type === 'm.room.power_levels').map((event) => [
    event.eventId, event.authEvents.find((eventId) => find(eventId)?.type === 'm.room.power_levels'),
  ]))
  const resolved = resolveConflicts(version, partial, {
    findEvent: (eventId) => needed.has(eventId) ? find(eventId) : undefined,
    findUnconflicted: (key) => unconflicted.get(key),
    fullConflictedSet: full,
    powerLine,
  })
  return new Map([...unconflicted, ...resolved])
}

export function testStateConflicts(): void {
  t.test('states are resolved alike by what they differ in', { timeout: 120_000 }, async (t) => {
    for (const id of VERSIONS) {
      t.doesNotThrow(() => fc.assert(fc.property(anyGraph(id, 14), ({ graph, tips }) => {
        const states = tips.map((tip) => graph.stateAfter(tip))
        const whole = graph.namesOf(graph.resolve(states)).join()
        return whole === graph.namesOf(resolvePartially(graph, states)).join()
          && whole === graph.namesOf(resolvePartially(graph, states.toReversed())).join()
      }), { numRuns: 60 }), `version ${id}`)
    }
  })

  t.test('what the states agree in does not come out', async (t) => {
    for (const id of VERSIONS) {
      const graph = usualRoom(id)
      graph.send('P', ['START'], power(ALICE, { [ALICE]: 100, [BOB]: 50 }))
      graph.send('T', ['P'], topic(BOB))
      const states = [graph.stateAfter('T'), graph.stateAfter('START')]
      const { unconflicted, partial } = separate(states)
      const resolved = resolveConflicts(graph.version, partial, {
        findEvent: (eventId) => graph.events.get(eventId),
        findUnconflicted: (key) => unconflicted.get(key),
        fullConflictedSet: [...graph.events.keys()],
      })
      t.strictSame(graph.namesOf(resolved), ['P', 'T'], `version ${id}`)
    }
  })
}
