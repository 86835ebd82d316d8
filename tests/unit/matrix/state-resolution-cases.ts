import fc from 'fast-check'
import t from 'tap'
import { stateKeyText } from '../../../src/matrix/room-state.ts'
import { authChain, authDifference, conflictedSubgraph } from '../../../src/matrix/state-resolution/auth-chain.ts'
import type { StateMap } from '../../../src/matrix/state-resolution/resolution.ts'
import { resolveState } from '../../../src/matrix/state-resolution/resolve-state.ts'
import {
  ALICE, anyBranches, BOB, CHARLIE, EVELYN, Graph, join, member, power, rules, topic, usualRoom, VERSIONS, ZARA,
} from './event-graph.ts'
import { versionOf } from './room-of-events.ts'

const USUAL = ['CREATE', 'IJR', 'IMA', 'IMB', 'IMC', 'IPOWER', 'START']
const moderator = { [ALICE]: 100, [BOB]: 50 }

/** What the usual room becomes: the names of events that take the place of the usual ones. */
function changed(graph: Graph, state: StateMap): readonly string[] {
  return graph.namesOf(state).filter((name) => !USUAL.includes(name))
}

/** Each: a story told on two branches, and what of it stays. From version 2 on. */
const STORIES: readonly (readonly [name: string, tell: (graph: Graph) => readonly string[], stays: readonly string[]])[] = [
  ['a ban wins over what the banned did with their power', (graph) => {
    graph.send('PA', ['START'], power(ALICE, moderator))
    graph.send('MB', ['PA'], member(ALICE, BOB, 'ban'))
    graph.send('PB', ['PA'], power(BOB, moderator))
    return ['MB', 'PB']
  }, ['MB', 'PA']],
  ['nobody evades a new join rule', (graph) => {
    graph.send('JR', ['START'], rules(ALICE, 'invite'))
    graph.send('ME', ['START'], join(EVELYN))
    return ['JR', 'ME']
  }, ['JR']],
  ['a line of power levels stays whole', (graph) => {
    graph.send('PA', ['START'], power(ALICE, moderator))
    graph.send('PB', ['PA'], power(BOB, { ...moderator, [CHARLIE]: 50 }))
    graph.send('PC', ['PB'], power(CHARLIE, { ...moderator, [CHARLIE]: 0 }))
    return ['PC', 'PA']
  }, ['PC']],
  ['who lost power does not set the topic', (graph) => {
    graph.send('T1', ['START'], topic(ALICE))
    graph.send('PA1', ['T1'], power(ALICE, moderator))
    graph.send('T2', ['PA1'], topic(ALICE))
    graph.send('PA2', ['T2'], power(ALICE, { [ALICE]: 100, [BOB]: 0 }))
    graph.send('PB', ['PA1'], power(BOB, moderator))
    graph.send('T3', ['PB'], topic(BOB))
    return ['PA2', 'T3']
  }, ['PA2', 'T2']],
  ['the topic of the banned goes back to the one before', (graph) => {
    graph.send('T1', ['START'], topic(ALICE))
    graph.send('PA', ['T1'], power(ALICE, moderator))
    graph.send('T2', ['PA'], topic(BOB))
    graph.send('MB', ['T2'], member(ALICE, BOB, 'ban'))
    return ['MB', 'T1']
  }, ['MB', 'PA', 'T1']],
  ['the topic under newer power levels wins over a later one', (graph) => {
    graph.send('T1', ['START'], topic(ALICE))
    graph.send('PA1', ['T1'], power(ALICE, moderator))
    graph.send('T2', ['PA1'], topic(ALICE))
    graph.send('PA2', ['T2'], power(ALICE, moderator, { events: { 'm.room.power_levels': 100 } }))
    graph.send('PB', ['PA1'], power(BOB, moderator))
    graph.send('T3', ['PA2'], topic(BOB))
    graph.send('T4', ['PB'], topic(ALICE))
    return ['T3', 'T4']
  }, ['PA2', 'T3']],
  ['a resolution that goes on', (graph) => {
    graph.send('T1', ['START'], topic(ALICE))
    graph.send('PA1', ['T1'], power(ALICE, moderator))
    graph.send('T2', ['PA1'], topic(ALICE))
    graph.send('PA2', ['T2'], power(ALICE, { [ALICE]: 100, [BOB]: 0 }))
    graph.send('PB', ['PA1'], power(BOB, moderator))
    graph.send('T3', ['PB'], topic(BOB))
    graph.send('MZ1', ['PA2', 'T3'], { type: 'm.room.message', sender: ZARA })
    graph.send('T4', ['MZ1'], topic(ALICE))
    return ['T4', 'MZ1']
  }, ['PA2', 'T4']],
  ['two topics: the later of equal power stays', (graph) => {
    graph.send('T1', ['START'], topic(ALICE))
    graph.send('T2', ['START'], topic(ALICE))
    return ['T1', 'T2']
  }, ['T2']],
  ['two topics of one time: the greater id stays', (graph) => {
    graph.send('TB', ['START'], { ...topic(ALICE), originServerTs: 50 })
    graph.send('TA', ['START'], { ...topic(ALICE), originServerTs: 50 })
    return ['TA', 'TB']
  }, ['TB']],
  ['a kick wins over the power of the kicked', (graph) => {
    graph.send('PA', ['START'], power(ALICE, moderator))
    graph.send('KB', ['PA'], member(ALICE, BOB, 'leave'))
    graph.send('T1', ['PA'], topic(BOB))
    return ['KB', 'T1']
  }, ['KB', 'PA']],
]

