import t from 'tap'
import { createEncryptionWorld } from '../support/encryption-world.ts'
import { refusal } from '../support/refusal.ts'

const world = await createEncryptionWorld(t)
const { keyBackups } = world.encryption
const algorithm = 'm.megolm_backup.v1.curve25519-aes-sha2'
const ROOM = '!r:localhost'

const key = (first = 0, forwarded = 0, verified = false, session_data = {}) => (
  { first_message_index: first, forwarded_count: forwarded, is_verified: verified, session_data }
)
const one = (data = key(), sessionId = 's') => ({ [ROOM]: { sessions: { [sessionId]: data } } })

t.test('Backups have versions, and the latest is the one in use', async (t) => {
  const { user } = await world.addDevice('alice', 'A')
  await t.rejects(keyBackups.get(user), refusal('M_NOT_FOUND'))
  t.equal(await keyBackups.create(user, { algorithm, auth_data: { a: 1 } }), '1')
  t.equal(await keyBackups.create(user, { algorithm, auth_data: { a: 2 } }), '2')
  t.same(await keyBackups.get(user), { algorithm, auth_data: { a: 2 }, version: '2', etag: '0', count: 0 })
  t.same((await keyBackups.get(user, '1')).auth_data, { a: 1 })
  for (const version of ['3', '0', 'x', '-1', '1.5', '99999999999', '1\0', '']) {
    await t.rejects(keyBackups.get(user, version), refusal('M_NOT_FOUND'), JSON.stringify(version))
  }
  await keyBackups.update(user, '2', { algorithm, auth_data: { a: 3 }, version: '2' })
  t.same((await keyBackups.get(user)).auth_data, { a: 3 })
  await t.rejects(keyBackups.update(user, '2', { algorithm, auth_data: {}, version: '1' }), refusal('M_INVALID_PARAM'))
  await t.rejects(keyBackups.update(user, '2', { algorithm: 'other', auth_data: {} }), refusal('M_INVALID_PARAM'))
  await keyBackups.delete(user, '2')
  await keyBackups.delete(user, '2')
  await t.rejects(keyBackups.delete(user, '3'), refusal('M_NOT_FOUND'))
  t.equal((await keyBackups.get(user)).version, '1')
  t.equal(await keyBackups.create(user, { algorithm, auth_data: {} }), '3', 'a number is never used again')
  const made = await Promise.all(Array.from({ length: 10 }, () => keyBackups.create(user, { algorithm, auth_data: {} })))
  t.equal(new Set(made).size, 10)
})

t.test('Keys go into the latest backup only', async (t) => {
  const { user } = await world.addDevice('bob', 'B')
  await t.rejects(keyBackups.putKeys(user, '1', one()), refusal('M_NOT_FOUND'))
  await keyBackups.create(user, { algorithm, auth_data: {} })
  t.same(await keyBackups.putKeys(user, '1', one()), { etag: '1', count: 1 })
  await keyBackups.create(user, { algorithm, auth_data: {} })
  await t.rejects(keyBackups.putKeys(user, '1', one()), { name: 'MatrixError', fields: { current_version: '2' } })
  t.same((await keyBackups.getKeys(user, '1')), { [ROOM]: { sessions: { s: key() } } })
  t.same(await keyBackups.getKeys(user, '2'), {})
})

t.test('Of two keys of a session the better one stays', async (t) => {
  const { user } = await world.addDevice('carol', 'C')
  await keyBackups.create(user, { algorithm, auth_data: {} })
  const steps = [
    { put: key(5, 5), stays: true },
    { put: key(5, 5), stays: false },
    { put: key(6, 0), stays: false },
    { put: key(5, 4), stays: true },
    { put: key(4, 9), stays: true },
    { put: key(9, 9, true), stays: true },
    { put: key(0, 0, false), stays: false },
    { put: key(9, 10, true), stays: false },
  ]
  let etag = 0
  let kept = key()
  for (const { put, stays } of steps) {
    if (stays) {
      kept = put
      etag += 1
    }
    t.same(await keyBackups.putKeys(user, '1', one(put)), { etag: String(etag), count: 1 })
    t.same(await keyBackups.getKey(user, '1', { roomId: ROOM, sessionId: 's' }), kept)
  }
})

t.test('Keys are counted, read and deleted by room and session', async (t) => {
  const { user } = await world.addDevice('dave', 'D')
  await keyBackups.create(user, { algorithm, auth_data: {} })
  const sessions = Object.fromEntries(['a', '__proto__', 'c'].map((id) => [id, key()]))
  const state = await keyBackups.putKeys(user, '1', Object.fromEntries([[ROOM, { sessions }], ['constructor', { sessions }]]))
  t.same(state, { etag: '1', count: 6 })
  t.same(Object.keys((await keyBackups.getRoomKeys(user, '1', 'constructor')).sessions).toSorted(), ['__proto__', 'a', 'c'])
  t.same(await keyBackups.getRoomKeys(user, '1', '!other:localhost'), { sessions: {} })
  t.same(await keyBackups.getRoomKeys(user, '1', 'a\0b'), { sessions: {} })
  await t.rejects(keyBackups.getKey(user, '1', { roomId: ROOM, sessionId: 'b' }), refusal('M_NOT_FOUND'))
  t.same(await keyBackups.deleteKeys(user, '1', { roomId: ROOM, sessionId: '__proto__' }), { etag: '2', count: 5 })
  t.same(await keyBackups.deleteKeys(user, '1', { roomId: ROOM, sessionId: '__proto__' }), { etag: '2', count: 5 })
  t.same(await keyBackups.deleteKeys(user, '1', { roomId: 'constructor' }), { etag: '3', count: 2 })
  t.same(await keyBackups.deleteKeys(user, '1'), { etag: '4', count: 0 })
  t.same(await keyBackups.putKeys(user, '1', {}), { etag: '4', count: 0 })
  for (const rooms of [{ 'a\0b': { sessions } }, one(key(), 'a\0b'), one(key(), 'x'.repeat(256))]) {
    await t.rejects(keyBackups.putKeys(user, '1', rooms), refusal('M_INVALID_PARAM'))
  }
  await t.rejects(keyBackups.putKeys(user, '1', one(key(0, 0, false, { x: 'x'.repeat(70_000) }))), refusal('M_TOO_LARGE'))
})

t.test('Writes at once are all counted', async (t) => {
  const { user } = await world.addDevice('erin', 'E')
  await keyBackups.create(user, { algorithm, auth_data: {} })
  await Promise.all(Array.from({ length: 30 }, (_, index) => keyBackups.putKeys(user, '1', one(key(), `s${index}`))))
  const { count, etag } = await keyBackups.get(user)
  t.same({ count, etag }, { count: 30, etag: '30' })
})
