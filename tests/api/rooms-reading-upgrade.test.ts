import t from 'tap'
import { roomPath, V3 } from '../support/api.ts'
import { createTestServer, type TestUser } from '../support/server.ts'
import { Talk } from '../support/talk.ts'

const server = await createTestServer(t)
const { api, services } = server
const talk = new Talk(api)
const alice = await server.register('alice')
const bob = await server.register('bob')
const carol = await server.register('carol')

const upgrade = (user: TestUser, roomId: string, body: object) => api.post(roomPath(roomId, 'upgrade'), { token: user.token, body })
const stateOf = async (user: TestUser, roomId: string, type: string, key = '') => {
  const { status, body } = await api.get(roomPath(roomId, `state/${type}/${encodeURIComponent(key)}`), { token: user.token })
  return status === 200 ? body : undefined
}
const listing = async (roomId: string) => (await api.get(`${V3}/directory/list/room/${encodeURIComponent(roomId)}`)).body['visibility']
const aliasTarget = async (alias: string) => (await api.get(`${V3}/directory/room/${encodeURIComponent(alias)}`)).body['room_id']

async function upgraded(user: TestUser, roomId: string, version: string, more: object = {}): Promise<string> {
  const { status, text, body } = await upgrade(user, roomId, { new_version: version, ...more })
  if (status !== 200) throw new Error(text)
  return body['replacement_room']
}

