import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { JsonObject } from '../../src/matrix/json.ts'
import { listLosses } from '../../src/store/encryption/to-device-losses.ts'
import { deleteDevices, deleteInboxes, lockDevices, recordSightings } from '../../src/store/users/devices.ts'
import { DAY_MS } from '../../src/util/durations.ts'
import { createEncryptionWorld } from '../support/encryption-world.ts'
import { refusal } from '../support/refusal.ts'

const world = await createEncryptionWorld(t)
const { stream, encryption: { toDevice }, changes } = world
const sender = '@sender:localhost'

const send = (messages: Record<string, Record<string, JsonObject>>, type = 'm.test', transactionKey?: Buffer) =>
  toDevice.send({ sender, type, messages, ...(transactionKey === undefined ? {} : { transactionKey }) })

/** Every message of the device, as who comes back with each token reads them. */
async function readAll(user: number, deviceId: string, inboxes = toDevice): Promise<{ numbers: unknown[], pages: number[] }> {
  const numbers: unknown[] = []
  const pages: number[] = []
  for (let from = 0, isMore = true; isMore;) {
    const page = await inboxes.read(user, deviceId, from, stream.head())
    numbers.push(...page.events.map((text) => JSON.parse(text).content.n))
    pages.push(page.events.length)
    await inboxes.acknowledge(user, deviceId, page.next)
    isMore = page.next < stream.head()
    from = page.next
  }
  return { numbers, pages }
}

t.test('A message goes to the devices that there are', async (t) => {
  const phone = await world.addDevice('alice', 'PHONE')
  await world.addDevice('alice', 'LAPTOP')
  const from = stream.head()
  await send({
    [phone.userId]: { '*': { n: 1 }, 'PHONE': { n: 2 }, 'GONE': { n: 3 }, 'a\0b': { n: 4 } },
    '@nobody:localhost': { '*': { n: 5 } }, '@other:elsewhere.example': { '*': { n: 6 } }, 'nonsense': { '*': { n: 7 } },
  })
  t.equal(stream.head(), from + 3)
  t.same(changes.slice(-3).map((change) => 'deviceId' in change && change.deviceId), ['LAPTOP', 'PHONE', 'PHONE'])
  const page = await toDevice.read(phone.user, 'PHONE', from, stream.head())
  t.same(page.events.map((text) => JSON.parse(text)), [
    { sender, type: 'm.test', content: { n: 1 } }, { sender, type: 'm.test', content: { n: 2 } },
  ])
  t.equal(page.next, stream.head())
})

t.test('Messages stay until the device comes back with the token that carried them', async (t) => {
  const { user, userId } = await world.addDevice('bob', 'BOB')
  const start = stream.head()
  await send({ [userId]: { BOB: { n: 1 } } })
  const first = await toDevice.read(user, 'BOB', start, stream.head())
  t.equal(first.events.length, 1)
  t.same(await toDevice.read(user, 'BOB', start, stream.head()), first, 'an answer that got lost is given again')
  await send({ [userId]: { BOB: { n: 2 } } })
  const second = await toDevice.read(user, 'BOB', first.next, stream.head())
  await toDevice.acknowledge(user, 'BOB', first.next)
  t.same(await toDevice.read(user, 'BOB', first.next, stream.head()), second)
  t.same((await toDevice.read(user, 'BOB', start, stream.head())).events.length, 1, 'only the first one is gone')
  await toDevice.acknowledge(user, 'BOB', second.next)
  await toDevice.acknowledge(user, 'BOB', second.next)
  t.same((await toDevice.read(user, 'BOB', start, stream.head())).events, [])
  t.ok(toDevice.isEmptyAfter(user, 'BOB', stream.head()))
})

t.test('Many messages are read in pages of a hundred and in their order', async (t) => {
  const { user, userId } = await world.addDevice('carol', 'CAROL')
  await Promise.all(Array.from({ length: 250 }, (_, n) => send({ [userId]: { CAROL: { n } } })))
  const { numbers, pages } = await readAll(user, 'CAROL')
  t.same(numbers.toSorted((a, b) => Number(a) - Number(b)), Array.from({ length: 250 }, (_, n) => n))
  t.same(pages, [100, 100, 50])
  for (let n = 0; n < 20; n += 1) await send({ [userId]: { CAROL: { n } } })
  t.same((await readAll(user, 'CAROL')).numbers, Array.from({ length: 20 }, (_, n) => n), 'one after the other from one sender')
})

