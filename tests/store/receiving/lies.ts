import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { checkRoom } from './check-room.ts'
import { BOB, CAROL, join, text } from './people.ts'
import { RemoteWorld, sorted, type SharedRoom } from './remote-world.ts'

const world = await RemoteWorld.create(t)

/** Who answers says that Carol, who came in after what is known here, is not there. */
async function lieOfCarol(): Promise<{ shared: SharedRoom, missed: string[], tellTruth(): void }> {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  const before = remote.ends()
  const missed = [remote.say(join(CAROL)), remote.say(text(BOB, 'welcome'))]
  for (const eventId of missed) remote.hidden.add(eventId)
  const { findStateIds } = remote
  remote.findStateIds = () => {
    const state = [...remote.stateBefore(before).values()]
    return Promise.resolve({ state, authChain: remote.chainOf(state) })
  }
  const tellTruth = () => {
    remote.findStateIds = findStateIds
    remote.hidden.clear()
  }
  return { shared, missed, tellTruth }
}

t.test('who is not in a state that another server told is heard by what the event cites', async (t) => {
  const { shared, missed, tellTruth } = await lieOfCarol()
  const { remote } = shared
  const said = remote.say(text(CAROL, 'hello'))
  t.same(await shared.kinds(said), ['accepted'])
  t.same((await shared.shown())[0], said)
  t.same(await shared.present(), sorted(remote.stateBefore([said])))
  t.same(await shared.stored(), await shared.present())
  tellTruth()
  const later = remote.say(text(CAROL, 'still'))
  t.same(await shared.kinds(...missed, later), ['accepted', 'accepted', 'accepted'])
  t.same(await shared.present(), sorted(remote.stateBefore([later])))
  t.same(await checkRoom(world, shared), [])
})

t.test('neither is anybody refused upon what was said after the lie', async (t) => {
  const { shared, tellTruth } = await lieOfCarol()
  const { remote } = shared
  const first = remote.say({ sender: BOB, type: 'm.room.member', stateKey: BOB, content: { membership: 'join', displayname: 'Bob' } })
  const upon = remote.say(text(BOB, 'nobody is here'))
  t.same(await shared.kinds(first, upon), ['accepted', 'accepted'])
  const said = remote.say(text(CAROL, 'I am'))
  t.same(await shared.kinds(said), ['accepted'])
  t.same(await shared.present(), sorted(remote.stateBefore([said])))
  tellTruth()
  const later = remote.say(text(CAROL, 'still'))
  t.same(await shared.kinds(later), ['accepted'])
  t.same(await shared.stateAfter(later), sorted(remote.stateAfter(later)))
  t.same(await shared.kinds(remote.say(text(CAROL, 'and on'))), ['accepted'])
  t.same(await shared.present(), sorted(remote.stateBefore(remote.ends())))
  t.same(await checkRoom(world, shared), [])
})

t.test('what a told state refuses whatever the event cites may come again', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)), remote.say(join(CAROL)))
  const missed = remote.say(text(BOB, 'welcome'))
  const said = remote.say(text(CAROL, 'hello'))
  const gone = remote.say({ sender: CAROL, type: 'm.room.member', stateKey: CAROL, content: { membership: 'leave' } })
  remote.hidden.add(missed)
  const { findStateIds } = remote
  remote.findStateIds = () => {
    const state = [...remote.stateAfter(gone).values()]
    return Promise.resolve({ state, authChain: remote.chainOf(state) })
  }
  t.match(await shared.kinds(said), [/^dropped/])
  remote.findStateIds = findStateIds
  remote.hidden.clear()
  t.same(await shared.kinds(said, gone), ['accepted', 'accepted'])
  t.same((await shared.shown()).slice(0, 3), [gone, said, missed])
  t.same(await shared.present(), sorted(remote.stateAfter(gone)))
  t.same(await checkRoom(world, shared), [])
})

t.test('who was banned is not heard by citing what was before, also where another server told a state', async (t) => {
  const { shared } = await lieOfCarol()
  const { remote } = shared
  const said = remote.say(text(CAROL, 'hello'))
  t.same(await shared.kinds(said), ['accepted'])
  const citing = remote.say(text(CAROL, 'before it')) // what it cites stands for what the banned one has to cite
  const ban = { sender: world.alice.userId, type: 'm.room.member', stateKey: CAROL, content: { membership: 'ban' } }
  const banned = remote.say({ ...ban, prev: [citing] }, world.world.services.signingKey)
  t.same(await shared.kinds(citing, banned), ['accepted', 'accepted'])
  const auth = [...remote.stateAfter(citing)].filter(([key]) => /create|power_levels|:@carol/.test(key)).map(([, eventId]) => eventId)
  const late = remote.say({ ...text(CAROL, 'still here'), prev: [banned], auth })
  t.match(await shared.kinds(late), [/^dropped/])
})

