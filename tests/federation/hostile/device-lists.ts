import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { MINUTE_MS } from '../../../src/util/durations.ts'
import { deviceKeysOf } from '../../support/encryption-world.ts'
import { inTime } from '../../support/in-time.ts'
import { join, THEIRS, type PeerRoom } from '../receiving/world.ts'
import { evil, settle, world } from './world.ts'

const { alice, peer, server } = world
/** Whom nobody has met in the other tests. */
const BEA = `@bea:${THEIRS}`
const device = (deviceId: string, userId = BEA) => deviceKeysOf({ user: 0, userId, deviceId }) as unknown as JsonObject
const asked = (path: RegExp, from = peer) => from.requests.filter(({ url }) => path.test(url)).length
const keyQueries = () => asked(/\/user\/keys\/query$/)
const listQueries = () => asked(/\/user\/devices\//)

/** A room of alice that she has joined. */
async function meet(): Promise<PeerRoom> {
  const shared = await world.found()
  await shared.receive(join(BEA))
  return shared
}

/** What the peer says at present. */
const told = { devices: ['ONE'], streamId: 5 }
let isAway = false
const away = { status: 502, body: 'Bad gateway' }

peer.on('POST', '/_matrix/federation/v1/user/keys/query', ({ body }) => isAway ? away : ({ body: {
  device_keys: Object.fromEntries(Object.keys(JSON.parse(body).device_keys).map((userId) => (
    [userId, Object.fromEntries(told.devices.map((deviceId) => [deviceId, device(deviceId, userId)]))]
  ))),
} }))
peer.on('GET', /^\/_matrix\/federation\/v1\/user\/devices\//, ({ url }) => {
  const userId = decodeURIComponent(url.split('/').at(-1) ?? '')
  return isAway ? away : { body: {
    user_id: userId, stream_id: told.streamId,
    devices: told.devices.map((deviceId) => ({ device_id: deviceId, keys: device(deviceId, userId) })),
  } }
})

const query = (userId: string, deviceIds: string[] = []) => (
  server.api.post('/_matrix/client/v3/keys/query', { token: alice.token, body: { device_keys: { [userId]: deviceIds } } })
)

async function devicesOf(userId = BEA): Promise<string[]> {
  const { body } = await query(userId)
  return Object.keys(body['device_keys'][userId] ?? {}).sort()
}

/** The server tells of a device; resolves when it was heard. */
async function tell(deviceId: string, streamId: number, previous: number[], changes: JsonObject = {}): Promise<void> {
  const content = { user_id: BEA, device_id: deviceId, stream_id: streamId, prev_id: previous, keys: device(deviceId), ...changes }
  await world.send({ edus: [{ edu_type: 'm.device_list_update', content }] })
  await settle()
}

let since = ''

async function changed(): Promise<string[]> {
  const { body } = await world.asAlice(`/sync?${since}`)
  since = `since=${body['next_batch']}`
  return body['device_lists']?.changed ?? []
}

t.test('devices of whom we meet are asked for once, and are what the updates make of them', async (t) => {
  const first = keyQueries()
  t.same(await devicesOf(), ['ONE'])
  t.same(await devicesOf(), ['ONE'])
  t.equal(keyQueries() - first, 2, 'of whom nobody meets nobody is told')
  const shared = await meet()
  await changed()
  t.same([await devicesOf(), await devicesOf()], [['ONE'], ['ONE']])
  t.equal(keyQueries() - first, 3)

  told.devices = ['ONE', 'TWO']
  told.streamId = 6
  await tell('TWO', 6, [])
  t.equal(listQueries(), 1, 'what begins a sequence may come after updates that were lost')
  t.same(await changed(), [BEA])
  t.same(await devicesOf(), ['ONE', 'TWO'])
  await tell('TWO', 6, [])
  t.same(await changed(), [], 'what is known is no news')
  await tell('ONE', 7, [6], { deleted: true })
  t.same(await devicesOf(), ['TWO'])
  await tell('THREE', 8, [7], { device_display_name: 'Phone' })
  t.same(await changed(), [BEA])
  t.same(await devicesOf(), ['THREE', 'TWO'])
  t.equal(keyQueries() - first, 3, 'nobody was asked')
  t.equal(listQueries(), 1)

  told.devices = ['THREE', 'TWO', 'LOST']
  server.clock.advance(2 * MINUTE_MS)
  await tell('TWO', 9, [])
  t.equal(listQueries(), 2, 'what begins a sequence is a gap for who knows another')
  t.same(await changed(), [BEA])
  t.same(await devicesOf(), ['LOST', 'THREE', 'TWO'])

  server.clock.advance(2 * MINUTE_MS)
  told.devices = ['TWO', 'FOUR']
  told.streamId = 10
  await tell('FIVE', 10, [9])
  t.equal(listQueries(), 3, 'where an update is missing the whole list is asked for')
  t.same(await changed(), [BEA])
  t.same(await devicesOf(), ['FOUR', 'TWO'])
  await tell('FOUR', 11, [10], { deleted: true })
  t.same(await devicesOf(), ['TWO'])
  t.equal(keyQueries() - first, 3)

  told.devices = ['SIX']
  await shared.receive({ sender: BEA, type: 'm.room.member', stateKey: BEA, content: { membership: 'leave' } })
  t.same(await devicesOf(), ['SIX'], 'who left is not followed')
  await shared.receive(join(BEA))
  told.devices = ['SEVEN']
  t.same([await devicesOf(), await devicesOf()], [['SEVEN'], ['SEVEN']], 'nor is it known what happened meanwhile')
  t.equal(keyQueries() - first, 5)
})

