import t from 'tap'
import { alice, ann, askOne, bob, one, two } from './world.ts'

// Operation: queryProfile.
t.test('Profiles are told to other servers, and asked of them', async (t) => {
  const setName = (name: string) => two.ask(bob, 'PUT', `/profile/${bob.userId}/displayname`, { displayname: name })
  await setName('Bob of two')
  t.same((await one.ask(alice, 'GET', `/profile/${bob.userId}`)).body, { displayname: 'Bob of two' })
  t.same((await one.ask(alice, 'GET', `/profile/${bob.userId}/displayname`)).body, { displayname: 'Bob of two' })
  t.match(await one.ask(alice, 'GET', `/profile/${bob.userId}/avatar_url`), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await one.ask(alice, 'GET', '/profile/@none:two.hearth.test'), { status: 404 })
  t.match(await one.ask(alice, 'GET', '/profile/@none:gone.hearth.test'), { status: 502, body: { errcode: 'M_UNKNOWN' } })

  await one.ask(alice, 'PUT', `/profile/${alice.userId}/displayname`, { displayname: 'Alice' })
  t.same((await askOne('GET', `/query/profile?user_id=${alice.userId}`)).body, { displayname: 'Alice' })
  t.same((await askOne('GET', `/query/profile?user_id=${alice.userId}&field=displayname`)).body, { displayname: 'Alice' })
  t.same((await askOne('GET', `/query/profile?user_id=${alice.userId}&field=avatar_url`)).body, {})
  t.match(await askOne('GET', '/query/profile?user_id=@none:one.hearth.test:http'), { status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  t.match(await askOne('GET', '/query/profile?user_id=@none:one.hearth.test'), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await askOne('GET', `/query/profile?user_id=${bob.userId}`), { status: 404 }, 'we speak for our own users only')
})

// Operation: queryRoomDirectory.
t.test('Aliases lead to rooms of other servers', async (t) => {
  const room = await two.talk.create(bob, { preset: 'public_chat', room_alias_name: 'far' })
  const found = await one.ask(alice, 'GET', `/directory/room/${encodeURIComponent('#far:two.hearth.test')}`)
  t.match(found, { status: 200, body: { room_id: room, servers: ['two.hearth.test'] } })
  t.match(await one.ask(alice, 'GET', `/directory/room/${encodeURIComponent('#none:two.hearth.test')}`), { status: 404 })
  t.match(await one.join(alice, '#far:two.hearth.test'), { status: 200, body: { room_id: room } })
  const told = await two.ask(bob, 'GET', `/directory/room/${encodeURIComponent('#far:two.hearth.test')}`)
  t.same(told.body['servers'], ['two.hearth.test', 'one.hearth.test'])
  t.match(await askOne('GET', `/query/directory?room_alias=${encodeURIComponent('#none:one.hearth.test')}`), { status: 404 })
  t.match(await askOne('GET', '/query/directory?room_alias=nonsense'), { status: 400 })
})

// Operations: getPublicRooms, queryPublicRooms.
t.test('The lists of public rooms of servers are open to each other', async (t) => {
  const cats = await two.talk.create(bob, { visibility: 'public', preset: 'public_chat', name: 'Cats' })
  const dogs = await two.talk.create(bob, { visibility: 'public', preset: 'public_chat', name: 'Dogs' })
  const idsOf = (body: Record<string, unknown>) => (body['chunk'] as { room_id: string }[]).map((room) => room.room_id)
  const list = (query: string) => one.ask(ann, 'GET', `/publicRooms?server=two.hearth.test${query}`)
  t.same(new Set(idsOf((await list('')).body)), new Set([cats, dogs]))
  const page = await list('&limit=1')
  t.same([...idsOf(page.body), ...idsOf((await list(`&limit=1&since=${page.body['next_batch']}`)).body)], [cats, dogs])
  const found = await one.ask(ann, 'POST', '/publicRooms?server=two.hearth.test', { filter: { generic_search_term: 'dog' } })
  t.same(idsOf(found.body), [dogs])
  const listNetworks = (body: object) => one.ask(ann, 'POST', '/publicRooms?server=two.hearth.test', body)
  t.same(idsOf((await listNetworks({ include_all_networks: true })).body), [cats, dogs])
  t.same(idsOf((await listNetworks({ third_party_instance_id: 'irc|libera' })).body), [], 'two leads to no network')
  t.match(await listNetworks({ include_all_networks: true, third_party_instance_id: 'irc|libera' }), { status: 400 })
  t.match(await one.ask(ann, 'GET', '/publicRooms?server=gone.hearth.test'), { status: 502, body: { errcode: 'M_UNKNOWN' } })
  const ours = await one.talk.create(alice, { visibility: 'public', preset: 'public_chat', name: 'Ours' })
  t.same(idsOf((await askOne('GET', '/publicRooms?limit=5')).body), [ours])
  t.same(idsOf((await askOne('POST', '/publicRooms', { filter: { generic_search_term: 'nothing' } })).body), [])
})
