import t from 'tap'
import { roomPath, V3 } from '../support/api.ts'
import { createTestServer, type TestUser } from '../support/server.ts'
import { Talk } from '../support/talk.ts'

const server = await createTestServer(t)
const { api, clock, services } = server
const talk = new Talk(api)
const alice = await server.register('alice')
const bob = await server.register('bob')
const carol = await server.register('carol')

const read = (user: TestUser, roomId: string, eventId: string, { type = 'm.read', ...body }: { type?: string, thread_id?: unknown } = {}) =>
  api.post(roomPath(roomId, `receipt/${type}/${encodeURIComponent(eventId)}`), { token: user.token, body })
const mark = (user: TestUser, roomId: string, body: object) => api.post(roomPath(roomId, 'read_markers'), { token: user.token, body })
const type = (user: TestUser, roomId: string, body: object, whom = user) =>
  api.put(roomPath(roomId, `typing/${encodeURIComponent(whom.userId)}`), { token: user.token, body })
const numberOf = async (roomId: string) => (await services.rooms.get(roomId)).nid

async function userNumber({ token }: TestUser): Promise<number> {
  const outcome = await services.accessTokens.findRequester(token)
  if (outcome.kind !== 'known') throw new Error(outcome.kind)
  return outcome.requester.user
}

/** What somebody is told of the receipts in a room: from the database and from memory, which must agree. */
async function receiptsOf(user: TestUser, roomId: string) {
  const room = await numberOf(roomId)
  const reader = await userNumber(user)
  const all = Number.MAX_SAFE_INTEGER
  const stored = (await services.receipts.listSince([{ room, after: 0 }], all, reader)).get(room) ?? []
  // What is left out at position 1 is nothing: the server began there.
  t.same(services.receipts.peekSince(room, 1, all, reader) ?? stored, stored)
  return stored
}

async function fullyReadOf(user: TestUser, roomId: string): Promise<unknown> {
  return (await services.accountData.find(await userNumber(user), await numberOf(roomId), 'm.fully_read'))?.['event_id']
}

// Operation: postReceipt.
t.test('A receipt is told to all, never moves back, and a later one takes its place', async (t) => {
  const room = await talk.gather(alice, bob)
  const [first, second] = [await talk.say(alice, room, 'one'), await talk.say(alice, room, 'two')]
  t.same(await receiptsOf(alice, room), [])
  t.same((await read(bob, room, first)).body, {})
  const ts = clock.now()
  t.same(await receiptsOf(alice, room), [{ [first]: { 'm.read': { [bob.userId]: { ts } } } }])
  clock.advance(5)
  await read(bob, room, second)
  const latest = [{ [second]: { 'm.read': { [bob.userId]: { ts: ts + 5 } } } }]
  t.same(await receiptsOf(alice, room), latest)
  t.equal((await read(bob, room, first)).status, 200)
  t.same(await receiptsOf(alice, room), latest, 'what lies behind changes nothing')
  await Promise.all([read(alice, room, second), read(alice, room, first), read(alice, room, second)])
  t.same(Object.keys((await receiptsOf(bob, room))[0]?.[second]?.['m.read'] ?? {}).sort(), [alice.userId, bob.userId])
})

t.test('A private receipt is told to nobody else', async (t) => {
  const room = await talk.gather(alice, bob)
  const event = await talk.say(alice, room, 'one')
  await read(bob, room, event, { type: 'm.read.private' })
  t.same(await receiptsOf(alice, room), [])
  t.match(await receiptsOf(bob, room), [{ [event]: { 'm.read.private': { [bob.userId]: { ts: Number } } } }])
})

t.test('Receipts of threads stand beside each other, and only where they belong', async (t) => {
  const room = await talk.gather(alice, bob)
  const root = await talk.say(alice, room, 'root')
  const inThread = await talk.say(alice, room, { body: 'x', msgtype: 'm.text', 'm.relates_to': { rel_type: 'm.thread', event_id: root } })
  const onThread = await talk.say(alice, room, { 'm.relates_to': { rel_type: 'm.annotation', event_id: inThread, key: '+' } }, 'm.reaction')
  for (const [event, threadId, status] of [
    [inThread, root, 200], [onThread, root, 200], [root, 'main', 200], [inThread, 'main', 400], [onThread, 'main', 400], [
      inThread, inThread, 200,
    ],
    [root, inThread, 400], [root, '', 400], [root, '$other', 400], [root, 5, 400],
  ] as const) t.equal((await read(bob, room, event, { thread_id: threadId })).status, status, `${event} in ${threadId}`)
  t.match(await read(bob, room, inThread, { thread_id: '' }), { body: { errcode: 'M_INVALID_PARAM' } })
  await read(bob, room, root)
  const contents = await receiptsOf(alice, room)
  t.equal(contents.length, 2, 'two receipts on one event need two contents')
  t.same(contents.map((content) => content[root]?.['m.read']?.[bob.userId]?.thread_id), ['main', undefined])
  t.equal(contents[0]?.[onThread]?.['m.read']?.[bob.userId]?.thread_id, root)
})

