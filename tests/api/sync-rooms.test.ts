import t from 'tap'
import { roomPath, V3 } from '../support/api.ts'
import { createTestServer, type TestUser } from '../support/server.ts'
import { joinedIn, saidIn, SyncClient, typesOf, type SyncBody } from '../support/sync-client.ts'
import { Talk } from '../support/talk.ts'

const server = await createTestServer(t)
const { api, clock } = server
const talk = new Talk(api)
const alice = await server.register('alice')
const bob = await server.register('bob')
const carol = await server.register('carol')
const LAZY = { room: { state: { lazy_load_members: true } } }

const leftIn = (body: SyncBody, room: string): SyncBody => body['rooms']?.leave?.[room]

async function sayAll(user: TestUser, room: string, count: number): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, index) => `message ${index}`)
  for (const text of texts) await talk.say(user, room, text)
  return texts
}

t.test('A first sync tells everything, the next what happened since', async (t) => {
  const client = new SyncClient(api, alice)
  const room = await talk.create(alice, { preset: 'public_chat', name: 'Garden' })
  await talk.say(alice, room, 'hello')
  const first = await client.next()
  const joined = joinedIn(first, room)
  t.same(saidIn(joined), ['hello'])
  t.equal(joined['timeline'].limited, false)
  t.same(typesOf(joined['timeline'].events).slice(0, 2), ['m.room.create', `m.room.member ${alice.userId}`])
  t.same(joined['state'].events, [], 'what the timeline shows is not repeated')
  t.equal(joined['state_after'], undefined)
  t.match(joined['summary'], { 'm.joined_member_count': 1, 'm.invited_member_count': 0 })
  t.equal(joined['summary']['m.heroes'], undefined, 'a room with a name needs none')
  t.match(joined['timeline'].events.at(-1), { sender: alice.userId, unsigned: { age: Number, membership: 'join', transaction_id: String } })
  t.equal(joined['timeline'].events.at(-1).room_id, undefined)
  t.ok(first['account_data'].events.some((event: { type: string }) => event.type === 'm.push_rules'))
  t.match(first, { device_one_time_keys_count: {}, device_unused_fallback_key_types: [] })
  await talk.say(alice, room, 'again')
  const second = await client.next()
  t.same(saidIn(joinedIn(second, room)), ['again'])
  t.same(joinedIn(second, room)['state'].events, [])
  const third = await client.next()
  t.equal(third['rooms'], undefined)
  t.type(third['next_batch'], 'string')
})

t.test('Who waits is answered when something happens, or when the time is up', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, room)
  const client = new SyncClient(api, bob)
  await client.next()
  const waiting = client.next({ timeout: 30_000 })
  await talk.say(alice, room, 'wake up')
  const body = await waiting
  t.same(saidIn(joinedIn(body, room)), ['wake up'])
  t.equal(joinedIn(body, room)['timeline'].events[0].unsigned.transaction_id, undefined, 'told to the device that sent it only')
  t.same(joinedIn(body, room)['unread_notifications'], { highlight_count: 0, notification_count: 1 })
  const empty = client.next({ timeout: 1_000 })
  await server.server.settled()
  await untilParked()
  clock.advance(2_000)
  t.equal((await empty)['rooms'], undefined)
})

async function untilParked(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

t.test('A gap is limited, and its token leads through /messages to what was there before', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  const client = new SyncClient(api, alice)
  await client.next()
  for (const count of [25, 80]) {
    const since = client.token
    const texts = await sayAll(alice, room, count)
    const joined = joinedIn(await client.next(), room)
    t.same(saidIn(joined), texts.slice(-10), `the last ten of ${count}`)
    t.equal(joined['timeline'].limited, true)
    const query = new URLSearchParams({ dir: 'b', from: joined['timeline'].prev_batch, to: since ?? '', limit: '100' })
    const page = await api.get(roomPath(room, `messages?${query}`), { token: alice.token })
    t.same(
      page.body['chunk'].map((event: SyncBody) => event['content'].body).toReversed(),
      texts.slice(0, -10),
      'not one is missing or double',
    )
  }
})

