import t from 'tap'
import { V3 } from '../../support/api.ts'
import { createTestServer } from '../../support/server.ts'
import { AS_TOKEN as token, bridge } from './bridge.ts'
import { listen } from './fake-appservice.ts'

const NETWORK = { user_fields: ['nick'], location_fields: ['channel'], icon: 'mxc://localhost/irc', field_types: {} }
const TOM = { userid: '@_irc_tom:localhost', protocol: 'irc', fields: { nick: 'tom' } }
const HALL = { alias: '#_irc_hall:localhost', protocol: 'irc', fields: { channel: '#hall' } }

t.test('getProtocols, getProtocolMetadata and what follows from them are answered by the bridges', async (t) => {
  const [one, two] = [await listen(t), await listen(t)]
  const second = bridge({
    id: 'second', url: two.url, asToken: 'second', senderLocalpart: 'second', protocols: ['irc', 'broken'],
    namespaces: { users: [], aliases: [], rooms: [] },
  })
  const { api, register } = await createTestServer(t, { appservices: [bridge({ url: one.url }), second] })
  const { token: own } = await register('alice')
  const instance = (network: string) => ({ network_id: network, desc: network, fields: {}, icon: '' })
  one.answer = (path) => {
    if (path.includes('/protocol/irc')) return { status: 200, body: { ...NETWORK, instances: [instance('libera'), {}, null] } }
    if (path.includes('/user')) return { status: 200, body: [TOM, { userid: 1 }] }
    return { status: 200, body: path.includes('/location') ? [HALL] : {} }
  }
  two.answer = (path) => path.includes('/protocol/irc')
    ? { status: 200, body: { ...NETWORK, instances: [instance('oftc')] } }
    : { status: 500, body: {} }
  const irc = {
    ...NETWORK, instances: [{ ...instance('libera'), instance_id: 'irc|libera' }, { ...instance('oftc'), instance_id: 'second|oftc' }],
  }
  t.same((await api.get(`${V3}/thirdparty/protocols`, { token: own })).body, { irc })
  t.same((await api.get(`${V3}/thirdparty/protocol/irc`, { token: own })).body, irc)
  for (const path of ['protocol/broken', 'protocol/none', 'user/none?nick=tom', 'user?userid=@bob:localhost']) {
    t.match(await api.get(`${V3}/thirdparty/${path}`, { token: own }), { status: 404, body: { errcode: 'M_NOT_FOUND' } }, path)
  }
  t.same((await api.get(`${V3}/thirdparty/user/irc?nick=t%20om`, { token: own })).body, [TOM], 'queryUserByProtocol')
  t.equal(one.heard.findLast(({ method }) => method === 'GET')?.path, '/_matrix/app/v1/thirdparty/user/irc?nick=t+om')
  t.same((await api.get(`${V3}/thirdparty/location/irc?channel=%23hall`, { token: own })).body, [HALL], 'queryLocationByProtocol')
  t.same((await api.get(`${V3}/thirdparty/user?userid=${TOM.userid}`, { token: own })).body, [TOM], 'queryUserByID')
  t.same((await api.get(`${V3}/thirdparty/location?alias=%23_irc_hall:localhost`, { token: own })).body, [HALL], 'queryLocationByAlias')
})

