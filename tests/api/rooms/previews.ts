import type { Test } from 'tap'
import { refused } from '../../support/refusal.ts'
import { typesOf } from '../../support/sync-client.ts'
import { FORBIDDEN, inRoom, type World } from './world.ts'

type Body = Record<string, any>

/** Rooms that somebody looks into from outside: roomInitialSync, peekEvents. */
export function testPreviews(t: Test, world: World): void {
  const { talk, get, people } = world
  const said = (events: Body[]): string[] => events.flatMap((event) => event['content'].body ?? [])
  const peekPath = (roomId: string, from?: string, timeoutMs = 0): string => (
    `/events?room_id=${encodeURIComponent(roomId)}&timeout=${timeoutMs}${from === undefined ? '' : `&from=${from}`}`
  )

  t.test('A guest previews a room that all the world may read, until it may no more', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const guest = await world.guest()
    const setVisibility = (visibility: string): Promise<string> => (
      talk.set(alice, roomId, 'm.room.history_visibility', { history_visibility: visibility })
    )
    const roomId = await talk.create(alice, { preset: 'public_chat', name: 'Window' })
    await talk.say(alice, roomId, 'hidden')
    for (const who of [guest, bob]) {
      t.match(await get(who, inRoom(roomId, 'initialSync')), FORBIDDEN)
      t.match(await get(who, peekPath(roomId)), FORBIDDEN)
    }
    await setVisibility('world_readable')
    await talk.say(alice, roomId, 'shown')
    for (const who of [guest, bob]) {
      const { status, body } = await get(who, `${inRoom(roomId, 'initialSync')}?limit=20`)
      t.equal(status, 200)
      t.equal(body['membership'], undefined)
      t.match(body, { room_id: roomId, visibility: 'private', account_data: [] })
      t.same(said(body['messages'].chunk).slice(0, 1), ['shown'], 'what was said before is not shown')
      t.ok(typesOf(body['state']).includes('m.room.name'))
      t.ok(typesOf(body['state']).includes(`m.room.member ${alice.userId}`))
      const waiting = get(who, peekPath(roomId, body['messages'].end, 30_000))
      await talk.say(alice, roomId, 'news')
      t.same(said((await waiting).body['chunk']), ['news'], 'who looks on is woken')
      const peeked = await get(who, peekPath(roomId))
      t.same([peeked.status, peeked.body['chunk']], [200, []])
    }
    const { body: { end } } = await get(bob, peekPath(roomId))
    const waiting = get(bob, peekPath(roomId, end, 30_000))
    await setVisibility('shared')
    const last = await waiting
    t.match(last.body['chunk'], [{ type: 'm.room.history_visibility', content: { history_visibility: 'shared' } }])
    await talk.say(alice, roomId, 'hidden again')
    t.match(await get(bob, peekPath(roomId, last.body['end'])), FORBIDDEN)
    t.match(await get(guest, inRoom(roomId, 'initialSync')), FORBIDDEN)
  })

  t.test('Members get the events of the one room, and guests must name one', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const guest = await world.guest()
    const [roomId, other] = [await talk.create(alice, { preset: 'public_chat' }), await talk.create(alice, { preset: 'public_chat' })]
    await talk.join(bob, roomId)
    await talk.join(bob, other)
    const { body: { end } } = await get(bob, peekPath(roomId))
    await talk.say(alice, other, 'elsewhere')
    await talk.say(alice, roomId, 'here')
    t.same(said((await get(bob, peekPath(roomId, end))).body['chunk']), ['here'])
    t.match((await get(bob, inRoom(roomId, 'initialSync'))).body, { membership: 'join', messages: { start: String, end: String } })
    t.equal((await get(bob, `${inRoom(roomId, 'initialSync')}?limit=0`)).body['messages'].chunk.length, 0)
    t.match(await get(guest, '/events'), refused(403, 'M_GUEST_ACCESS_FORBIDDEN'))
    t.match(await get(guest, '/initialSync'), refused(403, 'M_GUEST_ACCESS_FORBIDDEN'))
    t.match(await get(bob, peekPath('!nowhere:localhost')), FORBIDDEN)
    t.match(await get(bob, '/rooms/!nowhere:localhost/initialSync'), FORBIDDEN)
  })
}