/** Version 12 knows no state that the events themselves do not lead to (MSC4297, problem A). */
function tellOldJoinRules(id: string): { graph: Graph, resolved: StateMap } {
  const graph = new Graph(versionOf(id))
  graph.send('MA1', ['CREATE'], join(ALICE))
  graph.send('P', ['MA1'], power(ALICE, { [ALICE]: 100, [BOB]: 100 }))
  graph.send('JR1', ['P'], rules(ALICE, 'public'))
  graph.send('MB', ['JR1'], join(BOB))
  graph.send('JR2', ['MB'], rules(ALICE, 'invite'))
  graph.send('MA2', ['JR2'], member(ALICE, ALICE, 'leave'))
  const right = graph.stateOf('CREATE', 'MA2', 'MB', 'P', 'JR2')
  const old = graph.stateOf('CREATE', 'MA2', 'MB', 'P', 'JR1')
  return { graph, resolved: graph.resolve([right, old]) }
}

/** One state has old power levels although what is in it leads to newer ones (MSC4297, problem B). */
function tellOldPowerLevels(id: string): { graph: Graph, resolved: StateMap } {
  const graph = new Graph(versionOf(id))
  const create = graph.version.roomIdFromCreateEvent ? [] : ['CREATE']
  graph.send('MA', ['CREATE'], join(ALICE))
  graph.send('P1', ['MA'], power(ALICE, { [ALICE]: 100 }))
  graph.send('JR', ['P1'], rules(ALICE, 'public'))
  graph.send('MB', ['JR'], join(BOB))
  graph.send('MC', ['MB'], join(CHARLIE))
  graph.send('P2', ['MC'], power(ALICE, moderator))
  graph.send('P3', ['P2'], power(BOB, { ...moderator, [CHARLIE]: 50 }))
  graph.send('ME1', ['P3'], join(EVELYN))
  graph.send('ME2', ['ME1'], { ...join(EVELYN), authEvents: [...create, 'P1', 'JR', 'ME1'] })
  graph.send('MZ', ['P3'], join(ZARA))
  const dodgy = graph.stateOf('CREATE', 'MA', 'MB', 'MC', 'ME2', 'P1', 'JR')
  const sensible = graph.stateOf('CREATE', 'MA', 'MB', 'MC', 'MZ', 'P3', 'JR')
  return { graph, resolved: graph.resolve([dodgy, sensible]) }
}

function chainsCase(): void {
  t.test('auth chains', async (t) => {
    const graph: Readonly<Record<string, readonly string[]>> = { e: ['c', 'd'], d: ['b'], c: ['b'], b: ['a'], a: [], x: ['a'], y: ['x'] }
    const find = (id: string): readonly string[] | undefined => graph[id]
    t.strictSame([...authChain(['e'], find)].sort(), ['a', 'b', 'c', 'd', 'e'])
    t.strictSame([...authChain(['e', 'gone'], find, new Set(['b']))].sort(), ['c', 'd', 'e', 'gone'])
    t.strictSame([...authDifference([['e'], ['y']], find)].sort(), ['b', 'c', 'd', 'e', 'x', 'y'])
    t.strictSame([...authDifference([['e', 'x'], ['d', 'x']], find)].sort(), ['c', 'e'])
    t.strictSame([...authDifference([['e'], ['e']], find)], [])
    t.strictSame([...conflictedSubgraph(new Set(['e', 'b']), find)].sort(), ['b', 'c', 'd', 'e'])
    t.strictSame([...conflictedSubgraph(new Set(['e', 'y']), find)].sort(), ['e', 'y'])
    const loop: Readonly<Record<string, readonly string[]>> = { a: ['b'], b: ['a'] }
    t.strictSame([...authChain(['a'], (id) => loop[id])].sort(), ['a', 'b'], 'a circle ends')
    const long = (id: string): readonly string[] => Number(id) > 0 ? [String(Number(id) - 1)] : []
    t.equal(authChain(['100000'], long).size, 100_001, 'a long chain takes no stack')
    t.equal(authDifference([['100000'], ['99000']], long).size, 1000)
  })
}

