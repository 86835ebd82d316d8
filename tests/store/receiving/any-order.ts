import fc from 'fast-check'
import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import type { RemoteRoom, Said } from '../../support/remote-room.ts'
import { BOB, CAROL, join, text } from './people.ts'
import { RemoteWorld, sorted, type SharedRoom } from './remote-world.ts'

const DAVE = '@dave:d.test'
const PEOPLE = [BOB, CAROL, DAVE]
const VERSIONS = ['1', '2', '3', '6', '10', '11', '12']
const PREV_MAX = 20
/** More of them, and others, are played by hand: HEARTH_GRAPHS=500 HEARTH_SEED=1. */
const RUNS = Number(process.env['HEARTH_GRAPHS'] ?? 6)
const SEED = Number(process.env['HEARTH_SEED'] ?? 20_261_121)

type Compared = Pick<typeof t, 'same'>

/** What somebody does, and after what of what was said so far. */
interface Move {
  readonly who: number
  readonly what: number
  readonly whom: number
  readonly level: number
  readonly after: readonly number[]
  readonly ts: number
}

const moves = fc.array(fc.record<Move>({
  who: fc.nat(PEOPLE.length - 1),
  what: fc.nat(9),
  whom: fc.nat(PEOPLE.length - 1),
  level: fc.constantFrom(0, 50, 100),
  after: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }),
  ts: fc.nat(30),
}), { minLength: 10, maxLength: 22 })

const world = await RemoteWorld.create(t)

function saidBy({ who, what, whom, level }: Move): Said {
  const sender = PEOPLE[who] ?? BOB
  const target = PEOPLE[whom] ?? BOB
  const state = (type: string, content: JsonObject, stateKey = ''): Said => ({ sender, type, stateKey, content })
  switch (what) {
    case 0: case 1: return state('m.room.topic', { topic: `${who}${level}` })
    case 2: return target === BOB ? text(sender, 'no') : state('m.room.member', { membership: 'ban' }, target)
    case 3: return target === BOB ? text(sender, 'no') : state('m.room.member', { membership: 'leave' }, target)
    case 4: return join(sender)
    case 5: return state('m.room.power_levels', { users: target === BOB ? { [BOB]: 100 } : { [BOB]: 100, [target]: level } })
    case 6: return state('m.room.join_rules', { join_rule: level === 50 ? 'invite' : 'public' })
    case 7: return state('m.room.name', { name: `${who}` })
    default: return text(sender, `${level}`)
  }
}

/** A room that Bob made elsewhere and alice has joined. */
async function enter(version: string): Promise<SharedRoom> {
  const shared = world.foreign(version, BOB)
  const users = version === '12' ? { [CAROL]: 50 } : { [BOB]: 100, [CAROL]: 50 }
  shared.remote.say({ sender: BOB, type: 'm.room.power_levels', stateKey: '', content: { users } })
  const joined = shared.joinOf(world.alice.userId)
  await shared.enter(joined, shared.remote.stateBefore(shared.remote.prevOf(joined)))
  return shared
}

/** Plays the moves, and brings all ends together at last. */
function play(remote: RemoteRoom, played: readonly Move[]): string[] {
  const ids = [remote.ends()[0] ?? '']
  for (const person of PEOPLE.slice(1)) ids.push(remote.say(join(person)))
  for (const move of played) {
    const prev = [...new Set(move.after.map((back) => ids[Math.max(0, ids.length - 1 - back)] ?? ''))]
    ids.push(remote.say({ ...saidBy(move), prev, ts: 1_000_000 + move.ts }))
  }
  while (remote.ends().length > 1) ids.push(remote.say({ ...text(BOB, 'together'), prev: remote.ends().slice(0, PREV_MAX) }))
  ids.push(remote.say(text(BOB, 'the end')))
  return ids.slice(1)
}

/** An order in which each event comes after those before it, chosen by numbers. */
function shuffle(remote: RemoteRoom, ids: readonly string[], choices: readonly number[]): string[] {
  const left = new Set(ids)
  const order: string[] = []
  for (let step = 0; left.size > 0; step += 1) {
    const ready = [...left].filter((id) => remote.prevOf(id).every((prev) => !left.has(prev)))
    const next = ready[(choices[step % choices.length] ?? 0) % ready.length] ?? ''
    left.delete(next)
    order.push(next)
  }
  return order
}

async function compare(t: Compared, shared: SharedRoom, ids: readonly string[]): Promise<void> {
  const { remote } = shared
  for (const id of ids) {
    t.same(await shared.stateAfter(id), sorted(remote.stateAfter(id)), `the state after ${remote.json(id)['type']}`)
    t.same(await shared.stateBefore(id), sorted(remote.stateBefore(remote.prevOf(id))), 'the state before')
  }
  const last = sorted(remote.stateBefore(remote.ends()))
  t.same(await shared.present(), last, 'in memory')
  t.same(await shared.stored(), last, 'in the database')
  await shared.forget()
  t.same(await shared.present(), last, 'read anew')
  t.same((await shared.room()).extremities().map(({ eventId }) => eventId), remote.ends())
}

const versions = fc.constantFrom(...VERSIONS)
const orders = fc.array(fc.nat(20), { minLength: 5, maxLength: 30 })
const sizes = fc.integer({ min: 1, max: 6 })

t.test('in any order of arrival each event has the state that the whole states resolve to', { timeout: 240_000 }, async (t) => {
  await fc.assert(fc.asyncProperty(versions, moves, orders, sizes, async (version, played, order, size) => {
    const shared = await enter(version)
    const { remote } = shared
    const ids = play(remote, played)
    const arrival = shuffle(remote, ids, order)
    for (let at = 0; at < arrival.length; at += size) {
      const batch = arrival.slice(at, at + size)
      const outcomes = await shared.receive(...batch)
      for (const [index, id] of batch.entries()) {
        const kind = outcomes[index]?.kind
        t.equal(kind === 'rejected', remote.isRejected(id), `${remote.json(id)['type']}: ${kind} ${outcomes[index]?.reason}`)
      }
    }
    await compare(t, shared, ids)
    if (!t.passing()) throw new Error('The states differ')
  }), { numRuns: RUNS, endOnFailure: true, seed: SEED })
})

t.test('what comes before its predecessors has the same state all the same', { timeout: 240_000 }, async (t) => {
  const picks = fc.array(fc.nat(30), { minLength: 1, maxLength: 8 })
  await fc.assert(fc.asyncProperty(versions, moves, picks, sizes, async (version, played, picked, size) => {
    const shared = await enter(version)
    const ids = play(shared.remote, played)
    const last = ids.at(-1) ?? ''
    const arrival = [...new Set([...picked.map((pick) => ids[pick % ids.length] ?? last), last])]
    for (let at = 0; at < arrival.length; at += size) await shared.receive(...arrival.slice(at, at + size))
    await compare(t, shared, ids)
    if (!t.passing()) throw new Error('The states differ')
  }), { numRuns: RUNS, endOnFailure: true, seed: SEED })
})