t.test('State that changed in a gap comes as state at the start of the timeline', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  const before = new SyncClient(api, alice)
  await before.next()
  for (const count of [15, 70]) {
    const after = new SyncClient(api, alice, { use_state_after: true })
    after.token = before.token
    await talk.set(alice, room, 'm.room.topic', { topic: `first ${count}` })
    await talk.join(carol, room)
    await sayAll(alice, room, count)
    await talk.set(alice, room, 'm.room.topic', { topic: `second ${count}` })
    const joined = joinedIn(await before.next(), room)
    t.match(joined['state'].events.find(({ type }: SyncBody) => type === 'm.room.topic'), { content: { topic: `first ${count}` } })
    t.match(joined['timeline'].events.at(-1), { content: { topic: `second ${count}` } })
    t.ok(typesOf(joined['state'].events).includes(`m.room.member ${carol.userId}`))
    const other = joinedIn(await after.next(), room)
    t.equal(other['state'], undefined)
    t.match(other['state_after'].events.find(({ type }: SyncBody) => type === 'm.room.topic'), { content: { topic: `second ${count}` } })
    t.equal(other['state_after'].events.filter(({ type }: SyncBody) => type === 'm.room.topic').length, 1)
    await talk.leave(carol, room)
    await before.next()
  }
})

t.test('State after the timeline is there also when nothing of it changed, under the name that was asked for', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  const client = new SyncClient(api, alice, { 'org.matrix.msc4222.use_state_after': true })
  const first = joinedIn(await client.next(), room)
  t.equal(first['state'], undefined)
  t.ok(typesOf(first['org.matrix.msc4222.state_after'].events).includes('m.room.create'))
  await talk.say(alice, room, 'nothing changes')
  const second = joinedIn(await client.next(), room)
  t.same(second['org.matrix.msc4222.state_after'], { events: [] })
  await talk.set(alice, room, 'm.room.topic', { topic: 'changed' })
  const third = joinedIn(await client.next(), room)
  t.same(typesOf(third['org.matrix.msc4222.state_after'].events), ['m.room.topic'])
  t.same(typesOf(third['timeline'].events), ['m.room.topic'])
})

t.test('Members come with those who speak when they are loaded lazily, and once', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat', name: 'Hall' })
  await talk.join(bob, room)
  await talk.join(carol, room)
  await sayAll(bob, room, 12)
  const client = new SyncClient(api, alice, { filter: LAZY })
  const members = (body: SyncBody): string[] => typesOf(joinedIn(body, room)?.['state'].events).filter(
    (name) => name.startsWith('m.room.member'),
  ).sort()
  t.same(members(await client.next()), [`m.room.member ${alice.userId}`, `m.room.member ${bob.userId}`], 'who spoke, and oneself')
  await talk.say(carol, room, 'I am here, too')
  t.same(members(await client.next()), [`m.room.member ${carol.userId}`])
  await talk.say(carol, room, 'still')
  t.same(members(await client.next()), [], 'not again')
  await talk.say(carol, room, 'and again')
  t.same(
    members(await client.peek({ filter: { room: { state: { lazy_load_members: true, include_redundant_members: true } } } })),
    [`m.room.member ${carol.userId}`],
  )
  const again = new SyncClient(api, alice, { filter: LAZY })
  again.token = client.token
  t.same(members(await again.next()), [])
  t.same(
    members(await client.next()), [`m.room.member ${carol.userId}`], 'a client that comes with an older token may have lost the answer',
  )
  await talk.set(carol, room, 'm.room.member', { membership: 'join', displayname: 'Carola' }, carol.userId)
  await sayAll(bob, room, 20)
  t.ok(members(await client.next()).includes(`m.room.member ${carol.userId}`), 'what changed in a gap comes in any case')
})

t.test('A room without a name is called by its heroes, whose memberships come along', async (t) => {
  const room = await talk.create(alice, { preset: 'private_chat' })
  await talk.invite(alice, room, bob)
  const client = new SyncClient(api, alice, { filter: { room: { state: { lazy_load_members: true }, timeline: { limit: 1 } } } })
  await talk.say(alice, room, 'anybody there?')
  const first = joinedIn(await client.next(), room)
  t.same(first['summary'], { 'm.heroes': [bob.userId], 'm.joined_member_count': 1, 'm.invited_member_count': 1 })
  t.ok(typesOf(first['state'].events).includes(`m.room.member ${bob.userId}`))
  await talk.join(bob, room)
  t.same(
    joinedIn(await client.next(), room)['summary'], { 'm.heroes': [bob.userId], 'm.joined_member_count': 2, 'm.invited_member_count': 0 },
  )
  await talk.say(alice, room, 'welcome')
  t.equal(joinedIn(await client.next(), room)['summary'], undefined, 'unchanged')
  await talk.leave(bob, room)
  t.same(
    joinedIn(await client.next(), room)['summary'], { 'm.heroes': [bob.userId], 'm.joined_member_count': 1, 'm.invited_member_count': 0 },
  )
})

