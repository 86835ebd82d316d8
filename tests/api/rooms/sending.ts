import type { Test } from 'tap'
import { V3 } from '../../support/api.ts'
import { PASSWORD, type TestUser } from '../../support/server.ts'
import { FORBIDDEN, inRoom, VERSIONS, type World } from './world.ts'

/** Sending, and sending the same again. */
export function testSending(t: Test, world: World): void {
  const { talk, get, put, post, people, server } = world
  const send = (user: TestUser, roomId: string, txnId: string, body: object = { msgtype: 'm.text', body: txnId }) =>
    put(user, inRoom(roomId, 'send', 'm.room.message', txnId), body)
  const bodiesOf = async (user: TestUser, roomId: string): Promise<string[]> =>
    (await get(user, `${inRoom(roomId, 'messages')}?dir=f&limit=1000`)).body['chunk']
      .filter(({ type }: { type: string }) => type === 'm.room.message').map(({ content }: { content: { body: string } }) => content.body)

  t.test('sendMessage puts events into rooms of all versions', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    for (const version of VERSIONS) {
      const roomId = await talk.create(alice, { room_version: version, preset: 'public_chat' })
      await talk.join(bob, roomId)
      const content = { 'msgtype': 'm.text', 'body': 'a\0b 🐈 é', '__proto__x': 1, 'nested': { list: [1, null, true, ''] } }
      const { status, body } = await send(alice, roomId, 'first', content)
      t.equal(status, 200)
      t.match(body['event_id'], /^\$[\w-]{43}$/)
      const { body: event } = await get(bob, inRoom(roomId, 'event', body['event_id']))
      t.match(event, { type: 'm.room.message', sender: alice.userId, room_id: roomId, event_id: body['event_id'] })
      t.same(event['content'], content)
      t.equal(event['state_key'], undefined)
      t.match(await send(carol, roomId, 'x'), FORBIDDEN, 'she is not in the room')
      await talk.leave(bob, roomId)
      t.match(await send(bob, roomId, 'y'), FORBIDDEN, 'he has left')
      t.same(await bodiesOf(alice, roomId), [content.body])
    }
    t.match(await send(alice, '!nowhere:localhost', 'z'), FORBIDDEN)
  })

  t.test('Any type of event is sent', async (t) => {
    const [alice] = await people('alice')
    const roomId = await talk.create(alice)
    for (const type of ['org.example/slash', '__proto__', 'toString', 'é🐈', 'm.room.encrypted', '%25', ' ']) {
      const { status, body } = await put(alice, inRoom(roomId, 'send', type, 'types'), { x: type })
      t.equal(status, 200, type)
      t.match((await get(alice, inRoom(roomId, 'event', body['event_id']))).body, { type, content: { x: type } })
    }
    t.match(
      await put(alice, inRoom(roomId, 'send', 'm.room.member', 'm'), { membership: 'ban' }),
      { status: /^40[03]$/ },
      'no state by this way',
    )
    t.match(await put(alice, inRoom(roomId, 'send', 'm.room.create', 'c'), {}), { status: /^40[03]$/ })
    t.match(await put(alice, inRoom(roomId, 'state', 'm.room.create', ''), {}), { status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  })

  t.test('The same transaction is one event: again, at once, and with another body', async (t) => {
    const [alice] = await people('alice')
    const roomId = await talk.create(alice)
    const other = await talk.create(alice)
    const { body: first } = await send(alice, roomId, 'once')
    t.same((await send(alice, roomId, 'once')).body, first)
    t.same((await send(alice, roomId, 'once', { msgtype: 'm.text', body: 'other' })).body, first)
    const together = await Promise.all(Array.from({ length: 12 }, () => send(alice, roomId, 'together')))
    t.equal(new Set(together.map(({ body }) => body['event_id'])).size, 1)
    t.same(together.map(({ status }) => status), together.map(() => 200))
    t.same(await bodiesOf(alice, roomId), ['once', 'together'])
    t.not((await send(alice, other, 'once')).body['event_id'], first['event_id'], 'another room is another transaction')
    const { body: typed } = await put(alice, inRoom(roomId, 'send', 'org.example', 'once'), {})
    t.not(typed['event_id'], first['event_id'], 'and so is another type')
    server.clock.advance(23 * 60 * 60_000)
    t.same((await send(alice, roomId, 'once')).body, first, 'a day is remembered')
    const { body: event } = await get(alice, inRoom(roomId, 'event', first['event_id']))
    t.equal(event['unsigned'].transaction_id, 'once')
  })

  t.test('Transactions belong to a device', async (t) => {
    const [alice] = await people('alice')
    const roomId = await talk.create(alice)
    const login = async (deviceId?: string): Promise<TestUser> => {
      const { body } = await server.api.post(`${V3}/login`, {
        body: {
          type: 'm.login.password', identifier: { type: 'm.id.user', user: alice.userId }, password: PASSWORD, device_id: deviceId,
        },
      })
      return { userId: alice.userId, deviceId: body['device_id'], token: body['access_token'] }
    }
    const { body: first } = await send(alice, roomId, 'mine')
    const second = await login()
    const { body: fromSecond } = await send(second, roomId, 'mine')
    t.not(fromSecond['event_id'], first['event_id'], 'another device')
    const { body: seen } = await get(second, inRoom(roomId, 'event', first['event_id']))
    t.equal(seen['unsigned'].transaction_id, undefined, 'which is not told the ids of this one')
    const again = await login(alice.deviceId)
    t.same((await send(again, roomId, 'mine')).body, first, 'the same device with a new token')
    await post(second, '/logout')
    const third = await login()
    const { body: fromThird } = await send(third, roomId, 'mine')
    t.notOk([first['event_id'], fromSecond['event_id']].includes(fromThird['event_id']), 'a new device after a login')
    const [bob] = await people('bob')
    await talk.invite(third, roomId, bob)
    await talk.join(bob, roomId)
    t.equal((await send(bob, roomId, 'mine')).status, 200)
    t.same((await bodiesOf(third, roomId)).length, 4)
  })

  t.test('A transaction that was refused may be tried again', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    t.match(await send(bob, roomId, 'early'), FORBIDDEN)
    await talk.join(bob, roomId)
    t.equal((await send(bob, roomId, 'early')).status, 200)
  })

  t.test('Many send at once, and all of it is there in one order', async (t) => {
    const people20 = await people(...Array.from({ length: 8 }, (_, index) => `p${index}-`))
    const [alice = people20[0]] = people20
    if (alice === undefined) throw new Error('Nobody came')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    await Promise.all(people20.slice(1).map((user) => talk.join(user, roomId)))
    const texts = people20.flatMap((_, who) => [0, 1, 2, 3, 4].map((index) => `${who}-${index}`))
    await Promise.all(people20.map(async (user, who) => {
      for (let index = 0; index < 5; index++) t.equal((await send(user, roomId, `${who}-${index}`)).status, 200)
    }))
    const bodies = await bodiesOf(alice, roomId)
    t.same(bodies.toSorted(), texts.toSorted())
    for (const who of people20.keys()) t.same(
      bodies.filter((text) => text.startsWith(`${who}-`)), texts.filter((text) => text.startsWith(`${who}-`)),
    )
    for (const user of people20) t.same(await bodiesOf(user, roomId), bodies, 'every reader has the same order')
  })
}
