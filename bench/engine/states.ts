// The state before any event of a long, linear room with many members, and what such a room's events cost in rows.
import type { Draft } from '../../src/rooms/draft.ts'
import { stateBefore, type StateReference } from '../../src/rooms/state/state-reference.ts'
import { makeAccounts, makeRooms } from '../fixtures.ts'
import { latencyMetrics, median } from '../stats.ts'
import type { EngineRow } from './engine-row.ts'
import { costOf, type EngineWorld } from './engine-world.ts'
import { countRows, type RowCounts } from './row-counts.ts'

const batch = 250
const keysAsked = 20
const keyReads = 500
const fullReads = 15

interface StatesFixture {
  readonly roomId: string
  readonly joins: number
  readonly messages: number
  readonly perJoin: RowCounts
  readonly perMessage: RowCounts
}

export async function measureStates(world: EngineWorld, events: number, members: number): Promise<EngineRow[]> {
  const fixture = await world.fixtures.get(`states ${events} ${members}`, () => makeRoom(world, events, members))
  const room = await world.services.rooms.get(fixture.roomId)
  const references = await listReferences(world, room.nid, keyReads)
  return [
    { case: 'rows a state event', metrics: { ...fixture.perJoin } },
    { case: 'rows a message', metrics: { ...fixture.perMessage } },
    ...await measureKeys(world, room.nid, references, members),
    await measureFullState(world, room.nid, references.slice(0, fullReads), false),
    await measureFullState(world, room.nid, references.slice(0, fullReads), true),
  ]
}

/** Joins stand all over the room's life. Rows are counted while only joins, then only messages, are written. */
async function makeRoom(world: EngineWorld, events: number, members: number): Promise<StatesFixture> {
  const setup = { server: world.server, fixtures: world.fixtures }
  const [creator] = await makeAccounts(setup, 'engine', 1)
  if (creator === undefined) throw new Error('Nobody was registered')
  const [roomId = ''] = await makeRooms(setup, 'States', [[creator]])
  const perRound = Math.round(batch * events / members)
  let [joins, messages, rounds] = [0, 0, 0]
  const sums: { perJoin: RowCounts, perMessage: RowCounts } = { perJoin: {}, perMessage: {} }
  while (joins + messages < events) {
    const joinDrafts = Array.from({ length: batch }, (_, index) => joinOf(joins + index))
    // Counting reads whole tables, so it is done in the first rounds only.
    const counted = rounds < 3
    const beforeJoins = counted ? await countRows(world) : {}
    await append(world, roomId, joinDrafts)
    const afterJoins = counted ? await countRows(world) : {}
    const texts = Array.from({ length: perRound - batch }, (_, index) => messageOf(creator.userId, messages + index))
    for (let start = 0; start < texts.length; start += batch) await append(world, roomId, texts.slice(start, start + batch))
    if (counted) {
      const afterMessages = await countRows(world)
      sums.perJoin = differences(beforeJoins, afterJoins, joinDrafts.length)
      sums.perMessage = differences(afterJoins, afterMessages, texts.length)
    }
    joins += joinDrafts.length
    messages += texts.length
    rounds += 1
  }
  return { roomId, joins, messages, ...sums }
}

function differences(before: RowCounts, after: RowCounts, operations: number): RowCounts {
  const names = Object.keys(after).filter((name) => after[name] !== before[name])
  return Object.fromEntries(names.map((name) => [name, ((after[name] ?? 0) - (before[name] ?? 0)) / operations]))
}

async function append(world: EngineWorld, roomId: string, drafts: readonly Draft[]): Promise<void> {
  await world.services.writer.append(await world.services.rooms.get(roomId), drafts)
}

const memberId = (index: number) => `@engine-member-${index}:localhost`

function joinOf(index: number): Draft {
  const userId = memberId(index)
  const content = { membership: 'join', displayname: `Member number ${index}` }
  return { type: 'm.room.member', sender: userId, stateKey: userId, content }
}

