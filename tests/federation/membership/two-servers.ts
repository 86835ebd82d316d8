import t from 'tap'
import { PASSWORD } from '../../support/server.ts'
import { people, towns } from './worlds.ts'

const { one, two, three } = towns
const { alice, bob, ben, carl } = people

for (const version of ['1', '2', '3', '6', '10', '11', '12']) {
  t.test(`a public room of version ${version} is joined over the server that has it`, async (t) => {
    const roomId = await one.talk.create(alice, { preset: 'public_chat', room_version: version, name: 'Hall' })
    await one.talk.say(alice, roomId, 'hello')
    const answer = await two.join(bob, roomId, one.name)
    t.match(answer, { status: 200, body: { room_id: roomId } }, answer.text)
    t.same(await two.members(roomId), { [alice.userId]: 'join', [bob.userId]: 'join' })
    t.same(await one.members(roomId), await two.members(roomId))
    t.same(await two.state(roomId), await one.state(roomId))
    const rooms = await two.sync(bob)
    t.match(rooms.join[roomId].timeline.events.at(-1), { type: 'm.room.member', state_key: bob.userId, content: { membership: 'join' } })
    t.ok(JSON.stringify(rooms.join[roomId].state.events).includes('Hall'))
    t.equal((await two.talk.say(bob, roomId, 'good day')).startsWith('$'), true)
    t.equal((await two.join(ben, roomId)).status, 200, 'the next one joins here')
    await two.tell(one, roomId)
    t.same(await one.members(roomId), await two.members(roomId))
    t.equal((await two.room(bob, roomId, 'leave')).status, 200)
    await two.tell(one, roomId)
    t.same(await one.members(roomId), { [alice.userId]: 'join', [ben.userId]: 'join' })
  })
}

const BOTH = { [alice.userId]: 'join', [bob.userId]: 'join' }

for (const version of ['1', '10', '12']) {
  t.test(`somebody of another server is invited into a room of version ${version}`, async (t) => {
    const roomId = await one.talk.create(alice, { preset: 'private_chat', room_version: version, name: 'Den', invite: [ben.userId] })
    const invited = await one.room(alice, roomId, 'invite', { user_id: bob.userId, reason: 'tea' })
    t.equal(invited.status, 200, invited.text)
    t.same(await one.members(roomId), { [alice.userId]: 'join', [bob.userId]: 'invite', [ben.userId]: 'invite' })
    const { invite } = await two.sync(bob)
    const shown: { type: string, state_key: string, content: object }[] = invite[roomId].invite_state.events
    t.match(shown.find(({ type }) => type === 'm.room.name'), { content: { name: 'Den' } })
    t.match(shown.find(({ state_key: key }) => key === alice.userId), { content: { membership: 'join' } }, 'who invites')
    t.match(shown.at(-1), { state_key: bob.userId, content: { membership: 'invite', reason: 'tea' }, event_id: String })
    t.ok((await two.sync(ben)).invite[roomId], 'invited when the room was made')
    t.match(await three.join(carl, roomId, one.name), { status: 403, body: { errcode: 'M_FORBIDDEN' } })

    const joined = await two.join(bob, roomId)
    t.equal(joined.status, 200, joined.text)
    t.same(await two.state(roomId), await one.state(roomId))
    t.equal((await two.room(ben, roomId, 'leave')).status, 200, 'who was invited is in the state that we were told')
    await two.tell(one, roomId)
    t.same(await one.members(roomId), BOTH)
  })

  t.test(`an invite into a room of version ${version} is refused`, async (t) => {
    const roomId = await one.talk.create(alice, { preset: 'private_chat', room_version: version, invite: [bob.userId, ben.userId] })
    await two.sync(bob)
    t.equal((await two.room(bob, roomId, 'leave', { reason: 'no tea' })).status, 200)
    const { invite, leave } = await two.sync(bob)
    t.equal(invite, undefined)
    t.match(leave[roomId].timeline.events, [{ state_key: bob.userId, content: { membership: 'leave', reason: 'no tea' } }])
    t.same(await one.members(roomId), { [alice.userId]: 'join', [ben.userId]: 'invite' })
    t.equal((await two.room(bob, roomId, 'leave')).status, 404)
    t.equal((await two.room(bob, roomId, 'forget')).status, 200)
  })
}

