import t from 'tap'
import { roomPath } from '../support/api.ts'
import { createTestServer, type TestUser } from '../support/server.ts'
import { Talk } from '../support/talk.ts'

const server = await createTestServer(t)
const { api } = server
const talk = new Talk(api)
const alice = await server.register('alice')
const bob = await server.register('bob')
const carol = await server.register('carol')

interface Event {
  readonly event_id: string,
  readonly type: string,
  readonly sender: string,
  readonly content: { readonly body?: string },
  readonly unsigned: Record<string, any>,
}

const messages = (user: TestUser, roomId: string, query: Record<string, string | number | object>) => {
  const fields = Object.entries(query).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)])
  return api.get(roomPath(roomId, `messages?${new URLSearchParams(fields)}`), { token: user.token })
}
const bodies = (events: readonly Event[]) => events.map((event) => event.content.body).filter((body) => body !== undefined)
const context = (user: TestUser, roomId: string, eventId: string, query = '') =>
  api.get(roomPath(roomId, `context/${encodeURIComponent(eventId)}${query}`), { token: user.token })

/** Follows the tokens until there is none; the bodies of all pages, and how many pages there were. */
async function readAll(
  user: TestUser, roomId: string, query: Record<string, string | number | object>,
): Promise<{ read: string[], pages: number }> {
  const read: string[] = []
  let from: string | undefined
  for (let pages = 1; ; pages += 1) {
    const { status, body, text } = await messages(user, roomId, { ...query, ...(from === undefined ? {} : { from }) })
    if (status !== 200) throw new Error(text)
    read.push(...bodies(body['chunk']) as string[])
    if (body['end'] === undefined) return { read, pages }
    from = body['end']
  }
}

// Operations: getRoomEvents, getEventContext, getOneRoomEvent.
t.test('Pages of messages join up in both directions and end', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  const said = Array.from({ length: 25 }, (_, index) => `message ${index}`)
  for (const text of said) await talk.say(alice, room, text)
  t.same((await readAll(alice, room, { dir: 'b', limit: 7 })).read, said.toReversed())
  t.same((await readAll(alice, room, { dir: 'f', limit: 7 })).read, said)
  t.same((await readAll(alice, room, { dir: 'b', limit: 1000 })).pages, 1, 'one page for all, and no token after it')
  const byDefault = await messages(alice, room, { dir: 'b' })
  t.equal(byDefault.body['chunk'].length, 10)
  t.same(Object.keys(byDefault.body).sort(), ['chunk', 'end', 'start'])
  const [newest] = byDefault.body['chunk']
  t.match(
    newest,
    {
      room_id: room,
      type: 'm.room.message',
      sender: alice.userId,
      content: { body: 'message 24' },
      unsigned: { membership: 'join', transaction_id: String },
    },
  )
  const between = await messages(alice, room, { dir: 'b', from: byDefault.body['start'], to: byDefault.body['end'], limit: 50 })
  t.equal(between.body['chunk'].length, 10, 'up to `to` and no further')
  t.equal(between.body['end'], undefined)
  const back = await messages(alice, room, { dir: 'f', from: byDefault.body['end'], limit: 50 })
  t.same(bodies(back.body['chunk']), said.slice(-10), 'the same page read the other way')
})