// Operation: upgradeRoom.
t.test('An upgrade takes along what the room is, and closes the old one', async (t) => {
  const old = await talk.create(alice, {
    preset: 'public_chat', visibility: 'public', room_version: '10', name: 'Name', topic: 'Topic', room_alias_name: 'upgraded',
    creation_content: { type: 'org.example.kind' }, power_level_content_override: { ban: 70, events: { 'org.example': 30 } },
    initial_state: [
      { type: 'm.room.encryption', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
      { type: 'm.room.server_acl', content: { allow: ['*'], deny: ['bad.example'] } },
      { type: 'm.room.avatar', content: { url: 'mxc://localhost/abc' } },
      { type: 'm.room.history_visibility', content: { history_visibility: 'invited' } },
      { type: 'org.example.own', content: { left: 'behind' } },
    ],
  })
  await talk.join(bob, old)
  await talk.invite(alice, old, carol)
  await api.post(roomPath(old, 'ban'), { token: alice.token, body: { user_id: '@villain:localhost', reason: 'spam' } })
  await talk.set(
    alice,
    old,
    'm.room.power_levels',
    { ...await stateOf(alice, old, 'm.room.power_levels'), users: { [alice.userId]: 100, [bob.userId]: 50 } },
  )
  const last = await talk.say(alice, old, 'the last word')
  const next = await upgraded(alice, old, '11')
  t.match(
    await stateOf(alice, next, 'm.room.create'),
    { room_version: '11', type: 'org.example.kind', predecessor: { room_id: old, event_id: last } },
  )
  t.same(await stateOf(alice, next, 'm.room.name'), { name: 'Name' })
  t.match(await stateOf(alice, next, 'm.room.topic'), { topic: 'Topic' })
  t.same(await stateOf(alice, next, 'm.room.encryption'), { algorithm: 'm.megolm.v1.aes-sha2' })
  t.match(await stateOf(alice, next, 'm.room.server_acl'), { deny: ['bad.example'] })
  t.match(await stateOf(alice, next, 'm.room.avatar'), { url: 'mxc://localhost/abc' })
  t.match(await stateOf(alice, next, 'm.room.history_visibility'), { history_visibility: 'invited' })
  t.match(await stateOf(alice, next, 'm.room.join_rules'), { join_rule: 'public' })
  t.match(
    await stateOf(alice, next, 'm.room.power_levels'),
    { ban: 70, events: { 'org.example': 30 }, users: { [alice.userId]: 100, [bob.userId]: 50 } },
  )
  t.equal(await stateOf(alice, next, 'org.example.own'), undefined)
  t.same(await stateOf(alice, next, 'm.room.member', '@villain:localhost'), { membership: 'ban', reason: 'spam' })
  t.equal(await stateOf(alice, next, 'm.room.member', carol.userId), undefined, 'invites are not repeated')
  t.equal(await stateOf(alice, next, 'm.room.member', bob.userId), undefined)
  t.match(await stateOf(alice, next, 'm.room.member', alice.userId), { membership: 'join' })

  t.same(await aliasTarget('#upgraded:localhost'), next)
  t.same(await stateOf(alice, next, 'm.room.canonical_alias'), { alias: '#upgraded:localhost' })
  t.same(await stateOf(alice, old, 'm.room.canonical_alias'), {})
  t.same([await listing(old), await listing(next)], ['private', 'public'])
  t.match(await stateOf(alice, old, 'm.room.tombstone'), { body: String, replacement_room: next })
  t.match(await stateOf(alice, old, 'm.room.power_levels'), { events_default: 50, invite: 50 })
  await talk.join(bob, next)
})

t.test('Who may not close a room cannot upgrade it, and no version is made up', async (t) => {
  const old = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, old)
  t.match(await upgrade(bob, old, { new_version: '12' }), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await upgrade(carol, old, { new_version: '12' }), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  for (const version of ['0', '99', 'org.example']) {
    t.match(await upgrade(alice, old, { new_version: version }), { status: 400, body: { errcode: 'M_UNSUPPORTED_ROOM_VERSION' } }, version)
  }
  t.match(await upgrade(alice, old, {}), { status: 400 })
  t.match(
    await upgrade(alice, old, { new_version: '12', additional_creators: ['nobody'] }),
    { status: 400, body: { errcode: 'M_INVALID_PARAM' } },
  )
  t.equal(await stateOf(alice, old, 'm.room.tombstone'), undefined)
})

t.test('Of several upgrades at the same moment there comes one successor', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat', room_version: '10' })
  const [one, two, other] = await Promise.all(['11', '11', '12'].map((version) => upgrade(alice, room, { new_version: version })))
  t.equal(one?.status, 200)
  t.same(two?.body, one?.body)
  t.match(other, { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await stateOf(alice, room, 'm.room.tombstone'), { replacement_room: one?.body['replacement_room'] })
  const third = await upgrade(alice, one?.body['replacement_room'], { new_version: '12' })
  const create = await stateOf(alice, third.body['replacement_room'], 'm.room.create')
  t.same(create?.['predecessor'], { room_id: one?.body['replacement_room'] }, 'version 12 names no last event')
})

t.test('Creators of a room of version 12 stand above its levels, and going back gives them one', async (t) => {
  const old = await talk.create(
    alice,
    {
      preset: 'private_chat',
      room_version: '11',
      power_level_content_override: { users: { [alice.userId]: 100, [bob.userId]: 100, [carol.userId]: 60 } },
    },
  )
  const next = await upgraded(alice, old, '12', { additional_creators: [bob.userId] })
  t.match(await stateOf(alice, next, 'm.room.create'), { room_version: '12', additional_creators: [bob.userId] })
  const levels = await stateOf(alice, next, 'm.room.power_levels')
  t.same(levels?.['users'], { [carol.userId]: 60 })
  t.equal(levels?.['events']['m.room.tombstone'], 150)
  const again = await upgraded(alice, next, '12')
  t.equal((await stateOf(alice, again, 'm.room.create'))?.['additional_creators'], undefined, 'further creators are named anew each time')
  const back = await upgraded(alice, again, '10')
  t.match((await stateOf(alice, back, 'm.room.power_levels'))?.['users'], { [alice.userId]: 100, [carol.userId]: 60 })
})

t.test('Who has just enough power to close a room can upgrade it, and ends with as much', async (t) => {
  const old = await talk.create(alice, {
    preset: 'public_chat', room_version: '11', name: 'Moderated',
    power_level_content_override: {
      users: { [alice.userId]: 100, [bob.userId]: 50 }, events: { 'm.room.tombstone': 50, 'm.room.power_levels': 100, 'm.room.name': 80 },
    },
  })
  await talk.join(bob, old)
  const next = await upgraded(bob, old, '11')
  t.match(await stateOf(bob, next, 'm.room.power_levels'), { users: { [alice.userId]: 100, [bob.userId]: 50 } })
  t.same(await stateOf(bob, next, 'm.room.name'), { name: 'Moderated' })
  t.match(await stateOf(bob, old, 'm.room.tombstone'), { replacement_room: next })
  t.match(await stateOf(bob, old, 'm.room.power_levels'), { events_default: 0 }, 'what he may not change stays')
})

t.test('A join rule that the version does not know becomes an invite', async (t) => {
  const old = await talk.create(
    alice,
    {
      preset: 'private_chat',
      room_version: '10',
      initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock_restricted', allow: [] } }],
    },
  )
  t.match(await stateOf(alice, await upgraded(alice, old, '9'), 'm.room.join_rules'), { join_rule: 'invite' })
})

t.test('A space keeps what is in it', async (t) => {
  const child = await talk.create(alice)
  const old = await talk.create(alice, { creation_content: { type: 'm.space' } })
  await talk.set(alice, old, 'm.space.child', { via: ['localhost'] }, child)
  await talk.set(alice, old, 'm.space.child', {}, '!removed:localhost')
  const next = await upgraded(alice, old, '12')
  t.same(await stateOf(alice, next, 'm.space.child', child), { via: ['localhost'] })
  t.equal(await stateOf(alice, next, 'm.space.child', '!removed:localhost'), undefined)
})

t.test('Who comes along finds the new room arranged as the old one was', async (t) => {
  const old = await talk.create(alice, { preset: 'public_chat', room_version: '11' })
  await talk.join(bob, old)
  await talk.join(carol, old)
  for (const user of [alice, bob]) {
    const own = `${V3}/user/${encodeURIComponent(user.userId)}`
    await api.put(`${own}/rooms/${encodeURIComponent(old)}/tags/m.favourite`, { token: user.token, body: { order: 0.5 } })
    await api.put(
      `${own}/account_data/m.direct`,
      { token: user.token, body: { '@friend:localhost': [old, '!x:localhost'], '@other:localhost': ['!y:localhost'] } },
    )
    await api.put(`${V3}/pushrules/global/room/${encodeURIComponent(old)}`, { token: user.token, body: { actions: ['notify'] } })
    const mute = { conditions: [{ kind: 'event_match', key: 'room_id', pattern: old }], actions: [] }
    await api.put(`${V3}/pushrules/global/override/${encodeURIComponent(old)}`, { token: user.token, body: mute })
  }
  const next = await upgraded(alice, old, '12')
  await talk.join(bob, next)
  await talk.join(carol, next)
  await services.roomMoves.follower.settled()
  for (const user of [alice, bob]) {
    const own = `${V3}/user/${encodeURIComponent(user.userId)}`
    t.same(
      (await api.get(`${own}/rooms/${encodeURIComponent(next)}/tags`, { token: user.token })).body,
      { tags: { 'm.favourite': { order: 0.5 } } },
    )
    t.same(
      (await api.get(`${own}/account_data/m.direct`, { token: user.token })).body,
      { '@friend:localhost': [old, '!x:localhost', next], '@other:localhost': ['!y:localhost'] },
    )
    const rules = (await api.get(`${V3}/pushrules/`, { token: user.token })).body['global']
    t.match(rules.room, [{ rule_id: next, actions: ['notify'], enabled: true }, { rule_id: old }])
    t.match(
      rules.override.find((rule: { rule_id: string }) => rule.rule_id === next),
      { conditions: [{ kind: 'event_match', key: 'room_id', pattern: next }], actions: [] },
    )
  }
  t.same(
    (await api.get(`${V3}/user/${encodeURIComponent(carol.userId)}/rooms/${encodeURIComponent(next)}/tags`, { token: carol.token })).body,
    { tags: {} },
  )
  await api.delete(`${V3}/user/${encodeURIComponent(bob.userId)}/rooms/${encodeURIComponent(next)}/tags/m.favourite`, { token: bob.token })
  await api.put(`${V3}/profile/${encodeURIComponent(bob.userId)}/displayname`, { token: bob.token, body: { displayname: 'Bob' } })
  await services.roomMoves.follower.settled()
  t.same(
    (await api.get(`${V3}/user/${encodeURIComponent(bob.userId)}/rooms/${encodeURIComponent(next)}/tags`, { token: bob.token })).body,
    { tags: {} },
    'only once',
  )
})

t.test('A room that calls another its predecessor gets nothing from it unless that agrees', async (t) => {
  const old = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, old)
  await api.put(
    `${V3}/user/${encodeURIComponent(bob.userId)}/rooms/${encodeURIComponent(old)}/tags/u.secret`, { token: bob.token, body: {} },
  )
  const trap = await talk.create(carol, { preset: 'public_chat', creation_content: { predecessor: { room_id: old, event_id: '$x' } } })
  await talk.join(bob, trap)
  await services.roomMoves.follower.settled()
  t.same(
    (await api.get(`${V3}/user/${encodeURIComponent(bob.userId)}/rooms/${encodeURIComponent(trap)}/tags`, { token: bob.token })).body,
    { tags: {} },
  )
})