t.test('keys that sign others come by themselves too, and what cannot be read is asked for', async (t) => {
  await meet()
  await devicesOf()
  const before = keyQueries()
  const key = (usage: string) => ({ user_id: BEA, usage: [usage], keys: { [`ed25519:${usage}`]: usage } })
  await world.send({ edus: [{ edu_type: 'm.signing_key_update', content: { user_id: BEA, master_key: key('master') } }] })
  await settle()
  const { body } = await query(BEA, ['NONE'])
  t.same([body['master_keys'][BEA], body['device_keys'][BEA]], [key('master'), {}])
  t.equal(keyQueries(), before)
  server.clock.advance(2 * MINUTE_MS)
  const lists = listQueries()
  await tell('ODD', 20, [], { keys: { user_id: '@other:peer.hearth.test' } })
  t.equal(listQueries() - lists, 1)
})

t.test('a server that is away: what it said last is told, and asked again when it is back', async (t) => {
  await meet()
  server.clock.advance(2 * MINUTE_MS)
  told.devices = ['EIGHT']
  await tell('X', 30, [29])
  t.same(await devicesOf(), ['EIGHT'])
  await changed()
  server.clock.advance(2 * MINUTE_MS)
  isAway = true
  told.devices = ['NINE']
  await tell('Y', 40, [39])
  await changed()
  const { body } = await inTime(server.clock, query(BEA))
  t.same(Object.keys(body['device_keys'][BEA]), ['EIGHT'])
  t.match(body['failures'], { [THEIRS]: { status: Number } })
  isAway = false
  server.clock.advance(2 * MINUTE_MS)
  server.services.destinations.noteInbound(THEIRS)
  await settle()
  t.same(await changed(), [BEA], 'who asked in vain asks again')
  t.same(await devicesOf(), ['NINE'])
})

t.test('who writes from a device that is not known has more devices than was told', async (t) => {
  await meet()
  server.clock.advance(2 * MINUTE_MS)
  told.devices = ['NINE']
  await devicesOf()
  const lists = listQueries()
  const write = async (id: string, senderKey: string) => {
    const content = { algorithm: 'm.olm.v1.curve25519-aes-sha2', sender_key: senderKey, ciphertext: {} }
    await world.send({ edus: [{ edu_type: 'm.direct_to_device', content: {
      sender: BEA, type: 'm.room.encrypted', message_id: id, messages: { [alice.userId]: { '*': content } },
    } }] })
    await settle()
  }
  const keyOf = (deviceId: string) => String((device(deviceId)['keys'] as JsonObject)[`curve25519:${deviceId}`])
  await write('known', keyOf('NINE'))
  t.equal(listQueries(), lists)
  told.devices = ['NINE', 'TEN']
  await changed()
  await write('unknown', 'another key')
  t.equal(listQueries() - lists, 1)
  t.same(await changed(), [BEA])
  t.same(await devicesOf(), ['NINE', 'TEN'])
})

t.test('a flood of updates is one question a minute, and few rows (A70)', async (t) => {
  await meet()
  server.clock.advance(2 * MINUTE_MS)
  await devicesOf()
  const rows = async () => (await world.db.selectFrom('device_list_changes').select('pos').execute()).length
  const [lists, before] = [listQueries(), await rows()]
  for (let sent = 0; sent < 500; sent += 100) {
    const edus = Array.from({ length: 100 }, (_, index) => ({
      edu_type: 'm.device_list_update',
      content: { user_id: BEA, device_id: `D${sent + index}`, stream_id: sent + index, prev_id: [99_999] },
    }))
    t.equal((await world.send({ edus })).status, 200)
  }
  await settle()
  t.ok(listQueries() - lists <= 1, `${listQueries() - lists} questions`)
  t.ok(await rows() - before <= 2, `${await rows() - before} rows`)
  server.clock.advance(2 * MINUTE_MS)
  await settle()
  t.ok(listQueries() - lists <= 2)
  t.match((await world.send({ edus: [] }, { from: evil })).status, 200, 'others are heard')
  const cal = `@cal:${THEIRS}`
  await (await world.found()).receive(join(cal))
  const unasked = await rows()
  await world.send({ edus: Array.from({ length: 100 }, (_, index) => (
    { edu_type: 'm.device_list_update', content: { user_id: cal, device_id: 'D', stream_id: index, prev_id: [] } }
  )) })
  await settle()
  t.ok(await rows() - unasked <= 25, `${await rows() - unasked} rows of whom nobody has asked for`)
})

t.test('what a server says is told each time, whether or not somebody has asked meanwhile', async (t) => {
  await meet()
  await changed()
  await tell('NINE', 21, [])
  t.same(await changed(), [BEA])
  await tell('NINE', 22, [21], { device_display_name: 'A name' })
  t.same(await changed(), [BEA])
})