function hydraCases(): void {
  t.test('state does not fall back in version 12', async (t) => {
    const rulesAfter = tellOldJoinRules('12')
    t.strictSame(rulesAfter.graph.namesOf(rulesAfter.resolved), ['CREATE', 'JR2', 'MA2', 'MB', 'P'])
    const rulesBefore = tellOldJoinRules('11')
    t.notOk(rulesBefore.graph.namesOf(rulesBefore.resolved).includes('JR2'), 'as it did in version 11')
    const levelsAfter = tellOldPowerLevels('12')
    t.strictSame(levelsAfter.graph.namesOf(levelsAfter.resolved), ['CREATE', 'JR', 'MA', 'MB', 'MC', 'ME1', 'MZ', 'P3'])
    const levelsBefore = tellOldPowerLevels('11')
    t.notOk(levelsBefore.graph.namesOf(levelsBefore.resolved).includes('P3'), 'as it did in version 11')
  })
}

export function testStateResolution(): void {
  chainsCase()
  hydraCases()

  t.test('state resolution: stories of two branches', async (t) => {
    for (const [name, tell, stays] of STORIES) {
      for (const id of VERSIONS.filter((version) => version !== '1')) {
        const graph = usualRoom(id)
        const tips = tell(graph)
        t.strictSame(changed(graph, graph.stateAfter(...tips)), stays, `${name}, version ${id}`)
        t.strictSame(changed(graph, graph.stateAfter(...tips.toReversed())), stays, 'in the other order')
      }
    }
  })

  t.test('state resolution of version 1', async (t) => {
    const graph = usualRoom('1')
    graph.send('PA', ['START'], power(ALICE, moderator))
    graph.send('T1', ['PA'], topic(ALICE))
    graph.send('T2', ['PA'], topic(BOB))
    graph.send('T3', ['PA'], topic(CHARLIE))
    t.strictSame(changed(graph, graph.stateAfter('T1', 'T2', 'T3')), ['PA', 'T2'], 'the deepest that is allowed')
    graph.send('P1', ['START'], power(ALICE, { [ALICE]: 100, [CHARLIE]: 50 }))
    t.strictSame(changed(graph, graph.stateAfter('PA', 'P1')), ['P1'], 'power levels, one allowed by the other')
    graph.send('PB', ['PA'], power(BOB, moderator))
    graph.send('BB', ['PA'], member(ALICE, BOB, 'ban'))
    t.strictSame(changed(graph, graph.stateAfter('PB', 'BB')), ['BB', 'PA'],
      'a membership in conflict counts for nothing while levels are resolved')
    const only = graph.stateOf('CREATE', 'IMA', 'T1')
    const other = graph.stateOf('CREATE', 'IMA')
    t.ok(graph.resolve([only, other]).has(stateKeyText({ type: 'm.room.topic', stateKey: '' })), 'what one state lacks is no conflict')
  })

  t.test('rejected events and missing events', async (t) => {
    for (const id of VERSIONS.slice(1)) {
      const graph = usualRoom(id)
      graph.send('T1', ['START'], topic(ALICE))
      graph.send('T2', ['START'], topic(ALICE))
      const states = [graph.stateAfter('T1'), graph.stateAfter('T2')]
      graph.reject('T2')
      t.strictSame(changed(graph, graph.resolve(states)), ['T1'], 'a rejected event gets into no state')
      graph.events.delete(graph.idOf('T2'))
      t.strictSame(changed(graph, graph.resolve(states)), ['T1'], 'nor does one that is not there')
      graph.send('P2', ['START'], power(ALICE, { [ALICE]: 100, [BOB]: 100 }))
      graph.send('T3', ['P2'], topic(BOB))
      graph.reject('P2')
      const cited = [new Map([...graph.stateAfter('START'), ...graph.stateOf('T3')]), graph.stateAfter('START')]
      t.strictSame(changed(graph, graph.resolve(cited)), [], 'and it authorises nothing')
    }
    t.equal(resolveState(versionOf('11'), [], { findEvent: () => undefined }).size, 0)
    const one = new Map([['k', '$x']])
    t.same(resolveState(versionOf('11'), [one], { findEvent: () => undefined }), one)
    t.same(resolveState(versionOf('11'), [one, one], { findEvent: () => undefined }), one)
  })

  t.test('the auth difference may come from elsewhere', async (t) => {
    const graph = usualRoom('11')
    graph.send('T1', ['START'], topic(ALICE))
    const states = [graph.stateAfter('T1'), graph.stateAfter('START')]
    let asked = 0
    const authDifference = (): ReadonlySet<string> => new Set([`count ${asked += 1}`])
    const resolved = resolveState(graph.version, states, { findEvent: (id) => graph.events.get(id), authDifference })
    t.strictSame([changed(graph, resolved), asked], [['T1'], 1])
  })

  t.test('the order of the states and of their entries does not matter', { timeout: 120_000 }, async (t) => {
    for (const id of VERSIONS) {
      t.doesNotThrow(() => fc.assert(fc.property(anyBranches(id), ({ graph, tips }) => {
        const states = tips.map((tip) => graph.stateAfter(tip))
        const resolved = graph.namesOf(graph.resolve(states))
        const shuffled = states.toReversed().map((state) => new Map([...state].reverse()))
        const twice = graph.resolve([...shuffled, ...states])
        return resolved.join() === graph.namesOf(twice).join()
      }), { numRuns: 40 }), `version ${id}`)
    }
  })
}