t.test('Filters choose by type, sender, content and relation', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, room)
  const first = await talk.say(alice, room, 'a text')
  await talk.say(bob, room, { msgtype: 'm.image', body: 'an image', url: 'mxc://localhost/abc' })
  await talk.say(bob, room, { 'm.relates_to': { rel_type: 'm.annotation', event_id: first, key: '+' } }, 'm.reaction')
  await talk.say(alice, room, { body: 'a strange one' }, 'org.example_100%_x')
  const read = async (filter: object) => bodies((await messages(alice, room, { dir: 'f', limit: 50, filter })).body['chunk'])
  t.same(await read({ types: ['m.room.message'] }), ['a text', 'an image'])
  t.same(await read({ types: ['m.room.*'], senders: [bob.userId] }), ['an image'])
  t.same(await read({ not_senders: [bob.userId] }), ['a text', 'a strange one'])
  t.same(await read({ not_types: ['m.room.message'] }), ['a strange one'])
  t.same(await read({ types: ['org.example_100%_x'] }), ['a strange one'], 'what LIKE would read otherwise stands for itself')
  t.same(await read({ types: ['org.example_100%_%'] }), [])
  t.same(await read({ contains_url: true }), ['an image'])
  t.same(await read({ contains_url: false, types: ['m.room.message'] }), ['a text'])
  t.same(await read({ related_by_rel_types: ['m.annotation'] }), ['a text'])
  t.same(await read({ related_by_senders: [alice.userId] }), [])
  t.same(await read({ senders: ['@nobody:localhost'] }), [])
  t.same(await read({ not_rooms: [room] }), [])
  const lazy = await messages(alice, room, { dir: 'b', limit: 1, filter: { lazy_load_members: true } })
  t.same(lazy.body['state'].map((event: any) => event.state_key), [alice.userId])
  for (const [filter, errcode] of [
    ['{', 'M_NOT_JSON'], ['[]', 'M_BAD_JSON'], ['{"types":"m.room.message"}', 'M_BAD_JSON'], ['{"senders":["x"]}', 'M_BAD_JSON'],
  ] as const) {
    t.match(await messages(alice, room, { dir: 'b', filter }), { status: 400, body: { errcode } }, filter)
  }
})

t.test('What is asked wrongly is refused', async (t) => {
  const room = await talk.create(alice, { preset: 'private_chat' })
  for (const from of ['garbage', 't1', 's12', 't99999999999_0_0', 't1_0_7', 's1_1_5_abcdef12_1']) {
    t.match(await messages(alice, room, { dir: 'b', from }), { status: 400, body: { errcode: 'M_INVALID_PARAM' } }, from)
  }
  const forwards = await api.get(roomPath(room, 'messages'), { token: alice.token })
  t.match(forwards.body['chunk'][0], { type: 'm.room.create' }, 'forwards, unless told')
  t.match(await messages(alice, room, { dir: 'b', limit: -1 }), { status: 400 })
  t.match(await messages(bob, room, { dir: 'b' }), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await messages(bob, '!unknown:localhost', { dir: 'b' }), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
})

t.test('History is shown as it was visible when it was said', async (t) => {
  const room = await talk.create(
    alice, { preset: 'public_chat', initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'joined' } }] },
  )
  const secret = await talk.say(alice, room, 'before bob')
  for (let index = 0; index < 30; index += 1) await talk.say(alice, room, `hidden ${index}`)
  await talk.join(bob, room)
  const open = await talk.say(alice, room, 'bob is here')
  await talk.leave(bob, room)
  const later = await talk.say(alice, room, 'bob has left')
  t.same((await readAll(bob, room, { dir: 'b', limit: 5 })).read, ['bob is here'], 'up to his leave, and nothing from before')
  t.same((await readAll(bob, room, { dir: 'f', limit: 5 })).read, ['bob is here'])
  for (const [eventId, status] of [[secret, 404], [open, 200], [later, 404]] as const) {
    t.equal((await api.get(roomPath(room, `event/${encodeURIComponent(eventId)}`), { token: bob.token })).status, status)
    t.equal((await context(bob, room, eventId)).status, status)
  }
  t.match(
    await api.get(roomPath(room, `event/${encodeURIComponent(open)}`), { token: carol.token }),
    { status: 404, body: { errcode: 'M_NOT_FOUND' } },
  )
  t.match(await context(carol, room, open), { status: 403 })
  const around = await context(bob, room, open, '?limit=20')
  t.notOk(JSON.stringify(around.body).includes('bob has left') || JSON.stringify(around.body).includes('hidden'))
})

t.test('A page of nothing but what may not be seen still leads on', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.say(alice, room, 'long ago')
  await talk.set(alice, room, 'm.room.history_visibility', { history_visibility: 'joined' })
  for (let index = 0; index < 40; index += 1) await talk.say(alice, room, `hidden ${index}`)
  await talk.set(alice, room, 'm.room.history_visibility', { history_visibility: 'shared' })
  await talk.join(bob, room)
  await talk.say(bob, room, 'just now')
  t.same((await readAll(bob, room, { dir: 'b', limit: 3 })).read, ['just now', 'long ago'])
})

