import t from 'tap'
import { V3 } from '../support/api.ts'
import { createTestServer, type TestUser } from '../support/server.ts'
import { Talk } from '../support/talk.ts'

const server = await createTestServer(t)
const { api } = server
const talk = new Talk(api)
const alice = await server.register('alice')
const bob = await server.register('bob')
const carol = await server.register('carol')

const list = (user: TestUser, query = '') => api.get(`${V3}/publicRooms${query}`, { token: user.token })
const search = (user: TestUser, body: object, query = '') => api.post(`${V3}/publicRooms${query}`, { token: user.token, body })
const visibility = (roomId: string) => `${V3}/directory/list/room/${encodeURIComponent(roomId)}`
const publish = (user: TestUser, roomId: string, wanted = 'public') => api.put(
  visibility(roomId), { token: user.token, body: { visibility: wanted } },
)
const idsOf = (body: Record<string, any>): string[] => body['chunk'].map((room: { room_id: string }) => room.room_id)
const find = (user: TestUser, term: string, limit?: number) =>
  api.post(`${V3}/user_directory/search`, { token: user.token, body: { search_term: term, ...(limit === undefined ? {} : { limit }) } })
const found = async (user: TestUser, term: string) => (await find(user, term)).body['results'].map(
  (result: { user_id: string }) => result.user_id,
)
const setName = (user: TestUser, displayname: string) =>
  api.put(`${V3}/profile/${encodeURIComponent(user.userId)}/displayname`, { token: user.token, body: { displayname } })

