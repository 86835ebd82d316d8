import type { Test } from 'tap'
import { refused } from '../../support/refusal.ts'
import type { TestUser } from '../../support/server.ts'
import { typesOf } from '../../support/sync-client.ts'
import { inRoom, type World } from './world.ts'

type Body = Record<string, any>

/** What clients from before /sync ask: initialSync, getEvents, getOneEvent. */
export function testOldSync(t: Test, world: World): void {
  const { talk, get, post, put, people, server } = world
  const { clock } = server
  const said = (events: Body[]): string[] => events.flatMap((event) => event['content'].body ?? [])
  const roomIn = (body: Body, roomId: string): Body | undefined => body['rooms'].find((room: Body) => room['room_id'] === roomId)

  async function follow(user: TestUser, query: Record<string, string | number>): Promise<Body> {
    const fields = Object.entries(query).map(([name, value]) => [name, String(value)])
    const { status, body, text } = await get(user, `/events?${new URLSearchParams(fields)}`)
    if (status !== 200) throw new Error(text)
    return body
  }

  t.test('initialSync tells of all rooms, and getEvents of what comes then', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { preset: 'public_chat', name: 'Old', visibility: 'public' })
    await talk.join(bob, roomId)
    for (const text of ['one', 'two', 'three']) await talk.say(alice, roomId, text)
    await put(bob, `/user/${encodeURIComponent(bob.userId)}/account_data/org.example.own`, { is: 'mine' })
    await put(bob, `/user/${encodeURIComponent(bob.userId)}${inRoom(roomId, 'tags', 'work')}`, { order: 0.5 })
    const closed = await talk.create(alice, { preset: 'private_chat', invite: [bob.userId] })
    const { body } = await get(bob, '/initialSync?limit=2')
    const room = roomIn(body, roomId)
    t.match(room, { membership: 'join', visibility: 'public' })
    t.match(room?.['account_data'], [{ type: 'm.tag', content: { tags: { work: { order: 0.5 } } } }])
    t.same(said(room?.['messages'].chunk), ['two', 'three'], 'as many as were asked for, oldest first')
    t.ok(room?.['messages'].chunk.every((event: Body) => event['room_id'] === roomId && event['event_id'] !== undefined))
    const types = typesOf(room?.['state'])
    for (const type of ['m.room.create', 'm.room.name', `m.room.member ${alice.userId}`, `m.room.member ${bob.userId}`]) {
      t.ok(types.includes(type), `the state has ${type}`)
    }
    t.match(roomIn(body, closed), { membership: 'invite', visibility: 'private', invite: { room_id: closed, state_key: bob.userId } })
    t.equal(roomIn(body, closed)?.['state'], undefined)
    t.match(body['account_data'].find(({ type }: Body) => type === 'org.example.own'), { content: { is: 'mine' } })
    t.ok(Array.isArray(body['presence']))
    t.equal(body['end'], room?.['messages'].end)
    const earlier = await get(bob, `${inRoom(roomId, 'messages')}?dir=b&limit=1&from=${room?.['messages'].start}`)
    t.same(said(earlier.body['chunk']), ['one'], 'start leads through /messages to what was before')
    await talk.say(alice, roomId, 'four')
    const later = await get(bob, `${inRoom(roomId, 'messages')}?dir=f&from=${room?.['messages'].end}`)
    t.same(said(later.body['chunk']), ['four'], 'and end to what came later')
    const synced = await get(bob, `/sync?since=${body['end']}`)
    t.same(said(synced.body['rooms'].join[roomId].timeline.events), ['four'], 'a client may go over to /sync')
    const next = await follow(bob, { from: body['end'], timeout: 0 })
    t.equal(next['start'], body['end'])
    t.match(next['chunk'], [{ room_id: roomId, event_id: String, sender: alice.userId, content: { body: 'four' } }])
    t.same(await follow(bob, { from: next['end'], timeout: 0 }), { start: next['end'], end: next['end'], chunk: [] })
  })

  t.test('initialSync tells of rooms that were left where that is asked', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { preset: 'public_chat', name: 'Before' })
    await talk.join(bob, roomId)
    await talk.say(alice, roomId, 'before')
    await talk.leave(bob, roomId)
    await talk.set(alice, roomId, 'm.room.name', { name: 'After' })
    await talk.say(alice, roomId, 'after')
    t.equal(roomIn((await get(bob, '/initialSync')).body, roomId), undefined)
    const left = roomIn((await get(bob, '/initialSync?archived=true')).body, roomId)
    t.equal(left?.['membership'], 'leave')
    t.same(said(left?.['messages'].chunk), ['before'])
    t.match(left?.['messages'].chunk.at(-1), { state_key: bob.userId, content: { membership: 'leave' } })
    t.match(left?.['state'].find(({ type }: Body) => type === 'm.room.name'), { content: { name: 'Before' } })
    const alone = (await get(bob, inRoom(roomId, 'initialSync'))).body
    t.equal(alone['membership'], 'leave')
    t.same(said(alone['messages'].chunk), ['before'], 'roomInitialSync tells the same')
    await post(bob, inRoom(roomId, 'forget'), {})
    t.equal(roomIn((await get(bob, '/initialSync?archived=true')).body, roomId), undefined)
    t.equal((await get(bob, inRoom(roomId, 'initialSync'))).status, 403)
  })

  t.test('getEvents waits, and is answered when something happens or the time is up', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    await talk.join(bob, roomId)
    const begun = await follow(bob, {})
    t.same([begun['chunk'], begun['start']], [[], begun['end']], 'without a token it begins at present')
    const waiting = follow(bob, { from: begun['end'], timeout: 30_000 })
    await talk.say(alice, roomId, 'wake up')
    const woken = await waiting
    t.same(said(woken['chunk']), ['wake up'])
    const idle = follow(bob, { from: woken['end'], timeout: 1_000 })
    await server.server.settled()
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(2_000)
    t.same((await idle)['chunk'], [])
    // Invites, joins and leaves of one's own come along, whatever room they are in.
    const secret = await talk.create(alice, { preset: 'private_chat', invite: [bob.userId] })
    const invited = await follow(bob, { from: woken['end'] })
    t.match(invited['chunk'], [{ room_id: secret, type: 'm.room.member', state_key: bob.userId, content: { membership: 'invite' } }])
    await talk.join(bob, secret)
    await talk.say(alice, secret, 'among us')
    await talk.leave(bob, secret)
    await talk.say(alice, secret, 'alone again')
    await talk.say(carol, await talk.create(carol), 'elsewhere')
    const after = await follow(bob, { from: invited['end'] })
    t.same(said(after['chunk']), ['among us'])
    t.same(after['chunk'].map(({ content }: Body) => content.membership ?? content.body), ['join', 'among us', 'leave'])
    t.equal((await follow(bob, { from: after['end'] }))['chunk'].length, 0, 'nothing after the leave')
  })

  t.test('getEvents tells who types, who has read what and who is here', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    await talk.join(bob, roomId)
    const eventId = await talk.say(alice, roomId, 'read me')
    const { end: from } = await follow(bob, {})
    const waiting = follow(bob, { from, timeout: 30_000 })
    await put(alice, inRoom(roomId, 'typing', alice.userId), { typing: true, timeout: 30_000 })
    await server.server.settled()
    const typing = await waiting
    t.match(typing['chunk'].find(({ type }: Body) => type === 'm.typing'), { room_id: roomId, content: { user_ids: [alice.userId] } })
    await post(alice, inRoom(roomId, 'receipt', 'm.read', eventId), {})
    const read = await follow(bob, { from: typing['end'] })
    t.match(read['chunk'], [{ type: 'm.receipt', room_id: roomId, content: { [eventId]: { 'm.read': { [alice.userId]: {} } } } }])
    await put(alice, `/presence/${encodeURIComponent(alice.userId)}/status`, { presence: 'unavailable', status_msg: 'away' })
    const seen = await follow(bob, { from: read['end'] })
    t.match(seen['chunk'], [{ type: 'm.presence', content: { user_id: alice.userId, presence: 'unavailable', status_msg: 'away' } }])
    t.same((await follow(bob, { from: seen['end'] }))['chunk'], [])
    t.same((await follow(carol, { from }))['chunk'].filter(({ content }: Body) => content.user_id !== carol.userId), [])
  })

  t.test('getEvents tells much page by page, and nothing of who is ignored', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const rooms = await Promise.all([talk.create(alice, { preset: 'public_chat' }), talk.create(alice, { preset: 'public_chat' })])
    for (const roomId of rooms) await talk.join(bob, roomId)
    let { end: from } = await follow(alice, {})
    const texts = Array.from({ length: 230 }, (_, index) => `message ${index}`)
    for (const [index, text] of texts.entries()) await talk.say(bob, rooms[index % 2] ?? '', text)
    const last = from
    const read: string[] = []
    for (let pages = 0; pages < 3; pages += 1) {
      const page = await follow(alice, { from })
      t.ok(page['chunk'].length <= 100)
      read.push(...said(page['chunk']))
      from = page['end']
    }
    t.same(read, texts, 'in the order of the server, not one missing or double')
    await talk.ignore(alice, bob)
    t.same(said((await follow(alice, { from: last }))['chunk']), [])
    t.match(await get(alice, '/events?from=nonsense'), refused(400, 'M_INVALID_PARAM'))
    t.match(await get(alice, '/events?from=s999999999_0_0_x_0'), refused(400, 'M_INVALID_PARAM'))
  })

  t.test('getOneEvent gives an event of any room to who may see it', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { preset: 'private_chat' })
    const eventId = await talk.say(alice, roomId, 'one')
    const path = `/events/${encodeURIComponent(eventId)}`
    t.match(await get(alice, path), { status: 200, body: { event_id: eventId, room_id: roomId, content: { body: 'one' } } })
    t.match(await get(bob, path), refused(404, 'M_NOT_FOUND'))
    t.match(await get(alice, '/events/%24nothing'), refused(404, 'M_NOT_FOUND'))
  })
}