t.test('Who went on before it was known that the old room has ended finds the new one arranged, too', async (t) => {
  const old = await talk.create(alice, { preset: 'public_chat', room_version: '11' })
  await talk.join(bob, old)
  await talk.join(carol, old)
  const own = `${V3}/user/${encodeURIComponent(bob.userId)}`
  const tagsIn = async (roomId: string) => (
    (await api.get(`${own}/rooms/${encodeURIComponent(roomId)}/tags`, { token: bob.token })).body['tags']
  )
  await api.put(`${own}/rooms/${encodeURIComponent(old)}/tags/m.favourite`, { token: bob.token, body: { order: 0.5 } })
  const predecessor = { room_id: old, event_id: '$end' }
  const next = await talk.create(alice, { preset: 'public_chat', room_version: '11', creation_content: { predecessor } })
  const other = await talk.create(alice, { preset: 'public_chat', room_version: '11' })
  for (const roomId of [next, other]) await talk.join(bob, roomId)
  await services.roomMoves.follower.settled()
  t.same(await tagsIn(next), {}, 'anybody can name a room as the predecessor')
  await talk.set(alice, old, 'm.room.tombstone', { body: 'Gone', replacement_room: other })
  await services.roomMoves.follower.settled()
  t.same(await tagsIn(other), {}, 'or as the successor')
  await talk.set(alice, old, 'm.room.tombstone', { body: 'Gone', replacement_room: next })
  await services.roomMoves.follower.settled()
  t.same(await tagsIn(next), { 'm.favourite': { order: 0.5 } })
})