// Operations: getPublicRooms, queryPublicRooms, getRoomVisibilityOnDirectory, setRoomVisibilityOnDirectory.
t.test('Rooms are listed by who has the power, most members first', async (t) => {
  const small = await talk.create(alice, { preset: 'public_chat', name: 'Small 100%', topic: 'Cats' })
  const large = await talk.create(
    alice, { visibility: 'public', name: 'Large', room_alias_name: 'large', creation_content: { type: 'm.space' } },
  )
  const hidden = await talk.create(alice, { preset: 'public_chat', name: 'Hidden' })
  await talk.join(bob, large)
  await talk.join(bob, small)
  await talk.join(carol, large)
  t.same((await api.get(visibility(small))).body, { visibility: 'private' })
  t.match(await publish(bob, small), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await publish(carol, small), { status: 403 })
  t.same((await publish(alice, small)).body, {})
  t.same((await api.get(visibility(small))).body, { visibility: 'public' })
  t.same((await api.get(visibility(large))).body, { visibility: 'public' }, 'from its creation on')
  t.match(await api.get(visibility('!unknown:localhost')), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await publish(alice, '!unknown:localhost'), { status: 404 })

  const { body } = await list(alice)
  t.same(idsOf(body), [large, small])
  t.same(body['chunk'][0], {
    room_id: large, name: 'Large', num_joined_members: 3, world_readable: false, guest_can_join: false, join_rule: 'public',
    room_type: 'm.space', canonical_alias: '#large:localhost',
  })
  t.same([body['total_room_count_estimate'], body['next_batch'], body['prev_batch']], [2, undefined, undefined])
  const first = await list(alice, '?limit=1')
  t.same(idsOf(first.body), [large])
  const second = await list(alice, `?limit=1&since=${first.body['next_batch']}`)
  t.same([idsOf(second.body), second.body['next_batch']], [[small], undefined])
  const back = await list(alice, `?limit=1&since=${second.body['prev_batch']}`)
  t.same([idsOf(back.body), back.body['prev_batch']], [[large], undefined])
  t.same(idsOf((await list(alice, `?limit=5&since=${back.body['next_batch']}`)).body), [small])

  t.same(idsOf((await search(alice, { filter: { generic_search_term: 'cATs' } })).body), [small])
  t.same(idsOf((await search(alice, { filter: { generic_search_term: '#large' } })).body), [large])
  t.same(idsOf((await search(alice, { filter: { generic_search_term: '100%' } })).body), [small])
  t.same(idsOf((await search(alice, { filter: { generic_search_term: 'l%e' } })).body), [], 'no wildcards')
  t.same(idsOf((await search(alice, { filter: { generic_search_term: '_' } })).body), [])
  t.same(idsOf((await search(alice, { filter: { room_types: ['m.space'] } })).body), [large])
  t.same(idsOf((await search(alice, { filter: { room_types: [null] } })).body), [small])
  t.same(idsOf((await search(alice, { filter: { room_types: [null, 'm.space'] }, include_all_networks: true })).body), [large, small])
  t.same(idsOf((await search(alice, { filter: { room_types: [] } })).body), [])
  t.same(idsOf((await list(alice, '?server=localhost')).body), [large, small])
  t.match(await list(alice, '?server=elsewhere.example'), { status: 502, body: { errcode: 'M_UNKNOWN' } })
  t.match(await search(alice, {}, '?server=elsewhere.example'), { status: 502 })
  t.match(await list(alice, '?since=nonsense'), { status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  t.match(await search(alice, { limit: -5 }), { status: 400 })
  t.match(await api.get(`${V3}/publicRooms`), { status: 401, body: { errcode: 'M_MISSING_TOKEN' } })

  await publish(alice, small, 'private')
  t.same(idsOf((await list(alice)).body), [large])
  for (const user of [alice, bob, carol]) await talk.leave(user, large)
  t.same(idsOf((await list(alice)).body), [], 'an empty room is no use to anybody')
  t.notOk(idsOf((await list(alice)).body).includes(hidden))
})

t.test('The list may be open to all, or closed to publishing', async (t) => {
  const rooms = { defaultVersion: '12', allowPublish: false, publicListWithoutAuth: true, redactedKeptMs: undefined } as const
  const open = await createTestServer(t, { rooms })
  const dora = await open.register('dora')
  const room = await new Talk(open.api).create(dora, { preset: 'public_chat' })
  t.match(
    await open.api.put(visibility(room), { token: dora.token, body: { visibility: 'public' } }),
    { status: 403, body: { errcode: 'M_FORBIDDEN' } },
  )
  const listed = await open.api.post(`${V3}/createRoom`, { token: dora.token, body: { visibility: 'public' } })
  t.match(listed, { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.same((await open.api.get(`${V3}/publicRooms`)).body, { chunk: [], total_room_count_estimate: 0 })
})

// Operation: searchUserDirectory.
t.test('People are found by those who share a room with them, and by all if they are in a public one', async (t) => {
  const dave = await server.register('dave_100')
  const erin = await server.register('erin')
  await setName(dave, 'Dávid Example')
  t.same(await found(alice, 'dave'), [], 'nobody shares a room with him yet')
  const private_ = await talk.create(alice, { preset: 'private_chat' })
  await talk.invite(alice, private_, dave)
  t.same(await found(alice, 'dave'), [], 'an invite is no membership')
  await talk.join(dave, private_)
  t.match((await find(alice, 'DAVE')).body, { results: [{ user_id: dave.userId, display_name: 'Dávid Example' }], limited: false })
  t.same(await found(alice, 'dáVID'), [dave.userId], 'whatever the case')
  t.same(await found(alice, dave.userId), [dave.userId])
  t.same(await found(alice, 'localhost'), [], 'the name of the server finds nobody')
  t.same(await found(alice, '%'), [])
  t.same(await found(alice, 'e_1'), [dave.userId], 'an underscore stands for itself')
  t.same(await found(alice, 'd_ve'), [])
  t.same(await found(erin, 'dave'), [])
  t.same(await found(dave, 'dave'), [], 'nobody finds himself')
  await talk.create(dave, { preset: 'public_chat' })
  t.same(await found(erin, 'dave'), [dave.userId])
  await setName(alice, 'Searched one')
  await setName(bob, 'Searched two')
  const open = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, open)
  const limited = await find(erin, 'searched', 1)
  t.same([limited.body['results'].length, limited.body['limited']], [1, true])
  t.equal((await find(erin, 'searched', 2)).body['limited'], false)
  t.same((await find(erin, '')).body, { results: [], limited: false })
  t.match(await find(erin, 'x', -1), { status: 400 })
  t.match(await api.post(`${V3}/user_directory/search`, { token: erin.token, body: {} }), { status: 400 })
})

// Operations: reportEvent, reportRoom.
t.test('Events are reported by members who see them, rooms by anybody', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  const event = await talk.say(alice, room, 'bad')
  const report = (user: TestUser, eventId: string, body: object = { reason: 'It is bad' }) =>
    api.post(`${V3}/rooms/${encodeURIComponent(room)}/report/${encodeURIComponent(eventId)}`, { token: user.token, body })
  const reportRoom = (user: TestUser, roomId: string, body: object = { reason: 'It is bad' }) =>
    api.post(`${V3}/rooms/${encodeURIComponent(roomId)}/report`, { token: user.token, body })
  t.match(await report(bob, event), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  await talk.join(bob, room)
  t.match(await report(bob, event), { status: 200, body: {} })
  t.match(await report(bob, event, {}), { status: 200 })
  t.match(await report(bob, '$unknown'), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await report(bob, event, { reason: 5 }), { status: 400 })
  t.match(await reportRoom(carol, room), { status: 200 })
  t.match(await reportRoom(carol, '!unknown:localhost'), { status: 200 }, 'nobody learns what rooms there are')
  t.match(await reportRoom(carol, room, {}), { status: 400 })
})
