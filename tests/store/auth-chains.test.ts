import fc from 'fast-check'
import { sql } from 'kysely'
import t from 'tap'
import type { JsonObject } from '../../src/matrix/json.ts'
import { authChain, authDifference, conflictedSubgraph } from '../../src/matrix/state-resolution/auth-chain.ts'
import type { StateMap } from '../../src/matrix/state-resolution/resolution.ts'
import { resolveState } from '../../src/matrix/state-resolution/resolve-state.ts'
import { keyOf, roomIdIn, versionOf } from '../unit/matrix/room-of-events.ts'
import { AuthChains } from '../../src/rooms/auth-chains/auth-chains.ts'
import { ResolutionThread } from '../../src/rooms/state/resolution-thread.ts'
import { StateResolver } from '../../src/rooms/state/state-resolver.ts'
import { CITABLE_TYPES } from '../../src/store/rooms/auth-chains.ts'
import { openDatabase, type Db } from '../../src/store/database.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLog } from '../../src/util/log.ts'
import { createTestDatabase } from '../support/database.ts'
import { createTestServer } from '../support/server.ts'
import { Talk } from '../support/talk.ts'
import { anyGraph, type Graph } from '../unit/matrix/event-graph.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { deepGraph } from './chains/deep-graph.ts'
import { memberGraph } from './chains/member-graph.ts'
import { StoredGraph } from './chains/stored-graph.ts'

const { db, close } = openDatabase(await createTestDatabase(t), silentLog)
t.teardown(close)

const WRITTEN_TOGETHER = 4
/** So many random graphs of each kind; more where somebody asks for them. */
const RUNS = Number(process.env['HEARTH_GRAPHS'] ?? 8)

/** How the events come to their places: when they are first needed, as they are written, in an import, or some so and some so. */
const WAYS = ['late', 'at once', 'both', 'imported', 'pending'] as const