t.test('A thousand devices get their messages in one unit', async (t) => {
  const devices = await Promise.all(Array.from({ length: 1000 }, (_, index) => world.addDevice('many', `D${index}`)))
  const head = stream.head()
  await send({ '@many:localhost': Object.fromEntries(devices.map(({ deviceId }, n) => [deviceId, { n }])) })
  t.equal(stream.head(), head + 1000)
  t.same((await readAll(devices[0]?.user ?? 0, 'D999')).numbers, [999])
})

t.test('What cannot be stored is refused, and nothing of it is', async (t) => {
  const { user, userId } = await world.addDevice('dave', 'DAVE')
  const large = { text: 'x'.repeat(65_536) }
  await t.rejects(send({ [userId]: { DAVE: { n: 1 } }, '@x:localhost': { D: large } }), refusal('M_TOO_LARGE', { status: 413 }))
  await t.rejects(send({ [userId]: { DAVE: {} } }, 'a\0b'), refusal('M_INVALID_PARAM'))
  await t.rejects(send({ [userId]: { DAVE: {} } }, 'x'.repeat(256)), refusal('M_INVALID_PARAM'))
  t.same((await readAll(user, 'DAVE')).numbers, [])
  const strange = '{"__proto__":{"a":"\\u0000"},"constructor":"\\"","n":1}'
  await send({ [userId]: { DAVE: JSON.parse(strange) } }, '__proto__')
  const { events } = await toDevice.read(user, 'DAVE', 0, stream.head())
  t.equal(events[0], `{"sender":"@sender:localhost","type":"__proto__","content":${strange}}`)
})

t.test('The answer of a request is stored with its effect, also where it has none', async (t) => {
  for (const messages of [{}, { '@alice:localhost': { PHONE: { n: 9 } } }]) {
    const key = randomBytes(32)
    await send(messages, 'm.test', key)
    const row = await world.database.db.selectFrom('transactions').select('answer').where('key', '=', key).executeTakeFirst()
    t.equal(row?.answer, '{}')
    const again = send({ '@alice:localhost': { PHONE: { n: 10 } } }, 'm.test', key)
    await t.rejects(again, 'a second effect under the same key is not committed')
  }
  const [alice] = await world.database.db.selectFrom('users').select('nid').where('user_id', '=', '@alice:localhost').execute()
  t.notOk((await readAll(alice?.nid ?? 0, 'PHONE')).numbers.includes(10))
})

t.test('A full inbox loses what only mattered when it came, then its oldest messages, and that is noted', async (t) => {
  const { user, userId } = await world.addDevice('erin', 'ERIN')
  const small = world.smallInboxes({ waitingMax: 10 })
  const sendSmall = (n: number, type = 'm.test') => small.send({ sender, type, messages: { [userId]: { ERIN: { n } } } })
  for (let n = 0; n < 10; n += 1) await sendSmall(n, n === 5 ? 'm.key.verification.start' : 'm.test')
  t.same(await listLosses(world.database.db, user), [])
  await sendSmall(10)
  const lost = { device_id: 'ERIN', messages: 1, first_at: world.clock.now(), last_at: world.clock.now() }
  t.same(await listLosses(world.database.db, user), [lost])
  world.clock.advance(1000)
  await sendSmall(11)
  await sendSmall(12)
  t.same(await listLosses(world.database.db, user), [{ ...lost, messages: 3, last_at: lost.last_at + 1000 }])
  t.same((await readAll(user, 'ERIN', small)).numbers, [2, 3, 4, 6, 7, 8, 9, 10, 11, 12])
  await sendSmall(13)
  t.same((await readAll(user, 'ERIN', small)).numbers, [13])
})

t.test('An inbox is full by its bytes too', async (t) => {
  const { user, userId } = await world.addDevice('heavy', 'HEAVY')
  const small = world.smallInboxes({ waitingMaxBytes: 100_000 })
  const text = 'x'.repeat(30_000)
  for (let n = 0; n < 6; n += 1) await small.send({ sender, type: 'm.test', messages: { [userId]: { '*': { n, text }, 'HEAVY': { n } } } })
  const { numbers } = await readAll(user, 'HEAVY', small)
  t.same(numbers, [1, 2, 2, 3, 3, 4, 4, 5, 5])
})

