import { createHash } from 'node:crypto'
import t from 'tap'
import type { JsonObject } from '../../src/matrix/json.ts'
import { signingKeyFromSeed, signJson, type SigningKey } from '../../src/matrix/signing.ts'
import { createTestServer, PASSWORD } from '../support/server.ts'

const { api, register } = await createTestServer(t)
const alice = await register('alice')
const V3 = '/_matrix/client/v3'
const { token, userId, deviceId } = alice

function keyPair(name: string): SigningKey {
  const key = signingKeyFromSeed('x', createHash('sha256').update(name).digest())
  return { ...key, keyId: `ed25519:${key.publicKey}` }
}

function keySet(name: string) {
  const master = keyPair(`${name} m`)
  const selfSigning = keyPair(`${name} s`)
  const object = (key: SigningKey, usage: string): JsonObject => ({ user_id: userId, usage: [usage], keys: { [key.keyId]: key.publicKey } })
  const body = { master_key: object(master, 'master'), self_signing_key: signJson(object(selfSigning, 'self_signing'), userId, master) }
  return { body, selfSigning }
}

t.test('uploadCrossSigningKeys: freely at first, and again only with the password', async (t) => {
  const upload = (body: unknown) => api.post(`${V3}/keys/device_signing/upload`, { token, body })
  const { body } = keySet('first')
  for (let count = 0; count < 2; count += 1) t.same([(await upload(body)).status, (await upload(body)).body], [200, {}])
  const other = keySet('second')
  const asked = await upload(other.body)
  t.equal(asked.status, 401)
  t.same(asked.body.flows, [{ stages: ['m.login.password'] }])
  const auth = {
    type: 'm.login.password', session: asked.body.session, password: PASSWORD, identifier: { type: 'm.id.user', user: userId },
  }
  t.equal((await upload({ ...other.body, auth })).status, 200)
  const found = await api.post(`${V3}/keys/query`, { token, body: { device_keys: { [userId]: [] } } })
  t.same(found.body.master_keys, { [userId]: other.body.master_key })
  t.same(found.body.self_signing_keys, { [userId]: other.body.self_signing_key })
  const wrong = await upload({ self_signing_key: { ...other.body.self_signing_key, signatures: {} } })
  t.same([wrong.status, wrong.body.errcode], [400, 'M_INVALID_SIGNATURE'])
  const eve = await register('eve')
  const object = { ...other.body.self_signing_key, user_id: eve.userId }
  const missing = await api.post(`${V3}/keys/device_signing/upload`, { token: eve.token, body: { self_signing_key: object } })
  t.same([missing.status, missing.body.errcode], [400, 'M_MISSING_PARAM'])
})

t.test('uploadCrossSigningSignatures: a device is signed, and what is wrong is named', async (t) => {
  const { selfSigning } = keySet('second')
  const keys = { user_id: userId, device_id: deviceId, algorithms: ['a'], keys: { [`curve25519:${deviceId}`]: 'key' } }
  await api.post(`${V3}/keys/upload`, { token, body: { device_keys: { ...keys, signatures: {} } } })
  const sign = (object: JsonObject) => (
    api.post(`${V3}/keys/signatures/upload`, { token, body: { [userId]: { [deviceId]: object, GONE: object } } })
  )
  const wrong = await sign(signJson(keys, userId, { ...keyPair('stranger'), keyId: selfSigning.keyId }))
  t.same(wrong.body.failures[userId][deviceId].errcode, 'M_INVALID_SIGNATURE')
  const right = await sign(signJson(keys, userId, selfSigning))
  t.equal(right.status, 200)
  t.same(Object.keys(right.body.failures[userId]), ['GONE'])
  const found = await api.post(`${V3}/keys/query`, { token, body: { device_keys: { [userId]: [] } } })
  t.same(Object.keys(found.body.device_keys[userId][deviceId].signatures[userId]), [selfSigning.keyId])
})