t.test('Only members mark what they can see', async (t) => {
  const room = await talk.create(
    alice, { preset: 'public_chat', initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'joined' } }] },
  )
  const hidden = await talk.say(alice, room, 'before')
  await talk.join(bob, room)
  const elsewhere = await talk.say(alice, await talk.gather(alice), 'elsewhere')
  t.match(await read(carol, room, hidden), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  for (const event of [hidden, elsewhere, '$unknown']) {
    t.match(await read(bob, room, event), { status: 404, body: { errcode: 'M_NOT_FOUND' } }, event)
    t.match(await mark(bob, room, { 'm.fully_read': event }), { status: 404 }, event)
  }
  t.match(await read(bob, room, hidden, { type: 'm.bogus' }), { status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  t.same(await receiptsOf(alice, room), [])
})

// Operation: setReadMarker.
t.test('The marker of what is fully read moves on, and receipts come with it', async (t) => {
  const room = await talk.gather(alice, bob)
  const [first, second] = [await talk.say(alice, room, 'one'), await talk.say(alice, room, 'two')]
  t.same((await mark(bob, room, { 'm.fully_read': second, 'm.read': first, 'm.read.private': second })).body, {})
  t.equal(await fullyReadOf(bob, room), second)
  t.match(
    await receiptsOf(bob, room), [{ [first]: { 'm.read': { [bob.userId]: {} } }, [second]: { 'm.read.private': { [bob.userId]: {} } } }],
  )
  await mark(bob, room, { 'm.fully_read': first })
  t.equal(await fullyReadOf(bob, room), second, 'not back')
  const third = await talk.say(alice, room, 'three')
  await read(bob, room, third, { type: 'm.fully_read' })
  t.equal(await fullyReadOf(bob, room), third, 'it may come as a receipt as well')
  t.match(await read(bob, room, third, { type: 'm.fully_read', thread_id: 'main' }), { status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  t.same((await mark(bob, room, {})).status, 200)
  t.match(await mark(carol, room, { 'm.fully_read': third }), { status: 403 })
  const path = `${V3}/user/${encodeURIComponent(bob.userId)}/rooms/${encodeURIComponent(room)}/account_data/m.fully_read`
  t.match(await api.get(path, { token: bob.token }), { status: 200, body: { event_id: third } })
  t.match(await api.put(path, { token: bob.token, body: { event_id: first } }), { status: 405, body: { errcode: 'M_BAD_JSON' } })
})

// Operation: setTyping.
t.test('Who types is known until he stops, leaves, or says no more', async (t) => {
  const room = await talk.gather(alice, bob)
  const nid = await numberOf(room)
  const { typing } = services
  let told = 0
  typing.listen((changed) => {
    if (changed === nid) told += 1
  })
  t.same([typing.typingIn(nid), typing.changedAt(nid)], [[], 0])
  t.same((await type(alice, room, { typing: true, timeout: 5000 })).body, {})
  const began = typing.changedAt(nid)
  t.ok(began > 0)
  await type(bob, room, { typing: true, timeout: 20_000 })
  t.same(typing.typingIn(nid), [alice.userId, bob.userId])
  t.equal(typing.changedAt(nid), began + 1)
  clock.advance(4000)
  await type(alice, room, { typing: true, timeout: 5000 })
  t.equal(typing.changedAt(nid), began + 1, 'going on is no news')
  clock.advance(4000)
  t.same(typing.typingIn(nid), [alice.userId, bob.userId])
  clock.advance(1001)
  t.same(typing.typingIn(nid), [bob.userId], 'after the timeout')
  await type(bob, room, { typing: false })
  t.same(typing.typingIn(nid), [])
  await type(bob, room, { typing: true })
  await api.put(`${V3}/profile/${encodeURIComponent(bob.userId)}/displayname`, { token: bob.token, body: { displayname: 'Bob' } })
  t.same(typing.typingIn(nid), [bob.userId], 'another name ends nothing')
  await talk.leave(bob, room)
  t.same(typing.typingIn(nid), [])
  t.equal(told, 6)
  t.match(await type(alice, room, { typing: true }, carol), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await type(carol, room, { typing: true }), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await type(alice, room, { timeout: 5 }), { status: 400 })
  t.match(await type(alice, room, { typing: 'yes' }), { status: 400 })
})