t.test('What is large comes in smaller pages, and what is larger than a page alone', async (t) => {
  const { user, userId } = await world.addDevice('large', 'LARGE')
  const text = 'x'.repeat(60_000)
  for (let n = 0; n < 40; n += 1) await send({ [userId]: { LARGE: { n, text } } })
  const { numbers, pages } = await readAll(user, 'LARGE')
  t.same(numbers, Array.from({ length: 40 }, (_, n) => n))
  t.same(pages, [17, 17, 6])
})

t.test('What a device has not fetched for long is dropped', async (t) => {
  const { user, userId } = await world.addDevice('old', 'OLD')
  const seen = await world.addDevice('old', 'SEEN')
  const inboxes = world.smallInboxes({ keptMs: 1000 })
  const sendOld = (n: number) => inboxes.send({ sender, type: 'm.test', messages: { [userId]: { '*': { n } } } })
  for (let n = 0; n < 5; n += 1) await sendOld(n)
  world.clock.advance(600)
  await sendOld(5)
  await recordSightings(world.database.db, [{ user, deviceId: seen.deviceId, at: world.clock.now(), ip: '', agent: null }])
  world.clock.advance(600)
  await inboxes.dropOld()
  t.same((await readAll(user, 'OLD', inboxes)).numbers, [5])
  t.equal((await readAll(user, 'SEEN', inboxes)).numbers.length, 6, 'what is seen still gets all of it')
  t.match(await listLosses(world.database.db, user), [{ device_id: 'OLD', messages: 5 }])
})

t.test('What another server sends twice is known for longer than it may do so', async (t) => {
  const { user, userId } = await world.addDevice('told', 'TOLD')
  const receivedKey = randomBytes(32)
  const take = () => toDevice.send({ sender, type: 'm.test', messages: { [userId]: { TOLD: {} } }, receivedKey })
  await take()
  t.ok(await toDevice.wasReceived(receivedKey))
  await t.rejects(take(), 'it is taken once only')
  world.clock.advance(7 * DAY_MS)
  await toDevice.dropOld()
  t.ok(await toDevice.wasReceived(receivedKey))
  world.clock.advance(2 * DAY_MS)
  await toDevice.dropOld()
  t.notOk(await toDevice.wasReceived(receivedKey))
  t.equal((await readAll(user, 'TOLD')).pages[0], 1)
})

t.test('A message that is damaged keeps none of the others from its device', async (t) => {
  const { user, userId } = await world.addDevice('hurt', 'HURT')
  for (let n = 0; n < 3; n += 1) await send({ [userId]: { HURT: { n } } })
  await world.database.db.updateTable('to_device_messages').set({ content: '{"n":' }).where('user_nid', '=', user)
    .where('content', '=', '{"n":1}').execute()
  t.same((await readAll(user, 'HURT')).numbers, [0, 2])
})

t.test('After a restart the messages are still there', async (t) => {
  const { user, userId } = await world.addDevice('frank', 'FRANK')
  await send({ [userId]: { FRANK: { n: 1 } } })
  const again = await world.restart()
  const { events } = await again.encryption.toDevice.read(user, 'FRANK', 0, again.stream.head())
  t.equal(events.length, 1)
  t.notOk(again.encryption.toDevice.isEmptyAfter(user, 'UNREAD', 0), 'what was not looked at is not known to be empty')
})

t.test('A deleted device leaves no messages to a later one of its name', async (t) => {
  const { user, userId } = await world.addDevice('gone', 'GONE')
  await send({ [userId]: { GONE: { n: 1 } } })
  const sending = Array.from({ length: 20 }, (_, n) => send({ [userId]: { GONE: { n } } }))
  const deleting = stream.transact(async (trx) => {
    await lockDevices(trx, user, { ids: ['GONE'] })
    await deleteDevices(trx, user, ['GONE'], world.clock.now())
    return { value: undefined, positions: 1, write: async (writing) => {
      await deleteInboxes(writing, user, ['GONE'])
      return []
    } }
  })
  await Promise.all([...sending, deleting, ...Array.from({ length: 20 }, (_, n) => send({ [userId]: { GONE: { n } } }))])
  t.same(await world.database.db.selectFrom('to_device_messages').selectAll().where('user_nid', '=', user).execute(), [])
})