// Operations: updateAppserviceRoomDirectoryVisibility, queryPublicRooms.
t.test('A bridge lists rooms under its networks', async (t) => {
  const second = bridge({ id: 'a|b', asToken: 'second', senderLocalpart: 'second', namespaces: { users: [], aliases: [], rooms: [] } })
  const { api, register } = await createTestServer(t, { appservices: [bridge(), second] })
  const alice = await register('alice')
  const create = async (by: string, body: object) => (
    (await api.post(`${V3}/createRoom`, { token: by, body: { preset: 'public_chat', ...body } })).body as { room_id: string }
  ).room_id
  const list = (network: string, roomId: string, visibility = 'public', by = token) => api.put(
    `${V3}/directory/list/appservice/${encodeURIComponent(network)}/${encodeURIComponent(roomId)}`, { token: by, body: { visibility } },
  )
  const search = (body: object) => api.post(`${V3}/publicRooms`, { token: alice.token, body })
  const found = async (body: object) => {
    const { body: { chunk, total_room_count_estimate: total } } = await search(body)
    const ids = (chunk as { room_id: string }[]).map((room) => room.room_id)
    t.equal(total, ids.length)
    return ids
  }
  const [plain, hall, both] = [await create(alice.token, { visibility: 'public' }), await create(token, {}), await create(token, {})]
  await api.post(`${V3}/join/${encodeURIComponent(both)}`, { token: 'second' })
  for (const room of [hall, both, both]) t.match(await list('libera', room), { status: 200, body: {} })
  t.match(await list('of|tc', both, 'public', 'second'), { status: 200 })

  t.same(await found({}), [plain], 'the list of the server is its own')
  t.same(await found({ include_all_networks: false }), [plain])
  t.same(await found({ third_party_instance_id: 'irc|libera' }), [both, hall])
  t.same(await found({ third_party_instance_id: 'a%7Cb|of|tc' }), [both])
  for (const unknown of ['irc|oftc', 'a|b|of|tc', 'irc', 'irc|', '', 'none|libera', 'irc|libera\0']) {
    t.same(await found({ third_party_instance_id: unknown }), [], JSON.stringify(unknown))
  }
  t.same(await found({ include_all_networks: true }), [both, plain, hall], 'each once')
  t.match(await search({ include_all_networks: true, third_party_instance_id: 'irc|libera' }), { status: 400 })
  const [first] = (await search({ third_party_instance_id: 'irc|libera', limit: 1 })).body['chunk']
  t.equal(first.room_id, both)

  t.match(await list('libera', plain), { status: 403, body: { errcode: 'M_FORBIDDEN' } }, 'none of its users is there')
  t.match(await list('libera', hall, 'public', alice.token), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await list('libera', '!unknown:localhost'), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await list('libera', hall, 'hidden'), { status: 400 })
  for (const bad of ['lib\0era', 'x'.repeat(256)]) t.match(await list(bad, hall), { status: 400 })
  const moved = (await api.post(`${V3}/rooms/${encodeURIComponent(hall)}/upgrade`, { token, body: { new_version: '12' } })).body
  t.same(await found({ third_party_instance_id: 'irc|libera' }), [both, moved['replacement_room']], 'an upgraded room in its new place')
  for (const room of [both, both]) t.match(await list('libera', room, 'private'), { status: 200, body: {} })
  t.same(await found({ third_party_instance_id: 'irc|libera' }), [moved['replacement_room']])
  t.same(await found({ third_party_instance_id: 'a%7Cb|of|tc' }), [both], 'each service has its own lists')
})

t.test('A bridge makes its rooms and users when somebody asks for them', async (t) => {
  const service = await listen(t)
  const { api, register, server } = await createTestServer(t, { appservices: [bridge({ url: service.url })] })
  const alice = await register('alice')
  const { room_id: roomId } = (await api.post(`${V3}/createRoom`, { token, body: { preset: 'public_chat' } })).body as { room_id: string }
  service.answer = (path) => ({ status: path.includes('/rooms/') ? 404 : 200, body: {} })
  const absent = await api.get(`${V3}/directory/room/%23_irc_hall:localhost`, { token: alice.token })
  t.match(absent, { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.equal(service.heard.findLast(({ method }) => method === 'GET')?.path, '/_matrix/app/v1/rooms/%23_irc_hall%3Alocalhost')
  service.answer = async (path) => {
    if (path.includes('/rooms/')) await api.put(`${V3}/directory/room/%23_irc_hall:localhost`, { token, body: { room_id: roomId } })
    return { status: 200, body: {} }
  }
  t.same((await api.post(`${V3}/join/%23_irc_hall:localhost`, { token: alice.token })).body, { room_id: roomId })
  t.equal((await api.post(`${V3}/rooms/${roomId}/invite`, { token, body: { user_id: TOM.userid } })).status, 200)
  await server.settled()
  const paths = service.heard.map(({ method, path }) => `${method} ${path}`)
  const asked = paths.indexOf('GET /_matrix/app/v1/users/%40_irc_tom%3Alocalhost')
  t.ok(asked > 0)
  t.match(paths[asked + 1], /^PUT .*transactions/, 'before it is told of the invitation')
})
