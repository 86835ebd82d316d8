import type { Test } from 'tap'
import type { TestUser } from '../../support/server.ts'
import { FORBIDDEN, inRoom, VERSIONS, type World } from './world.ts'

/** Taking back what was said. */
export function testRedactions(t: Test, world: World): void {
  const { talk, get, put, people, state } = world
  const event = async (user: TestUser, roomId: string, eventId: string) => (await get(user, inRoom(roomId, 'event', eventId))).body

  for (const version of VERSIONS) {
    t.test(`redactEvent takes an event back in version ${version}`, async (t) => {
      const [alice, bob, carol] = await people('alice', 'bob', 'carol')
      const roomId = await talk.create(alice, { room_version: version, preset: 'public_chat' })
      for (const user of [bob, carol]) await talk.join(user, roomId)
      const said = await talk.say(bob, roomId, 'a secret')
      const path = inRoom(roomId, 'redact', said, 'r1')
      t.match(await put(carol, path, {}), FORBIDDEN, 'not that of another')
      t.same((await event(carol, roomId, said))['content'], { msgtype: 'm.text', body: 'a secret' })
      const { body: { event_id: redaction } } = await put(bob, path, { reason: 'oops' })
      t.same((await put(bob, path, { reason: 'oops' })).body, { event_id: redaction }, 'one transaction')
      const redacted = await event(carol, roomId, said)
      t.same(redacted['content'], {})
      t.match(
        redacted['unsigned'].redacted_because,
        { event_id: redaction, type: 'm.room.redaction', sender: bob.userId, content: { reason: 'oops' } },
      )
      const itself = await event(carol, roomId, redaction)
      t.same([itself['redacts'], itself['content'].redacts], [said, said], 'where older and newer clients look for it')

      const other = await talk.say(bob, roomId, 'rude')
      t.equal((await put(alice, inRoom(roomId, 'redact', other, 'r2'), {})).status, 200, 'who has the power may')
      t.same((await event(bob, roomId, other))['content'], {})
      const third = await talk.say(bob, roomId, 'by send')
      t.match(await put(carol, inRoom(roomId, 'send', 'm.room.redaction', 's1'), { redacts: third }), FORBIDDEN)
      const sent = await put(bob, inRoom(roomId, 'send', 'm.room.redaction', 's2'), { redacts: third, reason: 'gone' })
      t.equal(sent.status, 200)
      t.same((await event(carol, roomId, third))['content'], {}, '/send redacts as well')
      t.equal((await put(alice, inRoom(roomId, 'redact', sent.body['event_id'], 'r3'), {})).status, 200)
      t.same((await event(carol, roomId, third))['content'], {}, 'a redaction of the redaction brings nothing back')
    })
  }

  t.test('redactEvent leaves what a room rests on', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { preset: 'public_chat', name: 'A name', room_version: '11' })
    const idOf = async (type: string) => (await get(alice, `${inRoom(roomId, 'state', type)}?format=event`)).body['event_id'] as string
    await talk.redact(alice, roomId, await idOf('m.room.name'))
    t.same(await state(alice, roomId, 'm.room.name'), {})
    await talk.redact(alice, roomId, await idOf('m.room.create'))
    t.match(await state(alice, roomId, 'm.room.create'), { room_version: '11' })
    await talk.redact(alice, roomId, await idOf('m.room.power_levels'))
    t.match(await state(alice, roomId, 'm.room.power_levels'), { users: { [alice.userId]: 100 } })
    await talk.redact(alice, roomId, await idOf('m.room.join_rules'))
    await talk.join(bob, roomId)
    await talk.say(bob, roomId, 'still here')
    t.match(await put(bob, inRoom(roomId, 'state', 'm.room.name'), { name: 'x' }), FORBIDDEN, 'and its rules')
  })

  t.test('redactEvent takes the name out of the list of rooms, but not a later one', async (t) => {
    const [alice] = await people('alice')
    const roomId = await talk.create(alice, { preset: 'public_chat', visibility: 'public', name: 'Rude', topic: 'About' })
    const listed = async () => {
      const { body } = await get(alice, '/publicRooms?limit=500')
      return (body['chunk'] as { room_id: string, name?: string }[]).find((room) => room.room_id === roomId)
    }
    t.match(await listed(), { name: 'Rude', topic: 'About' })
    const idOf = async (type: string) => (await get(alice, `${inRoom(roomId, 'state', type)}?format=event`)).body['event_id'] as string
    const [name, topic] = [await idOf('m.room.name'), await idOf('m.room.topic')]
    await talk.redact(alice, roomId, name)
    t.equal((await listed())?.name, undefined)
    await talk.set(alice, roomId, 'm.room.topic', { topic: 'Kind' })
    await talk.redact(alice, roomId, topic)
    t.match([await listed(), await state(alice, roomId, 'm.room.topic')], [{ topic: 'Kind' }, { topic: 'Kind' }])
  })

  t.test('redactEvent reaches nothing of another room', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    const own = await talk.create(bob)
    await talk.join(bob, roomId)
    const said = await talk.say(alice, roomId, 'stays')
    const { status } = await put(bob, inRoom(own, 'redact', said, 'far'), {})
    t.ok(status === 200 || status === 404 || status === 403, 'the redaction may be sent where it means nothing')
    t.same((await event(bob, roomId, said))['content'].body, 'stays')
    t.match((await put(bob, inRoom(roomId, 'redact', '$unknown', 'u'), {})).status, /^(?:200|40[034])$/)
  })
}