t.test('All the world reads what is world readable, and nothing else', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.say(alice, room, 'among us')
  await talk.set(alice, room, 'm.room.history_visibility', { history_visibility: 'world_readable' })
  const open = await talk.say(alice, room, 'for all')
  t.same((await readAll(carol, room, { dir: 'b', limit: 10 })).read, ['for all'])
  t.match(await context(carol, room, open), { status: 200, body: { event: { content: { body: 'for all' } } } })
  await talk.set(alice, room, 'm.room.history_visibility', { history_visibility: 'shared' })
  t.match(await messages(carol, room, { dir: 'b' }), { status: 403 })
  t.equal((await api.get(roomPath(room, `event/${encodeURIComponent(open)}`), { token: carol.token })).status, 200)
})

t.test('Whom one ignores is not heard, but his state is', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, room)
  await talk.join(carol, room)
  const noise = await talk.say(bob, room, 'noise')
  const word = await talk.say(alice, room, 'a word')
  await talk.ignore(carol, bob)
  const { body } = await messages(carol, room, { dir: 'b', limit: 50 })
  t.same(bodies(body['chunk']), ['a word'])
  t.ok(body['chunk'].some((event: Event) => event.sender === bob.userId && event.type === 'm.room.member'))
  t.notOk((await context(carol, room, word)).text.includes('noise'))
  t.equal((await context(carol, room, noise)).status, 404)
  await talk.ignore(carol)
  t.same(bodies((await messages(carol, room, { dir: 'b', limit: 50 })).body['chunk']), ['a word', 'noise'])
})

t.test('The context of an event has its neighbours, tokens on both sides, and the state of then', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat', name: 'Old name' })
  const ids: string[] = []
  for (let index = 0; index < 9; index += 1) ids.push(await talk.say(alice, room, `m${index}`))
  await talk.set(alice, room, 'm.room.name', { name: 'New name' })
  const { status, body } = await context(alice, room, ids[4] ?? '', '?limit=5')
  t.equal(status, 200)
  t.same(
    [bodies(body['events_before']), body['event'].content.body, bodies(body['events_after'])], [['m3', 'm2'], 'm4', ['m5', 'm6', 'm7']],
  )
  const name = body['state'].find((event: Event) => event.type === 'm.room.name')
  t.equal(name.content.name, 'Old name')
  t.same(bodies((await messages(alice, room, { dir: 'b', from: body['start'], limit: 2 })).body['chunk']), ['m1', 'm0'])
  t.same(bodies((await messages(alice, room, { dir: 'f', from: body['end'], limit: 1 })).body['chunk']), ['m8'])
  const alone = await context(alice, room, ids[4] ?? '', '?limit=0')
  t.match(alone.body, { events_before: [], events_after: [], event: { event_id: ids[4] } })
  t.same(bodies((await messages(alice, room, { dir: 'b', from: alone.body['start'], limit: 1 })).body['chunk']), ['m3'])
  const filter = encodeURIComponent(JSON.stringify({ types: ['m.room.name'], lazy_load_members: true }))
  const filtered = await context(alice, room, ids[8] ?? '', `?limit=4&filter=${filter}`)
  t.equal(filtered.body['event'].event_id, ids[8], 'the filter does not concern the event itself')
  t.same(filtered.body['events_after'].map((event: Event) => event.type), ['m.room.name'])
  t.same(filtered.body['state'].map((event: Event) => event.type), ['m.room.name'])
  t.match(await context(alice, room, '$unknown'), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
})

t.test('A redacted event is shown without what it said (A37)', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  const event = await talk.say(alice, room, 'a mistake')
  const redaction = await talk.redact(alice, room, event)
  const { text, body } = await api.get(roomPath(room, `event/${encodeURIComponent(event)}`), { token: alice.token })
  t.match(body, { event_id: event, content: {}, unsigned: { redacted_because: { event_id: redaction, sender: alice.userId } } })
  t.notOk(text.includes('a mistake'))
  t.notOk((await context(alice, room, event)).text.includes('a mistake'))
})

t.test('A room that was forgotten shows nothing any more', async (t) => {
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(bob, room)
  await talk.say(alice, room, 'hello')
  await talk.leave(bob, room)
  t.equal((await messages(bob, room, { dir: 'b' })).status, 200)
  t.equal((await api.post(roomPath(room, 'forget'), { token: bob.token, body: {} })).status, 200)
  t.equal((await messages(bob, room, { dir: 'b' })).status, 403)
})