t.test('A room that was joined comes as if it were the first sync', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat', name: 'Old' })
  await sayAll(alice, room, 30)
  const client = new SyncClient(api, bob)
  await client.next()
  await talk.join(bob, room)
  const joined = joinedIn(await client.next(), room)
  t.equal(joined['timeline'].events.length, 10)
  t.equal(joined['timeline'].limited, true)
  t.ok(typesOf(joined['state'].events).includes('m.room.create'))
  t.match(joined['timeline'].events.at(-1), { state_key: bob.userId })
  t.equal(joined['timeline'].events[0].unsigned.membership, 'leave', 'said before the join')
  t.same(joined['unread_notifications'], { highlight_count: 0, notification_count: 0 })
  await talk.set(bob, room, 'm.room.member', { membership: 'join', displayname: 'Bobby' }, bob.userId)
  const renamed = joinedIn(await client.next(), room)
  t.same(renamed['state'].events, [], 'another name is no join')
  t.same(renamed['timeline'].events.length, 1)
  await talk.leave(bob, room)
  await talk.say(alice, room, 'meanwhile')
  await talk.join(bob, room)
  const back = joinedIn(await client.next(), room)
  t.ok(typesOf(back['state'].events).includes('m.room.create'), 'who was away meanwhile is told everything')
})

t.test('Who joins sees of the past what its visibility allows', async (t) => {
  const joinedOnly = await talk.create(alice, {
    preset: 'public_chat', initial_state: [{ type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'joined' } }],
  })
  await sayAll(alice, joinedOnly, 5)
  const client = new SyncClient(api, bob)
  await client.next()
  await talk.join(bob, joinedOnly)
  await talk.say(alice, joinedOnly, 'now you see me')
  const joined = joinedIn(await client.next(), joinedOnly)
  t.same(saidIn(joined), ['now you see me'])
  t.equal(joined['timeline'].limited, true)
})

t.test('The whole state comes on demand, at once, with the timeline since the token', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  const client = new SyncClient(api, alice)
  await client.next()
  await talk.say(alice, room, 'only this')
  const body = await client.next({ full_state: true, timeout: 60_000 })
  t.same(saidIn(joinedIn(body, room)), ['only this'])
  t.ok(typesOf(joinedIn(body, room)['state'].events).includes('m.room.create'))
  const again = await client.next({ full_state: true, timeout: 60_000 })
  t.same(joinedIn(again, room)['timeline'].events, [])
  t.ok(typesOf(joinedIn(again, room)['state'].events).includes('m.room.power_levels'))
})

t.test('Invites and knocks come with stripped state', async (t) => {
  const room = await talk.create(alice, { preset: 'private_chat', name: 'Secret', topic: 'Nothing' })
  const client = new SyncClient(api, carol)
  await client.next()
  const waiting = client.next({ timeout: 30_000 })
  await talk.invite(alice, room, carol)
  const { events } = (await waiting)['rooms'].invite[room].invite_state
  t.same(
    typesOf(events).sort(),
    [
      'm.room.create', 'm.room.encryption', 'm.room.join_rules', `m.room.member ${alice.userId}`, `m.room.member ${carol.userId}`,
      'm.room.name', 'm.room.topic',
    ].filter((type) => typesOf(events).includes(type)).sort(),
  )
  t.ok(typesOf(events).includes('m.room.create'))
  const members = events.filter(({ type }: SyncBody) => type === 'm.room.member')
  t.match(members, [
    { state_key: alice.userId, content: { membership: 'join', displayname: String } }, { content: { membership: 'invite' } },
  ])
  t.equal(events[0].event_id, undefined)
  t.match(events.at(-1), { type: 'm.room.member', event_id: /^\$/, origin_server_ts: Number }, 'a client can tell when it came')
  t.equal((await client.next())['rooms'], undefined, 'told once')
  t.ok((await new SyncClient(api, carol).next())['rooms'].invite[room], 'and to each client')
  const direct = await talk.create(alice, { preset: 'trusted_private_chat', invite: [carol.userId] })
  const { events: begun } = (await client.next())['rooms'].invite[direct].invite_state
  t.ok(typesOf(begun).includes(`m.room.member ${alice.userId}`), 'who invites is shown also in a room that begins with the invite')
  await talk.leave(carol, direct)
  await client.next()
  await talk.leave(carol, room)
  const refused = leftIn(await client.next(), room)
  t.same(typesOf(refused['timeline'].events), [`m.room.member ${carol.userId}`])
  t.same(refused['state'].events, [])
  const knocked = await talk.create(
    alice, { preset: 'private_chat', initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }] },
  )
  const knock = await api.post(`${V3}/knock/${encodeURIComponent(knocked)}`, { token: carol.token, body: { reason: 'please' } })
  t.equal(knock.status, 200)
  t.ok(typesOf((await client.next())['rooms'].knock[knocked].knock_state.events).includes(`m.room.member ${carol.userId}`))
})

