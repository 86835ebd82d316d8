import { createHash } from 'node:crypto'
import t from 'tap'
import { EncryptionLog } from '../../src/encryption/encryption-log.ts'
import type { JsonObject } from '../../src/matrix/json.ts'
import { signingKeyFromSeed, signJson, type SigningKey } from '../../src/matrix/signing.ts'
import { openDatabase } from '../../src/store/database.ts'
import { listEncryptionLog, logEncryption } from '../../src/store/encryption/encryption-log.ts'
import { DAY_MS } from '../../src/util/durations.ts'
import { silentLog } from '../../src/util/log.ts'
import { V3 } from '../support/api.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { createTestServer, PASSWORD } from '../support/server.ts'

const { api, register, clock, connection } = await createTestServer(t)
const alice = await register('alice')
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

t.test('putDehydratedDevice: no device has the name of a key of its user', async (t) => {
  const path = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device'
  const name = keySet('second').selfSigning.publicKey
  const device_keys = { user_id: userId, device_id: name, algorithms: ['a'], keys: { [`curve25519:${name}`]: 'key' }, signatures: {} }
  const refused = await api.put(path, { token, body: { device_id: name, device_data: { algorithm: 'x' }, device_keys } })
  t.same([refused.status, refused.body.errcode], [403, 'M_FORBIDDEN'])
  t.equal((await api.get(path, { token })).status, 404)
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
  const again = await api.delete(`${path}/2`, { token })
  t.same([again.status, again.body], [200, {}], 'a retry finds it deleted')
  const never = await api.delete(`${path}/9`, { token })
  t.same([never.status, never.body.errcode], [404, 'M_NOT_FOUND'])
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

t.test('getEncryptionLog: what was done to devices and keys, and in rooms while one was there', async (t) => {
  const bob = await register('bob')
  const read = async (query = '') => (await api.get(`/_hearth/client/v1/encryption_log${query}`, { token })).body
  const typesOf = ({ changes }: Record<string, any>): string[] => changes.map((change: { type: string }) => change.type)
  const before = typesOf(await read()).filter((type) => !type.startsWith('key_backup'))
  t.same(before, ['cross_signing_reset', 'cross_signing_set_up', 'device_added'])

  clock.advance(1000)
  const backup = { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: {} }
  const { version } = (await api.post(`${V3}/room_keys/version`, { token, body: backup })).body
  clock.advance(1000)
  await api.delete(`${V3}/room_keys/version/${version}`, { token })
  clock.advance(1000)
  const login = { type: 'm.login.password', identifier: { type: 'm.id.user', user: userId }, password: PASSWORD, device_id: 'SECOND' }
  const second = (await api.post(`${V3}/login`, { body: login })).body
  clock.advance(1000)
  await api.post(`${V3}/login`, { body: login })
  await api.post(`${V3}/logout`, { token: (await api.post(`${V3}/login`, { body: login })).body['access_token'] })
  t.equal((await api.get('/_hearth/client/v1/encryption_log', { token: second['access_token'] })).status, 401)
  const { changes, dropped_messages: dropped } = await read('?limit=4')
  t.match(changes, [
    { type: 'device_removed', device_id: 'SECOND' }, { type: 'device_added', device_id: 'SECOND' },
    { type: 'key_backup_deleted', version }, { type: 'key_backup_created', version },
  ], 'a device that logs in again is no other')
  t.equal(changes[0].ts, clock.now())
  t.same(dropped, [])

  const { body: { room_id: room } } = await api.post(`${V3}/createRoom`, { token: bob.token, body: { preset: 'public_chat' } })
  const encrypt = async (algorithm: string) => {
    clock.advance(1000)
    const path = `${V3}/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`
    return (await api.put(path, { token: bob.token, body: { algorithm } })).body['event_id']
  }
  await encrypt('m.before')
  await api.post(`${V3}/join/${encodeURIComponent(room)}`, { token, body: {} })
  const eventId = await encrypt('m.megolm.v1.aes-sha2')
  await api.post(`${V3}/rooms/${encodeURIComponent(room)}/leave`, { token, body: {} })
  await encrypt('m.after')
  t.same((await read()).changes.filter((change: { room_id?: string }) => change.room_id !== undefined), [{
    type: 'room_algorithm', ts: clock.now() - 1000, room_id: room, event_id: eventId, sender: bob.userId, algorithm: 'm.megolm.v1.aes-sha2',
  }])
  t.same((await read()).changes[0].type, 'room_algorithm')
})

t.test('An encryption log holds no more than so much, and nothing for longer than a year', async (t) => {
  const mallory = await register('mallory')
  const database = openDatabase(connection, silentLog, 1)
  const { nid } = await database.db.selectFrom('users').select('nid').where('user_id', '=', mallory.userId).executeTakeFirstOrThrow()
  for (let round = 0; round < 3; round += 1) {
    const ids = Array.from({ length: 400 }, (_, index) => `${round}-${index}`)
    await database.db.transaction().execute((trx) => logEncryption(trx, nid, 'device_removed', ids, clock.now()))
  }
  const kept = await listEncryptionLog(database.db, nid, 5000)
  t.same([kept.length, kept[0]?.subject, kept.at(-1)?.subject], [1000, '2-399', '0-200'])
  const later = new FakeClock()
  await new EncryptionLog({ db: database.db, clock: later }).forgetOld()
  t.equal((await listEncryptionLog(database.db, nid, 5000)).length, 1000)
  later.advance(366 * DAY_MS)
  await new EncryptionLog({ db: database.db, clock: later }).forgetOld()
  t.same(await listEncryptionLog(database.db, nid, 5000), [])
  await database.close()
})
