import t from 'tap'
import { deviceKeysOf, oneTimeKeysOf } from '../../support/encryption-world.ts'
import { alice, askOne, bob, clock, one, stranger, two } from './world.ts'

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
