import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { deviceKeysOf, oneTimeKeysOf } from '../../support/encryption-world.ts'
import { alice, askOne, bob, clock, one, shy, stranger, two } from './world.ts'

// Operations: queryUserEncryptionKeys, claimUserEncryptionKeys, getUserDevices.
t.test('Keys of devices are told to other servers, and asked of them', async (t) => {
  const deviceKeys = deviceKeysOf({ user: 0, ...bob })
  await two.ask(bob, 'POST', '/keys/upload', { device_keys: deviceKeys, one_time_keys: oneTimeKeysOf(['K1']) })
  // Servers that were not there in earlier tests may be asked again.
  clock.advance(600_000)
  const query = await one.ask(alice, 'POST', '/keys/query', {
    device_keys: { [bob.userId]: [], '@gone:gone.hearth.test': [], '@peer:peer.hearth.test': [] }, timeout: 10_000,
  })
  t.match(query.body, { device_keys: { [bob.userId]: { [bob.deviceId]: { keys: deviceKeys.keys } } } })
  t.match(query.body['failures'], { 'gone.hearth.test': { status: 503 }, 'peer.hearth.test': { status: 502 } })
  const wanted = { one_time_keys: { [bob.userId]: { [bob.deviceId]: 'signed_curve25519' } } }
  const claims = [await one.ask(alice, 'POST', '/keys/claim', wanted), await one.ask(alice, 'POST', '/keys/claim', wanted)]
  t.same(Object.keys(claims[0]?.body['one_time_keys'][bob.userId][bob.deviceId] ?? {}), ['signed_curve25519:K1'])
  t.same(claims[1]?.body['one_time_keys'], {}, 'a key is issued once')

  stranger.on('POST', '/_matrix/federation/v1/user/keys/query', { body: { device_keys: {
    '@peer:peer.hearth.test': { ONE: { ...deviceKeys, user_id: '@peer:peer.hearth.test', device_id: 'ONE' }, TWO: deviceKeys },
    [alice.userId]: { EVIL: deviceKeys },
  } } })
  const peers = await one.ask(alice, 'POST', '/keys/query', { device_keys: { '@peer:peer.hearth.test': [] } })
  t.same(Object.keys(peers.body['device_keys']), ['@peer:peer.hearth.test'], 'a server is heard about its own users')
  t.same(Object.keys(peers.body['device_keys']['@peer:peer.hearth.test']), ['ONE'], 'and devices that are what they say')

  await one.ask(alice, 'POST', '/keys/upload', { device_keys: deviceKeysOf({ user: 0, ...alice }) })
  const asked = await askOne('POST', '/user/keys/query', { device_keys: { [alice.userId]: [] } })
  t.same(Object.keys((asked.body as Record<string, object>)['device_keys'] ?? {}), [alice.userId])
  const devices = await askOne('GET', `/user/devices/${encodeURIComponent(alice.userId)}`)
  t.match(devices.body, {
    user_id: alice.userId, stream_id: Number, devices: [{ device_id: alice.deviceId, keys: { user_id: alice.userId } }],
  })
  t.match(await askOne('GET', '/user/devices/@none:one.hearth.test'), { status: 404 })
  t.match(await askOne('POST', '/user/keys/claim', { one_time_keys: { [alice.userId]: { [alice.deviceId]: 'x' } } }), {
    status: 200, body: { one_time_keys: {} },
  })
})

t.test('Who wants the keys of a device whose server is being started again waits for it', async (t) => {
  let failuresLeft = 2
  stranger.on('POST', '/_matrix/federation/v1/user/keys/claim', (_request, response) => {
    if (failuresLeft === 0) return { body: { one_time_keys: { '@peer:peer.hearth.test': { ONE: oneTimeKeysOf(['LATE']) } } } }
    failuresLeft -= 1
    response.destroy()
    return undefined
  })
  const wanted = { one_time_keys: { '@peer:peer.hearth.test': { ONE: 'signed_curve25519' } } }
  let isDone = false
  const claimed = one.ask(alice, 'POST', '/keys/claim', { ...wanted, timeout: 10_000 }).finally(() => { isDone = true })
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    clock.advance(50)
  }
  const { body } = await claimed
  t.strictSame([body['failures'], Object.keys(body['one_time_keys'])], [{}, ['@peer:peer.hearth.test']])
  t.equal(failuresLeft, 0)
})

t.test('The names of devices are told only where the operator wants it', async (t) => {
  const names = new Map<string, unknown>()
  for (const town of [one, shy]) {
    const user = await town.server.register('named')
    await town.ask(user, 'POST', '/keys/upload', { device_keys: deviceKeysOf({ user: 0, ...user }) })
    await town.ask(user, 'PUT', `/devices/${user.deviceId}`, { display_name: 'My phone' })
    const own = await town.ask(user, 'POST', '/keys/query', { device_keys: { [user.userId]: [] } })
    t.equal(own.body['device_keys'][user.userId][user.deviceId].unsigned.device_display_name, 'My phone', 'it is shown here')
    const ask = (method: 'GET' | 'POST', path: string, body?: JsonObject) => (
      stranger.ask(town.server.url, town.name, method, `/_matrix/federation/v1${path}`, body)
    )
    const query = await ask('POST', '/user/keys/query', { device_keys: { [user.userId]: [] } })
    const devices = await ask('GET', `/user/devices/${encodeURIComponent(user.userId)}`)
    t.match(query.body, { device_keys: { [user.userId]: { [user.deviceId]: { user_id: user.userId } } } })
    t.match(devices.body, { devices: [{ device_id: user.deviceId }] })
    names.set(town.name, [query, devices].map(({ text }) => text.includes('My phone')))
  }
  t.strictSame([...names.values()], [[true, true], [false, false]])
  const sam = await shy.server.register('sam')
  await shy.ask(sam, 'POST', '/keys/upload', { device_keys: deviceKeysOf({ user: 0, ...sam }) })
  const room = await one.talk.create(alice, { preset: 'public_chat' })
  await shy.join(sam, room, one.name)
  await one.ask(alice, 'POST', '/keys/query', { device_keys: { [sam.userId]: [] } })
  await shy.ask(sam, 'PUT', `/devices/${sam.deviceId}`, { display_name: 'My phone' })
  for (const each of [shy, one, shy, one]) await each.server.server.settled()
  const told = await one.ask(alice, 'POST', '/keys/query', { device_keys: { [sam.userId]: [] } })
  t.ok(told.body['device_keys'][sam.userId][sam.deviceId].keys)
  t.notOk(told.text.includes('My phone'), 'nor with an update')
})