t.test('who was left out of the state with which a room was entered is heard when that can be made good', async (t) => {
  for (const isPartial of [false, true]) {
    const shared = world.foreign('11', BOB)
    const { remote } = shared
    remote.say(join(CAROL))
    remote.say({ sender: BOB, type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'invite' } })
    remote.say({ sender: BOB, type: 'm.room.member', stateKey: world.alice.userId, content: { membership: 'invite' } })
    const joined = shared.joinOf(world.alice.userId)
    const state = remote.stateBefore(remote.prevOf(joined))
    const { receiving, roomId } = shared
    const given = shared.given(state)
    // As if the keys of her server could not be had.
    const unsigned = (pdu: JsonObject): JsonObject => (pdu['sender'] === CAROL ? { ...pdu, signatures: {} } : pdu)
    const lacking = { state: given.state.map(unsigned), authChain: given.authChain.map(unsigned) }
    const told = isPartial ? { ...given, state: given.state.filter((pdu) => pdu['sender'] !== CAROL) } : lacking
    const { room, event } = await receiving.roomImport.importRoom({ roomId, version: '11', join: remote.json(joined), ...told })
    if (isPartial) await receiving.stateCompletion.complete(room, event.pos ?? 0, lacking)
    t.equal(room.membershipOf(CAROL), 'leave')
    t.same(await shared.kinds(remote.say(text(BOB, 'hello')), remote.say(text(CAROL, 'I am here'))), ['accepted', 'accepted'])
    t.same(await shared.present(), sorted(remote.stateBefore(remote.ends())))
    t.same(await checkRoom(world, shared), [])
  }
})

t.test('what cites what does not authorise it is refused, whatever state was told', async (t) => {
  const { shared } = await lieOfCarol()
  const { remote } = shared
  const [create = ''] = remote.listIds()
  const said = remote.say({ ...text(CAROL, 'hello'), auth: [create] })
  t.match(await shared.kinds(said), [/^rejected/])
  t.same(await shared.kinds(said), ['known'])
})

/** An event after one that nobody has. */
function afterNothing({ remote }: SharedRoom, said: string): string {
  const missed = remote.say({ ...text(BOB, `before ${said}`), prev: remote.prevOf(remote.ends()[0] ?? '') })
  remote.hidden.add(missed)
  return remote.say({ ...text(BOB, said), prev: [missed] })
}

t.test('who tells nothing of what is missing in a room is not asked again for every event', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  const { findStateIds } = remote
  await shared.receive(remote.say(join(BOB)))
  remote.say(text(BOB, 'the end'))
  const tellNothing = () => {
    remote.asked.push('state_ids')
    return Promise.resolve(undefined)
  }
  Object.assign(remote, { findStateIds: tellNothing })
  const said = ['1', '2', '3', '4', '5'].map((each) => afterNothing(shared, each))
  for (const each of said) t.match(await shared.kinds(each), [/^dropped/])
  t.equal(remote.asked.filter((each) => each === 'state_ids').length, 3)
  remote.findStateIds = findStateIds
  t.match(await shared.kinds(...said.slice(0, 1)), [/^dropped/])
  world.world.clock.advance(10_000)
  t.same(await shared.kinds(...said), said.map(() => 'accepted'))
  t.same(await checkRoom(world, shared), [])
})

t.test('a receipt does not wait for ever', async (t) => {
  const shared = await world.found('11')
  const { remote } = shared
  await shared.receive(remote.say(join(BOB)))
  remote.say(text(BOB, 'the end'))
  const { findStateIds } = remote
  const asked = Promise.withResolvers<void>()
  const tellLate = () => {
    asked.resolve()
    return Promise.withResolvers<undefined>().promise
  }
  Object.assign(remote, { findStateIds: tellLate })
  const [first, second] = [afterNothing(shared, '1'), afterNothing(shared, '2')]
  const taking = shared.kinds(first, second)
  await asked.promise
  world.world.clock.advance(90_000)
  t.match(await taking, [/^dropped/, /^dropped/])
  remote.findStateIds = findStateIds
  t.same(await shared.kinds(first, second), ['accepted', 'accepted'])
})
