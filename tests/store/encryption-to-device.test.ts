import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { JsonObject } from '../../src/matrix/json.ts'
import { deleteDevices, deleteInboxes, lockDevices } from '../../src/store/devices.ts'
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

t.test('A full inbox takes no more until the device has read', async (t) => {
  const { user, userId } = await world.addDevice('erin', 'ERIN')
  const small = world.smallInboxes(3)
  const sendSmall = (n: number) => small.send({ sender, type: 'm.test', messages: { [userId]: { ERIN: { n } } } })
  for (let n = 0; n < 5; n += 1) await sendSmall(n)
  t.same((await readAll(user, 'ERIN', small)).numbers, [0, 1, 2])
  await sendSmall(5)
  t.same((await readAll(user, 'ERIN', small)).numbers, [5])
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
    await deleteDevices(trx, user, ['GONE'])
    return { value: undefined, positions: 1, write: async (writing) => {
      await deleteInboxes(writing, user, ['GONE'])
      return []
    } }
  })
  await Promise.all([...sending, deleting, ...Array.from({ length: 20 }, (_, n) => send({ [userId]: { GONE: { n } } }))])
  t.same(await world.database.db.selectFrom('to_device_messages').selectAll().where('user_nid', '=', user).execute(), [])
})