t.test('postRoomKeysVersion, getRoomKeysVersion, putRoomKeysVersion, deleteRoomKeysVersion', async (t) => {
  const path = `${V3}/room_keys/version`
  const algorithm = 'm.megolm_backup.v1.curve25519-aes-sha2'
  const none = await api.get(path, { token })
  t.same([none.status, none.body.errcode], [404, 'M_NOT_FOUND'], 'getRoomKeysVersionCurrent')
  const made = await api.post(path, { token, body: { algorithm, auth_data: { public_key: 'a' } } })
  t.same([made.status, made.body], [200, { version: '1' }])
  await api.post(path, { token, body: { algorithm, auth_data: { public_key: 'b' } } })
  t.same((await api.get(path, { token })).body, { algorithm, auth_data: { public_key: 'b' }, count: 0, etag: '0', version: '2' })
  const changed = await api.put(`${path}/1`, { token, body: { algorithm, auth_data: { public_key: 'c' }, version: '1' } })
  t.same([changed.status, changed.body], [200, {}])
  t.same((await api.get(`${path}/1`, { token })).body.auth_data, { public_key: 'c' })
  const wrong = await api.put(`${path}/1`, { token, body: { algorithm, auth_data: {}, version: '2' } })
  t.same([wrong.status, wrong.body.errcode], [400, 'M_INVALID_PARAM'])
  t.same((await api.delete(`${path}/2`, { token })).body, {})
  t.equal((await api.get(`${path}/2`, { token })).status, 404)
  t.equal((await api.get(path, { token })).body.version, '1')
  const another = await api.post(path, { token, body: { algorithm: 'org.example.another', auth_data: {} } })
  t.same(another.body, { version: '3' }, 'what clients keep in it is for them to know')
  t.equal((await api.delete(`${path}/3`, { token })).status, 200)
})

t.test('Keys of a backup, all, by room and by session', async (t) => {
  const key = { first_message_index: 1, forwarded_count: 0, is_verified: false, session_data: { ciphertext: 'x' } }
  const at = (rest: string, version = '1') => `${V3}/room_keys/keys${rest}?version=${version}`
  const room = '/!a:localhost'
  t.same((await api.put(at(`${room}/s1`), { token, body: key })).body, { count: 1, etag: '1' }, 'putRoomKeyBySessionId')
  t.same((await api.put(at(room), { token, body: { sessions: { s2: key } } })).body, { count: 2, etag: '2' }, 'putRoomKeysByRoomId')
  const rooms = { '!b:localhost': { sessions: { s3: key } } }
  t.same((await api.put(at(''), { token, body: { rooms } })).body, { count: 3, etag: '3' }, 'putRoomKeys')
  t.same((await api.get(at(`${room}/s1`), { token })).body, key, 'getRoomKeyBySessionId')
  t.same((await api.get(at(room), { token })).body, { sessions: { s1: key, s2: key } }, 'getRoomKeysByRoomId')
  t.same((await api.get(at('/!none:localhost'), { token })).body, { sessions: {} })
  t.same((await api.get(at(''), { token })).body.rooms['!b:localhost'], rooms['!b:localhost'], 'getRoomKeys')
  t.equal((await api.get(at('', '9'), { token })).status, 404)
  t.equal((await api.get(at(`${room}/none`), { token })).status, 404)
  await api.post(`${V3}/room_keys/version`, { token, body: { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: {} } })
  const old = await api.put(at(''), { token, body: { rooms } })
  t.same([old.status, old.body.errcode, old.body.current_version], [403, 'M_WRONG_ROOM_KEYS_VERSION', '4'])
  t.same((await api.delete(at(`${room}/s1`), { token })).body, { count: 2, etag: '4' }, 'deleteRoomKeyBySessionId')
  t.same((await api.delete(at(room), { token })).body, { count: 1, etag: '5' }, 'deleteRoomKeysByRoomId')
  t.same((await api.delete(at(''), { token })).body, { count: 0, etag: '6' }, 'deleteRoomKeys')
})
