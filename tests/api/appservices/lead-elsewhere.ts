import t from 'tap'
import { createTestServer } from '../../support/server.ts'
import { AS_TOKEN as token, bridge } from './bridge.ts'
import { listen } from './fake-appservice.ts'

const V3 = '/_matrix/client/v3'
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
    if (path.includes('/protocol/irc')) return { status: 200, body: { ...NETWORK, instances: [instance('libera')] } }
    if (path.includes('/user')) return { status: 200, body: [TOM, { userid: 1 }] }
    return { status: 200, body: path.includes('/location') ? [HALL] : {} }
  }
  two.answer = (path) => path.includes('/protocol/irc')
    ? { status: 200, body: { ...NETWORK, instances: [instance('oftc')] } }
    : { status: 500, body: {} }
  const irc = { ...NETWORK, instances: [instance('libera'), instance('oftc')] }
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