t.test('Who leaves, or is made to, is told so and nothing that comes later', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  const other = await talk.create(alice, { preset: 'public_chat' })
  for (const each of [room, other]) await talk.join(bob, each)
  const client = new SyncClient(api, bob)
  await client.next()
  await talk.say(alice, room, 'before')
  await talk.set(alice, room, 'm.room.topic', { topic: 'before' })
  await talk.leave(bob, room)
  await talk.say(alice, room, 'after')
  await talk.set(alice, room, 'm.room.topic', { topic: 'after' })
  const body = await client.next()
  t.equal(joinedIn(body, room), undefined)
  t.same(saidIn(leftIn(body, room)), ['before'])
  t.match(leftIn(body, room)['timeline'].events.at(-1), { state_key: bob.userId, content: { membership: 'leave' } })
  t.notMatch(JSON.stringify(body), 'after"')
  t.equal((await client.next())['rooms'], undefined, 'told once')
  await talk.say(alice, room, 'even later')
  t.equal((await client.next())['rooms'], undefined)
  await api.post(roomPath(other, 'ban'), { token: alice.token, body: { user_id: bob.userId, reason: 'rude' } })
  const banned = leftIn(await client.next(), other)
  t.match(banned['timeline'].events.at(-1), { state_key: bob.userId, sender: alice.userId, content: { membership: 'ban', reason: 'rude' } })
  const fresh = await new SyncClient(api, bob).next()
  t.same(Object.keys(fresh['rooms'].leave), [other], 'who comes anew is told of bans only')
  const archive = await new SyncClient(api, bob, { filter: { room: { include_leave: true } } }).next()
  t.same(saidIn(leftIn(archive, room)), ['before'])
  t.match(leftIn(archive, room)['timeline'].events.at(-1), { content: { membership: 'leave' } })
  t.notMatch(JSON.stringify(leftIn(archive, room)), 'after"')
  t.ok(leftIn(archive, other))
  const since = (await new SyncClient(api, bob).next())['next_batch']
  await talk.join(bob, room)
  await talk.leave(bob, room)
  await api.post(roomPath(room, 'forget'), { token: bob.token, body: {} })
  const told = await new SyncClient(api, bob, { since }).next()
  t.match(leftIn(told, room)['timeline'].events.at(-1), { content: { membership: 'leave' } }, 'another device learns of it all the same')
  const forgotten = await new SyncClient(api, bob, { filter: { room: { include_leave: true } } }).next()
  t.equal(leftIn(forgotten, room), undefined)
})

t.test('A room that was left across a long gap ends with the leave', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, room)
  const client = new SyncClient(api, bob)
  await client.next()
  await talk.set(alice, room, 'm.room.topic', { topic: 'at the leave' })
  await sayAll(alice, room, 20)
  await talk.leave(bob, room)
  await talk.set(alice, room, 'm.room.topic', { topic: 'after the leave' })
  await sayAll(alice, room, 70)
  const left = leftIn(await client.next(), room)
  t.equal(left['timeline'].limited, true)
  t.equal(left['timeline'].events.length, 10)
  t.match(left['timeline'].events.at(-1), { content: { membership: 'leave' } })
  t.match(left['state'].events.find(({ type }: SyncBody) => type === 'm.room.topic'), { content: { topic: 'at the leave' } })
})

t.test('Messages of ignored users are left out, what they change of the state is not', async (t) => {
  const dora = await server.register('dora')
  const eve = await server.register('eve')
  const room = await talk.create(dora, { preset: 'public_chat' })
  await talk.join(eve, room)
  const client = new SyncClient(api, dora)
  await client.next()
  await talk.ignore(dora, eve)
  await talk.say(eve, room, 'noise')
  await talk.set(eve, room, 'm.room.member', { membership: 'join', displayname: 'Evelyn' }, eve.userId)
  const secret = await talk.create(eve, { preset: 'private_chat' })
  await talk.invite(eve, secret, dora)
  const body = await client.next()
  t.same(saidIn(joinedIn(body, room)), [])
  t.same(typesOf(joinedIn(body, room)['timeline'].events), [`m.room.member ${eve.userId}`])
  t.same(joinedIn(body, room)['unread_notifications'].notification_count, 0)
  t.equal(body['rooms'].invite, undefined)
  await talk.ignore(dora)
  await client.next()
  await talk.say(eve, room, 'heard')
  t.same(saidIn(joinedIn(await client.next(), room)), ['heard'])
})