for (const version of ['10', '12']) {
  t.test(`somebody knocks at a room of version ${version}`, async (t) => {
    const roomId = await one.talk.create(alice, {
      preset: 'private_chat', room_version: version, name: 'Door',
      initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }],
    })
    const knock = () => two.ask(bob, 'POST', `/knock/${encodeURIComponent(roomId)}?via=${one.name}`, { reason: 'me' })
    t.match(await knock(), { status: 200, body: { room_id: roomId } })
    t.same(await one.members(roomId), { [alice.userId]: 'join', [bob.userId]: 'knock' })
    const shown: { type: string, content: object }[] = (await two.sync(bob)).knock[roomId].knock_state.events
    t.match(shown.find(({ type }) => type === 'm.room.name'), { content: { name: 'Door' } })
    t.match(shown.at(-1), { content: { membership: 'knock', reason: 'me' } })
    t.equal((await two.room(bob, roomId, 'leave')).status, 200, 'taken back')
    t.same(await one.members(roomId), { [alice.userId]: 'join' })

    t.equal((await knock()).status, 200)
    t.equal((await one.room(alice, roomId, 'invite', { user_id: bob.userId })).status, 200)
    t.ok((await two.sync(bob)).invite[roomId])
    t.equal((await two.join(bob, roomId)).status, 200)
    t.same(await one.members(roomId), BOTH)
  })

  t.test(`a restricted room of version ${version} is joined with the word of who is in it`, async (t) => {
    const clubId = await one.talk.create(alice, { preset: 'public_chat', room_version: version })
    const rule = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: clubId }] }
    const roomId = await one.talk.create(alice, {
      preset: 'private_chat', room_version: version, initial_state: [{ type: 'm.room.join_rules', content: rule }],
    })
    t.match(await two.join(bob, roomId, one.name), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
    t.equal((await two.join(bob, clubId, one.name)).status, 200)
    const joined = await two.join(bob, roomId, one.name)
    t.equal(joined.status, 200, joined.text)
    t.same(await two.members(roomId), BOTH)
    t.same(await one.members(roomId), BOTH)
    const member = await two.ask(bob, 'GET', `/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(bob.userId)}`)
    t.equal(member.body['join_authorised_via_users_server'], alice.userId)
    t.equal((await two.join(ben, clubId)).status, 200)
    const second = await two.join(ben, roomId, one.name)
    t.equal(second.status, 200, 'nobody here may vouch, so that another server is asked')
    t.same(await two.members(roomId), { ...BOTH, [ben.userId]: 'join' }, 'and nobody is missing meanwhile')
  })
}

t.test('who is banned comes in no more, and a room that everybody left is joined anew', async (t) => {
  const roomId = await one.talk.create(alice, { preset: 'public_chat', room_alias_name: 'square' })
  t.equal((await two.join(bob, roomId, one.name)).status, 200)
  t.equal((await two.room(bob, roomId, 'leave')).status, 200)
  await two.tell(one, roomId)
  await one.talk.set(alice, roomId, 'm.room.topic', { topic: 'since' })
  t.equal((await two.join(bob, roomId, 'nobody.hearth.test', one.name)).status, 200, 'the first server does not answer')
  t.same(await two.state(roomId), await one.state(roomId))
  t.equal((await two.room(bob, roomId, 'leave')).status, 200)
  await two.tell(one, roomId)
  await two.sync(bob)
  t.equal((await one.room(alice, roomId, 'invite', { user_id: bob.userId })).status, 200)
  t.ok((await two.sync(bob)).invite[roomId], 'invited into a room that this server was in once')
  t.equal((await two.room(bob, roomId, 'leave')).status, 200)
  t.ok((await two.sync(bob)).leave[roomId])
  t.same(await one.members(roomId), { [alice.userId]: 'join' })
  t.equal((await one.room(alice, roomId, 'ban', { user_id: bob.userId })).status, 200)
  t.match(await two.join(bob, roomId, one.name), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await two.join(bob, '!nowhere:gone.hearth.test'), { status: 502 })
  t.match(await two.join(bob, '!nowhere:two.hearth.test'), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
})

t.test('an invite into a room in which nobody is any more is refused alone', async (t) => {
  const roomId = await one.talk.create(alice, { preset: 'private_chat', invite: [bob.userId] })
  await two.sync(bob)
  t.equal((await one.room(alice, roomId, 'leave')).status, 200)
  t.equal((await two.room(bob, roomId, 'leave')).status, 200)
  const { events } = (await two.sync(bob)).leave[roomId].timeline
  t.match(events, [{ event_id: /^\$/, sender: bob.userId, state_key: bob.userId, content: { membership: 'leave' } }])
})

t.test('a knock after a refusal stands, whatever comes late', async (t) => {
  const roomId = await one.talk.create(alice, {
    preset: 'private_chat', initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }],
  })
  const knock = () => two.ask(bob, 'POST', `/knock/${encodeURIComponent(roomId)}?via=${one.name}`, {})
  t.equal((await knock()).status, 200)
  const room = await one.server.services.rooms.get(roomId)
  t.equal((await one.room(alice, roomId, 'kick', { user_id: bob.userId })).status, 200)
  const refused = room.member(bob.userId)?.nid ?? 0
  t.equal((await knock()).status, 200)
  await one.server.server.settled()
  const events = await one.server.services.events.list([refused, room.member(bob.userId)?.nid ?? 0])
  t.same(events.map(({ content }) => content['membership']), ['leave', 'knock'])
  const { inbound } = two.server.services
  await inbound.accept({ origin: one.name, txnId: 'late', pdus: events.slice(0, 1).map((event) => event.pdu), edus: [] })
  t.ok((await two.sync(bob)).knock[roomId])
})

t.test('who closes the account refuses invites of other servers', async (t) => {
  const gone = await two.server.register('gone')
  const roomId = await one.talk.create(alice, { preset: 'private_chat', invite: [gone.userId] })
  t.equal((await one.members(roomId))[gone.userId], 'invite')
  const auth = { type: 'm.login.password', identifier: { type: 'm.id.user', user: gone.userId }, password: PASSWORD }
  t.equal((await two.ask(gone, 'POST', '/account/deactivate', { auth })).status, 200)
  await two.server.server.settled()
  t.same(await one.members(roomId), { [alice.userId]: 'join' })
})
