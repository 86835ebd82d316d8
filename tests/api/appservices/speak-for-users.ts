import t from 'tap'
import { signingKeyFromSeed } from '../../../src/matrix/signing.ts'
import { V3 } from '../../support/api.ts'
import { smallLimits } from '../../support/front.ts'
import { createTestServer } from '../../support/server.ts'
import { AS_TOKEN as token, bridge } from './bridge.ts'

const GHOST = '@_irc_tom:localhost'

const as = (userId: string, deviceId?: string): string =>
  `user_id=${encodeURIComponent(userId)}${deviceId === undefined ? '' : `&device_id=${deviceId}`}`

t.test('An application service registers users of its own and speaks for them', async (t) => {
  const { api, register, clock } = await createTestServer(t, { appservices: [bridge()] })
  const alice = await register('alice')
  const wish = { type: 'm.login.application_service', username: '_irc_tom' }
  t.match(await api.get(`${V3}/account/whoami`, { token }), { status: 200, body: { user_id: '@_irc_bot:localhost', is_guest: false } })
  const forbidden = { status: 403, body: { errcode: 'M_FORBIDDEN' } }
  t.match(await api.get(`${V3}/account/whoami?${as(GHOST)}`, { token }), forbidden, 'not registered')
  t.match(await api.post(`${V3}/register`, { body: wish }), { status: 401, body: { errcode: 'M_MISSING_TOKEN' } })
  t.match(await api.post(`${V3}/register`, { token: alice.token, body: wish }), { status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } })
  const foreign = await api.post(`${V3}/register`, { token, body: { ...wish, username: 'bob' } })
  t.match(foreign, { status: 400, body: { errcode: 'M_EXCLUSIVE' } })
  const registered = await api.post(`${V3}/register`, { token, body: { ...wish, inhibit_login: true } })
  t.same([registered.status, registered.body], [200, { user_id: GHOST, home_server: 'localhost' }])
  t.match(await api.post(`${V3}/register`, { token, body: wish }), { status: 400, body: { errcode: 'M_USER_IN_USE' } })
  t.match(await api.get(`${V3}/account/whoami?${as(GHOST)}`, { token }), { status: 200, body: { user_id: GHOST } })
  t.match(await api.get(`${V3}/account/whoami?${as(alice.userId)}`, { token }), forbidden)

  const room = await api.post(`${V3}/createRoom?${as(GHOST)}`, { token, body: { room_alias_name: '_irc_hall', invite: [alice.userId] } })
  const { room_id: roomId } = room.body as { room_id: string }
  const sent = await api.put(`${V3}/rooms/${roomId}/send/m.room.message/1?${as(GHOST)}&ts=1234`, { token, body: { body: 'old' } })
  const event = await api.get(`${V3}/rooms/${roomId}/event/${(sent.body as { event_id: string }).event_id}?${as(GHOST)}`, { token })
  t.match(event.body, { sender: GHOST, origin_server_ts: 1234 }, 'in the past of the other network')
  await api.post(`${V3}/join/${roomId}`, { token: alice.token })
  const late = await api.put(`${V3}/rooms/${roomId}/send/m.room.message/1?ts=1234`, { token: alice.token, body: { body: 'now' } })
  const told = await api.get(`${V3}/rooms/${roomId}/event/${(late.body as { event_id: string }).event_id}`, { token: alice.token })
  t.equal((told.body as { origin_server_ts: number }).origin_server_ts, clock.now(), 'nobody else sets the time')
  t.match(await api.put(`${V3}/directory/room/%23hall:localhost?${as(GHOST)}`, { token, body: { room_id: roomId } }), {
    status: 400, body: { errcode: 'M_EXCLUSIVE' },
  })
})

t.test('Names of an application service are for nobody else', async (t) => {
  const { api, register } = await createTestServer(t, { appservices: [bridge()] })
  const alice = await register('alice')
  const exclusive = { status: 400, body: { errcode: 'M_EXCLUSIVE' } }
  t.match(await api.get(`${V3}/register/available?username=_irc_tom`), exclusive)
  t.match(await api.post(`${V3}/register`, { body: { username: '_irc_tom', password: 'correct horse' } }), exclusive)
  t.match(await api.post(`${V3}/createRoom`, { token: alice.token, body: { room_alias_name: '_irc_hall' } }), exclusive)
  const { body } = await api.post(`${V3}/createRoom`, { token: alice.token, body: {} })
  t.match(await api.put(`${V3}/directory/room/%23_irc_hall:localhost`, { token: alice.token, body }), exclusive)
})

