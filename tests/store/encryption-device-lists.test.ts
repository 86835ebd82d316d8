import t from 'tap'
import { formatSyncToken } from '../../src/streams/tokens.ts'
import { createEncryptionWorld, deviceKeysOf } from '../support/encryption-world.ts'
import { refusal } from '../support/refusal.ts'
import { testDeviceListModel } from './encryption/device-list-model.ts'

const world = await createEncryptionWorld(t)
const { stream, encryption: { deviceKeys, deviceLists } } = world
const alice = await world.addDevice('alice', 'A')
const bob = await world.addDevice('bob', 'B')
const carol = await world.addDevice('carol', 'C')
let secret = 0
const changeKeys = (device: typeof alice) => deviceKeys.upload(device, { device_keys: deviceKeysOf(device, String(secret += 1)) })

interface Tap { same(found: unknown, wanted: unknown, message: string): unknown }

/** What Alice learns between two positions: the same from memory and, after a restart, from the database. */
async function learns(t: Tap, from: number, to = stream.head(), who = alice) {
  const told = await deviceLists.changes(who.user, from, to)
  const again = await world.restart()
  const read = await again.encryption.deviceLists.changes(who.user, from, to)
  const sorted = (changes: typeof told) => ({ changed: changes.changed.toSorted(), left: changes.left.toSorted() })
  t.same(sorted(read), sorted(told), 'memory and database agree')
  return sorted(told)
}

t.test('Who shares no room learns of the own changes only', async (t) => {
  const from = stream.head()
  await changeKeys(bob)
  t.same(await learns(t, from), { changed: [], left: [] })
  await changeKeys(alice)
  t.same(await learns(t, from), { changed: [alice.userId], left: [] })
  t.same(await learns(t, stream.head()), { changed: [], left: [] })
})

t.test('Who begins to share a room is news to both, and what changes then', async (t) => {
  const from = stream.head()
  await world.setMembership(alice.user, 1, 'join')
  await world.setMembership(bob.user, 1, 'invite')
  t.same(await learns(t, from), { changed: [], left: [] }, 'an invite shares nothing')
  await world.setMembership(bob.user, 1, 'join')
  t.same(await learns(t, from), { changed: [alice.userId, bob.userId], left: [] })
  t.same(await learns(t, from, stream.head(), bob), { changed: [alice.userId, bob.userId], left: [] }, 'also of himself')
  const then = stream.head()
  await changeKeys(bob)
  await changeKeys(carol)
  t.same(await learns(t, then), { changed: [bob.userId], left: [] })
  t.same(await learns(t, from, then - 1), { changed: [], left: [] }, 'nothing before it happened')
})

t.test('A new name or picture changes nothing', async (t) => {
  const from = stream.head()
  await world.setMembership(bob.user, 1, 'join')
  await world.setMembership(alice.user, 1, 'join')
  t.same(await learns(t, from), { changed: [], left: [] })
  t.same(await learns(t, from, stream.head(), bob), { changed: [], left: [] })
})

t.test('Who leaves the last shared room has left, on both sides', async (t) => {
  await world.setMembership(alice.user, 2, 'join')
  await world.setMembership(bob.user, 2, 'join')
  const from = stream.head()
  await world.setMembership(bob.user, 2, 'leave')
  t.same((await learns(t, from)).left, [], 'they still share another')
  const last = stream.head()
  await world.setMembership(bob.user, 1, 'ban')
  t.same(await learns(t, last), { changed: [], left: [bob.userId] })
  t.same(await learns(t, last, stream.head(), bob), { changed: [], left: [alice.userId] })
  await changeKeys(bob)
  t.same(await learns(t, stream.head() - 1), { changed: [], left: [] })
})

t.test('Who leaves and comes back has changed', async (t) => {
  const from = stream.head()
  await world.setMembership(carol.user, 1, 'join')
  await world.setMembership(carol.user, 1, 'leave')
  await world.setMembership(carol.user, 1, 'join')
  t.same(await learns(t, from), { changed: [carol.userId], left: [] })
  const before = stream.head()
  await world.setMembership(alice.user, 1, 'leave')
  t.same(await learns(t, before), { changed: [], left: [carol.userId] })
  t.same(await learns(t, before, stream.head(), carol), { changed: [], left: [alice.userId] })
})

t.test('Many changed users are told at once', async (t) => {
  const from = stream.head()
  await world.setMembership(alice.user, 3, 'join')
  const others = await Promise.all(Array.from({ length: 30 }, (_, index) => world.addDevice(`u${index}`, 'D')))
  for (const other of others) await world.setMembership(other.user, 3, 'join')
  t.equal((await learns(t, from)).changed.length, 31)
})

t.test('Between two tokens of a sync', async (t) => {
  const token = (pos: number, epoch = 0) => formatSyncToken({ epoch, pos, toDevice: 0, instance: 'ab', ephemeral: 0 })
  const from = token(stream.head())
  await changeKeys(alice)
  const to = token(stream.head())
  t.same(await deviceKeys.listChanges(alice.user, { from, to }), { changed: [alice.userId], left: [] })
  t.same((await deviceKeys.listChanges(alice.user, { from: to, to })), { changed: [], left: [] })
  t.ok((await deviceKeys.listChanges(alice.user, { from: token(stream.head() + 1000, 1), to })).changed.includes(alice.userId))
  for (const bad of ['', 'garbage', token(stream.head() + 1)]) {
    await t.rejects(deviceKeys.listChanges(alice.user, { from: bad, to }), refusal('M_INVALID_PARAM'))
    await t.rejects(deviceKeys.listChanges(alice.user, { from, to: bad }), refusal('M_INVALID_PARAM'))
  }
})

testDeviceListModel(t)