async function store(graph: Graph, way: typeof WAYS[number]): Promise<{ stored: StoredGraph, chains: AuthChains }> {
  const stored = await StoredGraph.create(db, graph.version, roomIdIn(graph.version))
  const chains = new AuthChains(db)
  const events = [...graph.events.values()]
  const middle = events.length >> 1
  const [before, after] = [events.slice(0, middle), events.slice(middle)]
  if (way === 'late') await stored.write(events)
  if (way === 'both') await stored.write(before)
  const placing = chains.beginImport(stored.nid)
  if (way === 'imported') for (const half of [before.slice(0, 5), before.slice(5)]) await stored.write(half, placing)
  const inTurn = way === 'late' ? [] : way === 'both' || way === 'imported' ? after : events
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
  const whole = states.map((state) => state.values())
  const walked = [authDifference(whole, find), conflictedSubgraph(conflicted, find), authChain(cited, find)]
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

t.test('chains tell what a walk would find', { timeout: 3_600_000 }, async (t) => {
  for (const id of ['11', '12']) {
    for (const way of WAYS) {
      await t.resolves(fc.assert(fc.asyncProperty(
        anyGraph(id, 25), fc.array(fc.nat(50), { minLength: 2, maxLength: 3 }), fc.boolean(),
        async ({ graph, tips }, seeds, isSane) => {
          const states = isSane ? tips.map((tip) => graph.stateAfter(tip)) : anyStates(graph, seeds)
          for (const [found, expected] of await ask(graph, way, states)) {
            if (found !== expected) throw new Error(`${found} and not ${expected}`)
          }
        },
      ), { numRuns: RUNS, endOnFailure: true }), `version ${id}, ${way}`)
    }
  }
})

t.test('states are resolved alike by what is stored of them', { timeout: 3_600_000 }, async (t) => {
  for (const id of ['1', '2', '10', '12']) {
    for (const way of ['at once', 'pending'] as const) {
      await t.resolves(fc.assert(fc.asyncProperty(anyGraph(id, 16), fc.nat(30), fc.boolean(), async ({ graph, tips }, rejected, isSane) => {
        graph.reject(`N${rejected}`)
        const states = isSane ? tips.map((tip) => graph.stateAfter(tip)) : anyStates(graph, tips.map((_, index) => rejected + index * 3))
        const [found, expected] = await resolveBoth(graph, way, states)
        if (found !== expected) throw new Error(`${found} and not ${expected}`)
      }), { numRuns: RUNS, endOnFailure: true }), `version ${id}, ${way}`)
    }
  }
})

async function countLinks(database: Db): Promise<number> {
  const { rows } = await sql<{ links: number }>`select count(*)::int as links from auth_chain_links`.execute(database)
  return rows[0]?.links ?? 0
}

t.test('a deep chain with many forks takes few rows and no recursion (A21)', { timeout: 120_000 }, async (t) => {
  const version = versionOf('12')
  const { events, tip, forks } = deepGraph(version, 5000, 100)
  const stored = await StoredGraph.create(db, version, roomIdIn(version))
  await stored.write(events)
  const chains = new AuthChains(db)
  const byId = new Map(events.map((event) => [event.eventId, event]))
  const [create, joined, power] = events.map(keyOf)
  const ends = [tip, ...forks]
  const states = [tip, ...forks.slice(0, 9)].map((end) => new Map([
    [create ?? '', events[0]?.eventId ?? ''], [joined ?? '', events[1]?.eventId ?? ''], [power ?? '', end],
  ]))
  const { partial, agreed, unconflicted } = stored.separate(states)
  const difference = await chains.difference(stored, partial.map((state) => [...state.values()]), unconflicted)
  const find = (eventId: string): readonly string[] | undefined => byId.get(eventId)?.authEvents
  t.strictSame(stored.idsOf(difference), [...authDifference(states.map((state) => state.values()), find)].sort())
  t.equal((await chains.conflictedSubgraph(stored, stored.nidsOf(ends))).length, ends.length, 'no fork leads to another')
  const upper = await chains.conflictedSubgraph(stored, stored.nidsOf([tip, '$p0:a.test']))
  t.equal(upper.length, 5000, 'all between the first and the last')
  const links = await countLinks(db)
  t.ok(links < 2 * ends.length, `${links} links`)
  const resolver = new StateResolver({ db, chains, clock: systemClock, log: silentLog })
  const resolved = await resolver.resolve({ room: stored, states: partial, unconflicted })
  t.strictSame([...agreed.values(), ...stored.idsOf(resolved.values())].sort(),
    [...resolveState(version, states, { findEvent: (eventId) => byId.get(eventId) }).values()].sort())
  await resolver.close()
})

t.test('much that is in conflict is resolved in a thread', { timeout: 120_000 }, async (t) => {
  for (const version of [versionOf('10'), versionOf('12')]) {
    const { events, states } = memberGraph(version, 300, 300)
    const stored = await StoredGraph.create(db, version, roomIdIn(version))
    const chains = new AuthChains(db)
    for (let at = 0; at < events.length; at += 100) await stored.write(events.slice(at, at + 100), chains)
    const { partial, agreed, unconflicted } = stored.separate(states)
    const resolver = new StateResolver({ db, chains, clock: systemClock, log: silentLog })
    const resolve = async () => [...agreed.values(), ...stored.idsOf(
      (await resolver.resolve({ room: stored, states: partial, unconflicted })).values(),
    )].sort()
    const byId = new Map(events.map((event) => [event.eventId, event]))
    const expected = [...resolveState(version, states, { findEvent: (eventId) => byId.get(eventId) }).values()].sort()
    t.strictSame(await Promise.all([resolve(), resolve()]), [expected, expected], 'one after the other')
    await resolver.close()
    t.ok(await countLinks(db) <= events.length, 'a row for an event at most')
  }
})

t.test('a resolution that takes too long is given up, and the next one is not', async (t) => {
  const clock = new FakeClock()
  const thread = new ResolutionThread({ clock, log: silentLog })
  t.teardown(() => thread.close())
  const stuck = thread.run('12', () => {
    clock.advance(60_000)
    return Promise.withResolvers<never>().promise
  })
  const late = thread.run('12', async (resolving) => resolving.listKeys([]))
  await t.rejects(stuck, { message: /took too long/ })
  t.strictSame(await late, [])
  await t.rejects(thread.run('unheard of', async () => undefined), { message: /ended/ }, 'a thread that ends fails who asked')
  t.strictSame(await thread.run('1', async (resolving) => resolving.resolve({ states: [], full: [], unconflicted: [], powerLine: [] })), [])
})

interface Placed {
  readonly nid: number
  readonly type: string
  readonly is_state: boolean
  readonly auth_nids: number[]
  readonly chain_nid: number | null
}

async function listEvents(database: Db, room: number): Promise<{ events: readonly Placed[], links: number }> {
  const { rows: events } = await sql<Placed>`
    select events.nid, type, is_state, auth_nids, chain_nid from events join state_keys on state_keys.nid = events.key_nid
    where room_nid = ${room} order by events.nid`.execute(database)
  return { events, links: await countLinks(database) }
}

t.test('what is sent here is placed as it is written, and costs no row for what nobody cites', async (t) => {
  const world = await createTestServer(t)
  const talk = new Talk(world.api)
  const database = openDatabase(world.connection, silentLog, 2)
  t.teardown(() => database.close())
  const [alice, bob, carol] = [await world.register('alice'), await world.register('bob'), await world.register('carol')]
  const roomId = await talk.create(alice, { preset: 'public_chat', name: 'Chains', topic: 'of rooms' })
  const room = await world.services.rooms.get(roomId)
  await talk.join(bob, roomId)
  await talk.say(bob, roomId, 'hello')
  const append = async (sender: string, type: string, stateKey: string, content: JsonObject) =>
    world.services.writer.append(await world.services.rooms.get(roomId), [{ type, sender, stateKey, content }])
  await append(bob.userId, 'm.room.member', bob.userId, { membership: 'join', displayname: 'Bob' })
  room.spoil()
  await append(alice.userId, 'm.room.power_levels', '', { users: {}, invite: 0 })
  const renamed = append(bob.userId, 'm.room.member', bob.userId, { membership: 'join', displayname: 'Bobby' })
  await Promise.all([talk.join(carol, roomId), renamed])
  const { events, links } = await listEvents(database.db, room.nid)
  const placed = events.filter((event) => event.chain_nid !== null)
  t.strictSame(placed.map(({ type }) => type).sort(), events.map(({ type }) => type).filter((type) => CITABLE_TYPES.includes(type)).sort())
  t.ok(links <= events.filter((event) => event.is_state).length, `${links} links`)
  const cited = new Map(events.map(({ nid, auth_nids: nids }) => [String(nid), nids.map(String)]))
  const chains = new AuthChains(database.db)
  for (const { nid, auth_nids: nids } of events) {
    const found: number[] = []
    for await (const page of chains.chain(room, [nid])) found.push(...page)
    t.strictSame(found.map(String).sort(), [...authChain(nids.map(String), (id) => cited.get(id))].sort())
  }
})