t.test('An application service has devices of its users without passwords', async (t) => {
  const { api, services } = await createTestServer(t, { appservices: [bridge()] })
  await api.post(`${V3}/register`, { token, body: { type: 'm.login.application_service', username: '_irc_tom', inhibit_login: true } })
  t.match((await api.get(`${V3}/login`)).body, { flows: [{}, {}, { type: 'm.login.application_service' }] })
  t.match(await api.get(`${V3}/account/whoami?${as(GHOST, 'BRIDGE')}`, { token }), { status: 400, body: { errcode: 'M_UNKNOWN_DEVICE' } })
  const made = await api.put(`${V3}/devices/BRIDGE?${as(GHOST)}`, { token, body: { display_name: 'Bridge' } })
  t.same([made.status, made.body], [201, {}])
  t.equal((await api.put(`${V3}/devices/BRIDGE?${as(GHOST)}`, { token, body: { display_name: 'IRC' } })).status, 200)
  t.match(await api.get(`${V3}/account/whoami?${as(GHOST, 'BRIDGE')}`, { token }), { status: 200, body: { device_id: 'BRIDGE' } })
  t.match(await api.get(`${V3}/devices/BRIDGE?${as(GHOST)}`, { token }), { status: 200, body: { display_name: 'IRC' } })
  const { publicKey } = signingKeyFromSeed('1', Buffer.alloc(32, 1))
  const master = { user_id: GHOST, usage: ['master'], keys: { [`ed25519:${publicKey}`]: publicKey } }
  t.equal((await api.post(`${V3}/keys/device_signing/upload?${as(GHOST, 'BRIDGE')}`, { token, body: { master_key: master } })).status, 200)
  const namedLikeIt = await api.put(`${V3}/devices/${encodeURIComponent(publicKey)}?${as(GHOST)}`, { token, body: {} })
  t.match(namedLikeIt, { status: 403, body: { errcode: 'M_FORBIDDEN' } }, 'no device has the name of a key of its user')
  t.equal((await api.delete(`${V3}/devices/BRIDGE?${as(GHOST)}`, { token, body: {} })).status, 200, 'no password asked')
  t.match(await api.get(`${V3}/account/whoami?${as(GHOST, 'BRIDGE')}`, { token }), { status: 400, body: { errcode: 'M_UNKNOWN_DEVICE' } })

  const login = { type: 'm.login.application_service', identifier: { type: 'm.id.user', user: '_irc_tom' }, device_id: 'SECOND' }
  t.match(await api.post(`${V3}/login`, { body: login }), { status: 401, body: { errcode: 'M_MISSING_TOKEN' } })
  const session = await api.post(`${V3}/login`, { token, body: login })
  t.match(session.body, { user_id: GHOST, device_id: 'SECOND' })
  t.equal((await api.get(`${V3}/account/whoami`, { token: (session.body as { access_token: string }).access_token })).status, 200)
  const ghost = await services.accounts.find(GHOST)
  await services.accounts.setFlags(ghost?.user ?? -1, { locked: true })
  t.match(await api.get(`${V3}/account/whoami?${as(GHOST)}`, { token }), { status: 401, body: { errcode: 'M_USER_LOCKED' } })
})

t.test('Who is let off the rate limits is not held up', async (t) => {
  const free = bridge({
    id: 'free', asToken: 'free', senderLocalpart: 'free', rateLimited: false, namespaces: { users: [], aliases: [], rooms: [] },
  })
  const { api } = await createTestServer(t, { appservices: [bridge(), free], rateLimits: smallLimits })
  const statusesOf = async (asToken: string, query: string) => {
    const statuses: number[] = []
    for (let index = 0; index < 5; index += 1) {
      statuses.push((await api.post(`${V3}/createRoom?${query}`, { token: asToken, body: {} })).status)
    }
    return statuses
  }
  t.same(await statusesOf('free', ''), [200, 200, 200, 200, 200])
  t.same(await statusesOf(token, ''), [200, 200, 200, 200, 200], 'its own user')
  await api.post(`${V3}/register`, { token, body: { type: 'm.login.application_service', username: '_irc_tom', inhibit_login: true } })
  t.same(await statusesOf(token, as(GHOST)), [200, 200, 200, 429, 429])
})
