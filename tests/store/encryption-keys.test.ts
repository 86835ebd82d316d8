import t from 'tap'
import type { RemoteKeys } from '../../src/encryption/remote-keys.ts'
import { deleteDeviceKeys } from '../../src/store/encryption/device-keys.ts'
import { DAY_MS } from '../../src/util/durations.ts'
import { createEncryptionWorld, deviceKeysOf, oneTimeKeysOf } from '../support/encryption-world.ts'
import { refusal } from '../support/refusal.ts'

const CROSS = { user_id: '@asked:up.example', usage: ['master'], keys: {} } as const
const KEYS = { devices: {}, master: CROSS, userSigning: CROSS }
const remoteKeys: RemoteKeys = {
  query: (server) => Promise.resolve(server === 'up.example'
    ? { ok: true, value: { '@asked:up.example': KEYS, '@unasked:up.example': KEYS, '@alice:localhost': KEYS } }
    : { ok: false, status: 503, message: 'Gone' }),
  claim: () => Promise.resolve({ ok: false, status: 503, message: 'Gone' }),
}

const world = await createEncryptionWorld(t, remoteKeys)
const { encryption: { deviceKeys, keyCounts }, changes } = world
const signed = (id: string) => `signed_curve25519:${id}`

/** The names of the keys that a claim brings for one device. */
async function claim(userId: string, deviceId: string): Promise<string[]> {
  const answer = await deviceKeys.claim({ one_time_keys: { [userId]: { [deviceId]: 'signed_curve25519' } } })
  return Object.keys(answer.one_time_keys[userId]?.[deviceId] ?? {})
}

t.test('Identity keys are stored, queried, and a change of them is told once', async (t) => {
  const alice = await world.addDevice('alice', 'ALICE')
  const upload = { device_keys: { ...deviceKeysOf(alice), unsigned: { device_display_name: 'Admin' } } }
  t.same(await deviceKeys.upload(alice, upload), { signed_curve25519: 0 })
  const told = () => changes.filter((change) => change.kind === 'device-list' && change.user === alice.user).length
  t.equal(told(), 1)
  await deviceKeys.upload(alice, upload)
  t.equal(told(), 1, 'the same keys again are no news')
  await deviceKeys.upload(alice, { device_keys: deviceKeysOf(alice, 'other') })
  t.equal(told(), 2)
  const answer = await deviceKeys.query('@reader:localhost', { device_keys: { [alice.userId]: [], '@nobody:localhost': [] } })
  t.same(answer, {
    device_keys: {
      [alice.userId]: { ALICE: { ...deviceKeysOf(alice, 'other'), unsigned: { device_display_name: "alice's ALICE" } } },
      '@nobody:localhost': {},
    },
    master_keys: {}, self_signing_keys: {}, user_signing_keys: {}, failures: {},
  })
  const named = await deviceKeys.query('@reader:localhost', { device_keys: { [alice.userId]: ['OTHER', '__proto__', 'a\0b'] } })
  t.same(named.device_keys, { [alice.userId]: {} })
})

t.test('Keys of somebody else are refused', async (t) => {
  const mallory = await world.addDevice('mallory', 'M')
  for (const other of [{ user_id: '@alice:localhost' }, { device_id: 'ALICE' }]) {
    await t.rejects(deviceKeys.upload(mallory, { device_keys: { ...deviceKeysOf(mallory), ...other } }), refusal('M_BAD_JSON'))
  }
  await t.rejects(deviceKeys.upload({ ...mallory, deviceId: 'GONE' }, {}), refusal('M_UNKNOWN_DEVICE'))
  for (const name of ['nocolon', ':id', 'algorithm:', 'a:\0', `a:${'x'.repeat(300)}`]) {
    await t.rejects(deviceKeys.upload(mallory, { one_time_keys: { [name]: 'key' } }), refusal('M_INVALID_PARAM'), name)
  }
  await t.rejects(deviceKeys.upload(mallory, { one_time_keys: { 'a:b': 'x'.repeat(20_000) } }), refusal('M_TOO_LARGE'))
  await t.rejects(deviceKeys.upload(mallory, { fallback_keys: { 'a:b': 'x', 'a:c': 'y' } }), refusal('M_INVALID_PARAM'))
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`a:${index}`, 'key']))
  await t.rejects(deviceKeys.upload(mallory, { one_time_keys: many }), refusal('M_INVALID_PARAM'))
  t.same(await deviceKeys.upload(mallory, {}), { signed_curve25519: 0 }, 'nothing of all that was stored')
})