function messageOf(sender: string, index: number): Draft {
  return { type: 'm.room.message', sender, content: { msgtype: 'm.text', body: `Message number ${index} of a room that gets long.` } }
}

/** The states before events of the room chosen at random, the first of them in the last tenth, where the state is largest. */
async function listReferences(world: EngineWorld, room: number, count: number): Promise<StateReference[]> {
  const rows = await world.database.db.selectFrom('events').select('nid').where('room_nid', '=', room).orderBy('pos').execute()
  const late = rows.slice(-Math.ceil(rows.length / 10))
  const chosen = [...pick(late, fullReads), ...pick(rows, count)]
  const events = await world.services.events.list(chosen.map(({ nid }) => nid))
  return events.flatMap((event) => stateBefore(event) ?? [])
}

function pick<Item>(items: readonly Item[], count: number): Item[] {
  return Array.from({ length: count }, () => items[Math.floor(Math.random() * items.length)]).filter((item) => item !== undefined)
}

interface Question {
  readonly reference: StateReference
  readonly keys: readonly { readonly type: string, readonly stateKey: string }[]
}

/** At first asking most of the events are read as well; when the same is asked again only which they are. */
async function measureKeys(
  world: EngineWorld, room: number, references: readonly StateReference[], members: number,
): Promise<EngineRow[]> {
  const newQuestion = (reference: StateReference): Question => {
    const indexes = Array.from({ length: keysAsked }, () => Math.floor(Math.random() * members))
    return { reference, keys: indexes.map((index) => ({ type: 'm.room.member', stateKey: memberId(index) })) }
  }
  for (const reference of references) await world.services.statesAt.find(room, reference, newQuestion(reference).keys)
  const questions = references.map(newQuestion)
  return [
    { case: `${keysAsked} keys of the state before any event`, metrics: await askAll(world, room, questions) },
    { case: `${keysAsked} keys, their events in memory`, metrics: await askAll(world, room, questions) },
  ]
}

async function askAll(world: EngineWorld, room: number, questions: readonly Question[]): Promise<Record<string, number>> {
  const latenciesMs: number[] = []
  let found = 0
  const cost = await costOf(world, async () => {
    for (const { reference, keys } of questions) {
      const startedMs = performance.now()
      found += (await world.services.statesAt.find(room, reference, keys)).length
      latenciesMs.push(performance.now() - startedMs)
    }
  })
  return {
    ...latencyMetrics('', latenciesMs), cpu_ms: cost.cpuMs / questions.length,
    postgres_cpu_ms: cost.postgresCpuMs / questions.length, found: found / questions.length,
  }
}

/** As the ids that other servers ask for, or as events. */
async function measureFullState(
  world: EngineWorld, room: number, references: readonly StateReference[], asEvents: boolean,
): Promise<EngineRow> {
  const { statesAt } = world.services
  let entries = 0
  const read = async (reference: StateReference) => {
    entries = 0
    if (asEvents) entries = (await statesAt.list(room, reference)).length
    else for await (const page of statesAt.pages(room, reference)) entries += page.length
  }
  for (const reference of references.slice(0, 3)) await read(reference)
  const costs = []
  for (const reference of references) costs.push(await costOf(world, () => read(reference)))
  return {
    case: `full state before an event, as ${asEvents ? 'events' : 'ids'}`,
    metrics: {
      entries,
      p50_ms: median(costs.map(({ tookMs }) => tookMs)),
      min_ms: Math.min(...costs.map(({ tookMs }) => tookMs)),
      loop_delay_p50_ms: median(costs.map(({ loopDelayMs }) => loopDelayMs)),
      cpu_ms: median(costs.map(({ cpuMs }) => cpuMs)),
      postgres_cpu_ms: median(costs.map(({ postgresCpuMs }) => postgresCpuMs)),
    },
  }
}
