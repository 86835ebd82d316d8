import t from 'tap'
import { openDatabase } from '../../../src/store/database.ts'
import { beginEpoch } from '../../../src/store/new-epoch.ts'
import { silentLog } from '../../../src/util/log.ts'
import { deviceKeysOf } from '../../support/encryption-world.ts'
import type { TestUser } from '../../support/server.ts'
import type { Town } from '../membership/two-world.ts'
import { askOne, clock, one, two } from './world.ts'

const carol = await one.server.register('carol')
const dan = await two.server.register('dan')
const room = await one.talk.create(carol, { preset: 'public_chat' })
await two.join(dan, room, 'one.hearth.test')

const since = new Map<string, string>()

async function heard(town: Town, user: TestUser) {
  for (const each of [one, two, one, two]) await each.server.server.settled()
  const from = since.get(user.userId)
  const answer = await town.ask(user, 'GET', `/sync?timeout=0${from === undefined ? '' : `&since=${from}`}`)
  since.set(user.userId, String(answer.body['next_batch']))
  return answer.body
}

const changed = (body: Record<string, any>): string[] => body['device_lists']?.changed ?? []
const messages = (body: Record<string, any>) => body['to_device']?.events ?? []

await heard(one, carol)
await heard(two, dan)

t.test('Changes of devices and keys are told to the servers of those who meet their user', async (t) => {
  await two.ask(dan, 'POST', '/keys/upload', { device_keys: deviceKeysOf({ user: 0, ...dan }) })
  t.same(changed(await heard(one, carol)), [dan.userId], 'a new device')
  const query = await one.ask(carol, 'POST', '/keys/query', { device_keys: { [dan.userId]: [] } })
  t.same(Object.keys(query.body['device_keys'][dan.userId]), [dan.deviceId])
  t.same(changed(await heard(one, carol)), [])
  await two.ask(dan, 'PUT', `/devices/${dan.deviceId}`, { display_name: 'Phone' })
  t.same(changed(await heard(one, carol)), [dan.userId], 'its name')
  const told = await one.ask(carol, 'POST', '/keys/query', { device_keys: { [dan.userId]: [] } })
  t.equal(told.body['device_keys'][dan.userId][dan.deviceId].unsigned.device_display_name, 'Phone')
  const path = `/send/keys1`
  const content = { user_id: dan.userId, device_id: 'X', stream_id: 1, prev_id: [] }
  await askOne('PUT', path, { origin: 'peer.hearth.test', origin_server_ts: 1, pdus: [], edus: [
    { edu_type: 'm.device_list_update', content }, { edu_type: 'm.signing_key_update', content: { user_id: '@nobody:peer.hearth.test' } },
  ] })
  t.same(changed(await heard(one, carol)), [], 'of its own users only, and only of those whom we meet')
})

t.test('Who comes to a room from another server, or goes, is news to those who are in it', async (t) => {
  const elsewhere = await one.talk.create(carol, { preset: 'public_chat' })
  const eve = await two.server.register('eve')
  await heard(one, carol)
  const lists = async () => (await heard(one, carol))['device_lists']
  await two.join(eve, elsewhere, 'one.hearth.test')
  t.same(await lists(), { changed: [eve.userId], left: [] })
  await two.ask(eve, 'PUT', `/profile/${eve.userId}/displayname`, { displayname: 'Eve' })
  t.same(await lists(), undefined, 'a new name changes nothing')
  await two.room(eve, elsewhere, 'leave')
  t.same(await lists(), { changed: [], left: [eve.userId] })
  await two.join(eve, elsewhere, 'one.hearth.test')
  t.same(await lists(), { changed: [eve.userId], left: [] })
  await one.room(carol, elsewhere, 'kick', { user_id: eve.userId })
  t.same(await lists(), { changed: [], left: [eve.userId] })
})

t.test('Messages go from devices to devices of other servers, each once', async (t) => {
  const send = (content: object, txnId: string, devices = '*') => two.ask(dan, 'PUT', `/sendToDevice/m.test/${txnId}`, {
    messages: { [carol.userId]: { [devices]: content }, '@gone:gone.hearth.test': { '*': content } },
  })
  await send({ n: 1 }, 'a')
  await send({ n: 1 }, 'a')
  await send({ n: 2 }, 'b', carol.deviceId)
  await send({ n: 3 }, 'c', 'NONE')
  t.same(messages(await heard(one, carol)), [1, 2].map((n) => ({ sender: dan.userId, type: 'm.test', content: { n } })))
  const edu = (sender: string, id: unknown, content: unknown = { n: 4 }) => ({ edu_type: 'm.direct_to_device', content: {
    sender, type: 'm.test', message_id: id, messages: { [carol.userId]: { '*': content }, [dan.userId]: { '*': { n: 0 } } },
  } })
  const peer = '@peer:peer.hearth.test'
  const edus = [edu(peer, 'one'), edu(peer, 'one'), edu(dan.userId, 'two'), edu(peer, 5), edu(peer, 'three', 'no object')]
  for (const txnId of ['x', 'y']) {
    await askOne('PUT', `/send/${txnId}`, { origin: 'peer.hearth.test', origin_server_ts: 1, pdus: [], edus: edus as never })
  }
  t.same(messages(await heard(one, carol)), [{ sender: peer, type: 'm.test', content: { n: 4 } }])
})

t.test('Presence of users of other servers is shown to those who meet them', async (t) => {
  const present = (body: Record<string, any>) => (body['presence']?.events ?? []).filter(
    (event: { sender: string }) => event.sender === dan.userId,
  )
  await two.ask(dan, 'PUT', `/presence/${dan.userId}/status`, { presence: 'unavailable', status_msg: 'away' })
  clock.advance(2000)
  t.match(present(await heard(one, carol)).at(-1), { content: { presence: 'unavailable', status_msg: 'away' } })
  t.match((await one.ask(carol, 'GET', `/presence/${dan.userId}/status`)).body, { presence: 'unavailable', status_msg: 'away' })
  const erin = await one.server.register('erin')
  t.match(await one.ask(erin, 'GET', `/presence/${dan.userId}/status`), { status: 403 })
  t.same(present(await heard(one, erin)), [])
  await one.join(erin, room)
  since.delete(erin.userId)
  t.equal(present(await heard(one, erin)).length, 1, 'also to who comes anew')
  await askOne('PUT', '/send/presence', { origin: 'peer.hearth.test', origin_server_ts: 1, pdus: [], edus: [
    { edu_type: 'm.presence', content: { push: [{ user_id: dan.userId, presence: 'online' }] } },
  ] })
  t.same(present(await heard(one, carol)), [], 'a server speaks for its own users')
})

t.test('After a restore the devices of all users are told anew', async (t) => {
  await heard(one, carol)
  const database = openDatabase(two.server.connection, silentLog, 1)
  await beginEpoch(database.db, { from: 0, above: 0, now: clock.now() })
  await database.close()
  const other = await two.server.register('other')
  await two.ask(other, 'POST', '/keys/upload', { device_keys: deviceKeysOf({ user: 0, ...other }) })
  t.same(changed(await heard(one, carol)), [dan.userId], 'although nothing of them has changed')
})