t.test('One-time keys are issued in the order of upload, each once', async (t) => {
  const bob = await world.addDevice('bob', 'BOB')
  t.same(await deviceKeys.upload(bob, { one_time_keys: oneTimeKeysOf(['zz', 'aa']) }), { signed_curve25519: 2 })
  t.same(await deviceKeys.upload(bob, { one_time_keys: oneTimeKeysOf(['0', 'mm']) }), { signed_curve25519: 4 })
  t.same(await claim(bob.userId, 'BOB'), [signed('zz')])
  t.same(await claim(bob.userId, 'BOB'), [signed('aa')])
  t.same((await claim(bob.userId, 'BOB')), [signed('0')])
  t.same((await deviceKeys.claim({ one_time_keys: { [bob.userId]: { BOB: 'unknown', __proto__: 'x' } } })).one_time_keys, {})
  t.same((await claim(bob.userId, 'BOB')), [signed('mm')])
  t.same(await claim(bob.userId, 'BOB'), [])
})

t.test('A key uploaded again is the same key, also when it was issued meanwhile', async (t) => {
  const carol = await world.addDevice('carol', 'CAROL')
  await deviceKeys.upload(carol, { one_time_keys: oneTimeKeysOf(['1', '2']) })
  t.same(await claim(carol.userId, 'CAROL'), [signed('1')])
  t.same(await deviceKeys.upload(carol, { one_time_keys: oneTimeKeysOf(['1', '2']) }), { signed_curve25519: 1 })
  const exists = refusal('M_UNKNOWN', { message: /^One time key .* already exists/ })
  await t.rejects(deviceKeys.upload(carol, { one_time_keys: oneTimeKeysOf(['3', '2'], 'other') }), exists)
  t.same(await deviceKeys.upload(carol, {}), { signed_curve25519: 1 }, 'an upload is stored whole or not at all')
  const renewed = await deviceKeys.upload(carol, { one_time_keys: oneTimeKeysOf(['1'], 'other') })
  t.same(renewed, { signed_curve25519: 2 }, 'a new key may have an old name')
  t.same(await claim(carol.userId, 'CAROL'), [signed('2')])
  world.clock.advance(31 * DAY_MS)
  const late = await deviceKeys.upload(carol, { one_time_keys: oneTimeKeysOf(['2']) })
  t.same(late, { signed_curve25519: 2 }, 'issued keys are forgotten at last')
})

t.test('A hundred claims at once get a hundred keys, and then the fallback', async (t) => {
  const dave = await world.addDevice('dave', 'DAVE')
  const ids = Array.from({ length: 100 }, (_, index) => `k${String(index).padStart(3, '0')}`)
  await deviceKeys.upload(dave, { one_time_keys: oneTimeKeysOf(ids), fallback_keys: oneTimeKeysOf(['fallback']) })
  t.same(await keyCounts.of(dave.user, 'DAVE'), {
    device_one_time_keys_count: { signed_curve25519: 100 }, device_unused_fallback_key_types: ['signed_curve25519'],
  })
  const claims = await Promise.all(Array.from({ length: 120 }, () => claim(dave.userId, 'DAVE')))
  const issued = claims.flat().filter((name) => name !== signed('fallback'))
  t.equal(new Set(issued).size, 100)
  t.equal(issued.length, 100)
  t.equal(claims.flat().length, 120)
  t.same(await keyCounts.of(dave.user, 'DAVE'), {
    device_one_time_keys_count: { signed_curve25519: 0 }, device_unused_fallback_key_types: [],
  })
})

t.test('A fallback key is issued again and again, and is unused only until the first time', async (t) => {
  const erin = await world.addDevice('erin', 'ERIN')
  const fallback = { fallback_keys: oneTimeKeysOf(['F1']) }
  await deviceKeys.upload(erin, fallback)
  t.same(await claim(erin.userId, 'ERIN'), [signed('F1')])
  t.same(await claim(erin.userId, 'ERIN'), [signed('F1')])
  await deviceKeys.upload(erin, fallback)
  t.same((await keyCounts.of(erin.user, 'ERIN')).device_unused_fallback_key_types, [], 'the same key is still a used one')
  await deviceKeys.upload(erin, { fallback_keys: oneTimeKeysOf(['F2']) })
  t.same((await keyCounts.of(erin.user, 'ERIN')).device_unused_fallback_key_types, ['signed_curve25519'])
  t.same(await claim(erin.userId, 'ERIN'), [signed('F2')])
})

