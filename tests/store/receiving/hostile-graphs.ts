import fc from 'fast-check'
import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import type { Said } from '../../support/remote-room.ts'
import { checkRoom } from './check-room.ts'
import { BOB, CAROL, join, text } from './people.ts'
import { RemoteWorld, type SharedRoom } from './remote-world.ts'

const PEOPLE = [BOB, CAROL, '@dave:d.test']
/** More of them, and others, are played by hand: HEARTH_GRAPHS=500 HEARTH_SEED=1. */
const RUNS = Number(process.env['HEARTH_GRAPHS'] ?? 5)
const SEED = Number(process.env['HEARTH_SEED'] ?? 20_261_121)

/** What somebody does, after what, citing what, and what happens here meanwhile. */
const moves = fc.array(fc.record({
  who: fc.nat(2),
  what: fc.nat(9),
  whom: fc.nat(2),
  level: fc.constantFrom(0, 50, 100),
  after: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }),
  cited: fc.option(fc.array(fc.nat(15), { maxLength: 4 }), { freq: 6, nil: undefined }),
  ts: fc.nat(30),
  isHidden: fc.nat(2),
  meanwhile: fc.nat(11),
}), { minLength: 8, maxLength: 24 })

type Move = Parameters<Parameters<typeof moves.map>[0]>[0][number]

const world = await RemoteWorld.create(t)

function saidBy({ who, what, whom, level }: Move): Said {
  const sender = PEOPLE[who] ?? BOB
  const target = PEOPLE[whom] ?? BOB
  const state = (type: string, content: JsonObject, stateKey = ''): Said => ({ sender, type, stateKey, content })
  switch (what) {
    case 0: case 1: return state('m.room.topic', { topic: `${who}${level}` })
    case 2: return state('m.room.member', { membership: 'ban' }, target)
    case 3: return state('m.room.member', { membership: 'leave' }, target)
    case 4: return join(sender)
    case 5: return state('m.room.power_levels', { users: { '@alice:localhost': 100, [BOB]: 100, [target]: level } })
    case 6: return state('m.room.join_rules', { join_rule: level === 50 ? 'invite' : 'public' })
    case 7: return state('m.room.member', { membership: level === 50 ? 'leave' : 'invite' }, '@alice:localhost')
    default: return text(sender, `${level}`)
  }
}

/** The other server tells part of a state, another state, or more than there is, with an event of another room. */
function letLie({ remote }: SharedRoom, ids: readonly string[], elsewhere: JsonObject, elsewhereId: string): void {
  const listMissing = remote.listMissingEvents.bind(remote)
  let asked = 0
  remote.findStateIds = (_, __, eventId) => {
    const whole = [...remote.stateBefore(remote.prevOf(eventId)).values()]
    const at = ids.indexOf(eventId)
    const lies = [whole, whole.slice(0, 5), ids.slice(Math.max(0, at - 8), at), [...whole, elsewhereId, ...ids.slice(3, 9)]]
    asked += 1
    const state = lies[asked % lies.length] ?? whole
    return Promise.resolve({ state, authChain: remote.chainOf(state) })
  }
  remote.listMissingEvents = async (...range) => {
    const found = await listMissing(...range)
    return asked % 2 === 0 ? [...found, elsewhere, ...found] : found.slice(2)
  }
}

/** Something happens here while events are on their way. */
async function doMeanwhile(shared: SharedRoom, meanwhile: number, waiting: Promise<unknown>[]): Promise<void> {
  const { alice, talk } = world
  if (meanwhile === 6) waiting.push(talk.say(alice, shared.roomId, 'meanwhile').catch(() => undefined))
  if (meanwhile === 7) waiting.push(talk.set(alice, shared.roomId, 'm.room.name', { name: `${waiting.length}` }).catch(() => undefined))
  if (meanwhile === 8 || meanwhile === 10) await Promise.all(waiting.splice(0))
  if (meanwhile === 8 || meanwhile === 9) await shared.forget()
  if (meanwhile === 10) await shared.learn()
}

async function play(shared: SharedRoom, played: readonly Move[], elsewhere: JsonObject, elsewhereId: string): Promise<void> {
  const { remote } = shared
  const ids = [...remote.listIds(), ...PEOPLE.map((person) => remote.say(join(person)))]
  await shared.receive(...ids.slice(-PEOPLE.length))
  letLie(shared, ids, elsewhere, elsewhereId)
  const waiting: Promise<unknown>[] = []
  for (const move of played) {
    const prev = [...new Set(move.after.map((back) => ids[Math.max(1, ids.length - 1 - back)] ?? ''))]
    const auth = move.cited === undefined ? {} : { auth: [...new Set(move.cited.map((at) => ids[at % ids.length] ?? ''))] }
    const id = remote.say({ ...saidBy(move), prev, ...auth, ts: 1_700_000_000_000 + move.ts })
    ids.push(id)
    if (move.isHidden > 0) remote.hidden.add(id)
    if (move.meanwhile < 6) waiting.push(shared.receive(id))
    await doMeanwhile(shared, move.meanwhile, waiting)
  }
  await Promise.all(waiting)
}

t.test('whatever others send and tell, the room is whole, and the same in memory and in the database', { timeout: 240_000 }, async (t) => {
  const other = await world.found('11')
  await other.receive(other.remote.say(join(BOB)))
  const [elsewhereId = ''] = other.remote.ends()
  const users = { '@alice:localhost': 100, [BOB]: 100, [CAROL]: 50 }
  await fc.assert(fc.asyncProperty(fc.constantFrom('6', '10', '11'), moves, async (version, played) => {
    const shared = await world.found(version, { power_level_content_override: { users } })
    await play(shared, played, other.remote.json(elsewhereId), elsewhereId)
    t.same(await checkRoom(world, shared), [])
    const present = await shared.present()
    t.same(await shared.stored(), present)
    await shared.forget()
    t.same(await shared.present(), present, 'read anew')
    const room = await shared.room()
    const row = await world.db.selectFrom('memberships').innerJoin('users', 'users.nid', 'memberships.user_nid').select('membership')
      .where('room_nid', '=', room.nid).where('user_id', '=', world.alice.userId).executeTakeFirst()
    t.equal(row?.membership, room.membershipOf(world.alice.userId))
    if (!t.passing()) throw new Error('The room is not whole')
  }), { numRuns: RUNS, endOnFailure: true, seed: SEED })
})