t.test('Fallback keys of many devices are claimed from both ends at once', async (t) => {
  const devices = await Promise.all(Array.from({ length: 20 }, (_, index) => world.addDevice('frank', `F${index}`)))
  await Promise.all(devices.map((device) => deviceKeys.upload(device, { fallback_keys: oneTimeKeysOf(['F']) })))
  const wishes = devices.map(({ deviceId }) => [deviceId, 'signed_curve25519'] as const)
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => (
    deviceKeys.claim({ one_time_keys: { '@frank:localhost': Object.fromEntries(index % 2 === 0 ? wishes : wishes.toReversed()) } })
  )))
  for (const answer of answers) t.equal(Object.keys(answer.one_time_keys['@frank:localhost'] ?? {}).length, 20)
})

t.test('Names that mean something to JavaScript are names', async (t) => {
  const hostile = await world.addDevice('hostile', '__proto__')
  await deviceKeys.upload(hostile, {
    device_keys: deviceKeysOf(hostile),
    one_time_keys: Object.fromEntries([['__proto__:__proto__', 'key']]),
    fallback_keys: Object.fromEntries([['constructor:toString', 'key']]),
  })
  const counts = await keyCounts.of(hostile.user, '__proto__')
  t.same(Object.entries(counts.device_one_time_keys_count), [['signed_curve25519', 0], ['__proto__', 1]])
  const found = await deviceKeys.query('@reader:localhost', { device_keys: { [hostile.userId]: [] } })
  t.same(Object.keys(found.device_keys[hostile.userId] ?? {}), ['__proto__'])
  const wishes = { [hostile.userId]: Object.fromEntries([['__proto__', '__proto__']]) }
  const claimed = await deviceKeys.claim({ one_time_keys: wishes })
  t.equal(JSON.stringify(claimed.one_time_keys), `{"${hostile.userId}":{"__proto__":{"__proto__:__proto__":"key"}}}`)
})

t.test('Other servers answer for the users they were asked for, or are named as failures', async (t) => {
  const query = { '@asked:up.example': [], '@x:down.example': [], '@y:down.example': [], 'nonsense': [] }
  const answer = await deviceKeys.query('@reader:localhost', { device_keys: query })
  t.same(answer, {
    device_keys: { '@asked:up.example': {} }, master_keys: { '@asked:up.example': CROSS }, self_signing_keys: {}, user_signing_keys: {},
    failures: { 'down.example': { status: 503, message: 'Gone' } },
  })
  const claimed = await deviceKeys.claim({ one_time_keys: { '@x:down.example': { D: 'signed_curve25519' } } })
  t.same(claimed, { one_time_keys: {}, failures: { 'down.example': { status: 503, message: 'Gone' } } })
})

t.test('A device with another identity has none of the keys that it had before', async (t) => {
  const grace = await world.addDevice('grace', 'GRACE')
  const keys = { one_time_keys: oneTimeKeysOf(['1', '2']), fallback_keys: oneTimeKeysOf(['F']) }
  await deviceKeys.upload(grace, { device_keys: deviceKeysOf(grace), ...keys })
  await deviceKeys.upload(grace, { device_keys: { ...deviceKeysOf(grace), algorithms: ['m.megolm.v1.aes-sha2'] } })
  t.same(await claim(grace.userId, 'GRACE'), [signed('1')], 'more algorithms are no other identity')
  const others = { device_keys: deviceKeysOf(grace, 'other'), one_time_keys: oneTimeKeysOf(['9'], 'other') }
  t.same(await deviceKeys.upload(grace, others), { signed_curve25519: 1 })
  t.same((await keyCounts.of(grace.user, 'GRACE')).device_unused_fallback_key_types, [])
  t.same(await claim(grace.userId, 'GRACE'), [signed('9')])
  t.same(await claim(grace.userId, 'GRACE'), [])
})

t.test('The keys of a deleted device are gone', async (t) => {
  const gone = await world.addDevice('gone', 'GONE')
  await deviceKeys.upload(gone, {
    device_keys: deviceKeysOf(gone), one_time_keys: oneTimeKeysOf(['1']), fallback_keys: oneTimeKeysOf(['2']),
  })
  const { db } = world.database
  t.equal(await db.transaction().execute((trx) => deleteDeviceKeys(trx, gone.user, ['GONE', 'OTHER'])), true)
  t.equal(await db.transaction().execute((trx) => deleteDeviceKeys(trx, gone.user, ['GONE'])), false)
  t.same(await claim(gone.userId, 'GONE'), [])
})
