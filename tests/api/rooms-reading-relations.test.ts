import t from 'tap'
import { createTestServer, type TestUser } from '../support/server.ts'
import { Talk } from '../support/talk.ts'

const server = await createTestServer(t)
const { api, clock } = server
const talk = new Talk(api)
const alice = await server.register('alice')
const bob = await server.register('bob')
const carol = await server.register('carol')

const at = (version: string, roomId: string, path: string) => `/_matrix/client/${version}/rooms/${encodeURIComponent(roomId)}/${path}`
const related = (user: TestUser, roomId: string, eventId: string, rest = '') =>
  api.get(at('v1', roomId, `relations/${encodeURIComponent(eventId)}${rest}`), { token: user.token })
const threads = (user: TestUser, roomId: string, query = '') => api.get(at('v1', roomId, `threads${query}`), { token: user.token })
const bundle = async (user: TestUser, roomId: string, eventId: string) => {
  const { status, text, body } = await api.get(at('v3', roomId, `event/${encodeURIComponent(eventId)}`), { token: user.token })
  if (status !== 200) throw new Error(text)
  return body['unsigned']['m.relations']
}
const idsOf = (body: Record<string, any>): string[] => body['chunk'].map((event: { event_id: string }) => event.event_id)
const relate = (relType: string, eventId: string, more: object = {}) => ({
  body: relType, msgtype: 'm.text', ...more, 'm.relates_to': { rel_type: relType, event_id: eventId },
})
const edit = (eventId: string, body: string) => relate(
  'm.replace', eventId, { body: `* ${body}`, 'm.new_content': { body, msgtype: 'm.text' } },
)
const react = (eventId: string, key: string) => ({ 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key } })
const trySend = (user: TestUser, roomId: string, type: string, body: object) =>
  api.put(at('v3', roomId, `send/${type}/try${Math.random()}`), { token: user.token, body })

// Operations: getRelatingEvents, getRelatingEventsWithRelType, getRelatingEventsWithRelTypeAndEventType.
t.test('Relations are listed by type, in pages, both ways, over one step or more', async (t) => {
  const room = await talk.gather(alice, bob)
  const root = await talk.say(alice, room, 'root')
  const reaction = await talk.say(bob, room, react(root, '+'), 'm.reaction')
  const replies: string[] = []
  for (let index = 0; index < 5; index += 1) replies.push(await talk.say(bob, room, relate('m.thread', root)))
  const onReply = await talk.say(alice, room, react(replies[0] ?? '', '!'), 'm.reaction')
  const all = await related(alice, room, root)
  t.same(idsOf(all.body), replies.toReversed(), 'the newest five')
  const rest = await related(alice, room, root, `?from=${all.body['next_batch']}`)
  t.same([idsOf(rest.body), rest.body['next_batch'], rest.body['prev_batch']], [[reaction], undefined, all.body['next_batch']])
  t.same(idsOf((await related(alice, room, root, '/m.annotation')).body), [reaction])
  t.same(idsOf((await related(alice, room, root, '/m.thread/m.room.message?dir=f&limit=2')).body), replies.slice(0, 2))
  t.same(idsOf((await related(alice, room, root, '/m.thread/m.reaction')).body), [])
  const deep = await related(alice, room, root, '/m.annotation?recurse=true')
  t.same([idsOf(deep.body), deep.body['recursion_depth']], [[onReply, reaction], 3], 'what lies between need not be of the type')
  const part = await related(alice, room, root, `?from=${all.body['next_batch']}&to=${all.body['next_batch']}`)
  t.same(idsOf(part.body), [])
  t.match(await related(alice, room, '$unknown'), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await related(alice, room, root, '?from=nonsense'), { status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  t.match(await related(carol, room, root), { status: 403 })
})

t.test('Relations that may not be seen are not listed', async (t) => {
  const room = await talk.gather(alice)
  const root = await talk.say(alice, room, 'root')
  await talk.set(alice, room, 'm.room.history_visibility', { history_visibility: 'joined' })
  const hidden = await talk.say(alice, room, relate('m.thread', root))
  await talk.join(bob, room)
  t.same(idsOf((await related(bob, room, root)).body), [])
  t.equal(await bundle(bob, room, root), undefined, 'a thread whose latest event is hidden is none')
  const open = await talk.say(alice, room, relate('m.thread', root))
  t.same(idsOf((await related(bob, room, root)).body), [open])
  await talk.leave(bob, room)
  const later = await talk.say(alice, room, relate('m.thread', root))
  t.same(idsOf((await related(bob, room, root)).body), [open])
  t.equal((await bundle(alice, room, root))['m.thread'].latest_event.event_id, later)
  t.equal((await bundle(bob, room, root))['m.thread'].latest_event.event_id, open, 'the thread as it was at his leave')
  t.equal((await related(bob, room, hidden)).status, 404)
})

t.test('An event is bundled with its newest valid edit', async (t) => {
  const room = await talk.gather(alice, bob)
  const original = await talk.say(alice, room, 'first')
  t.equal(await bundle(alice, room, original), undefined)
  await talk.say(alice, room, edit(original, 'second'))
  clock.advance(10)
  const third = await talk.say(alice, room, edit(original, 'third'))
  clock.advance(10)
  await talk.say(bob, room, edit(original, 'of somebody else'))
  await talk.say(alice, room, edit(original, 'of another type'), 'org.example.other')
  await talk.say(alice, room, relate('m.replace', original), 'm.room.message')
  t.match(
    await bundle(bob, room, original),
    { 'm.replace': { event_id: third, room_id: room, sender: alice.userId, content: { 'm.new_content': { body: 'third' } } } },
  )
  t.same(Object.keys(await bundle(bob, room, original)), ['m.replace'])
  const shown = await api.get(at('v3', room, `event/${encodeURIComponent(original)}`), { token: bob.token })
  t.equal(shown.body['content'].body, 'first', 'the content stays as it was sent')
  t.equal(await bundle(alice, room, third), undefined, 'an edit has no edits')
  await talk.redact(alice, room, third)
  t.match(
    await bundle(bob, room, original),
    { 'm.replace': { content: { 'm.new_content': { body: 'second' } } } },
    'a redacted edit is taken back',
  )
  await talk.redact(alice, room, original)
  t.equal(await bundle(bob, room, original), undefined, 'what is redacted has no edits')
  t.same(idsOf((await related(bob, room, original, '/m.replace')).body), [])
})

t.test('Of two edits of one moment the greater id wins', async (t) => {
  const room = await talk.gather(alice)
  const original = await talk.say(alice, room, 'first')
  const edits = [await talk.say(alice, room, edit(original, 'a')), await talk.say(alice, room, edit(original, 'b'))]
  t.equal((await bundle(alice, room, original))['m.replace'].event_id, edits.sort((a, b) => a < b ? 1 : -1)[0])
})

t.test('The root of a thread tells its length, its latest event and whether one took part', async (t) => {
  const room = await talk.gather(alice, bob, carol)
  const root = await talk.say(alice, room, 'root')
  const first = await talk.say(bob, room, relate('m.thread', root))
  const latest = await talk.say(bob, room, relate('m.thread', root))
  await talk.say(carol, room, react(root, '+'), 'm.reaction')
  clock.advance(10)
  const latestEdit = await talk.say(bob, room, edit(latest, 'changed'))
  t.match(await bundle(alice, room, root), { 'm.thread': {
    count: 2, current_user_participated: true,
    latest_event: {
      event_id: latest, room_id: room, sender: bob.userId, unsigned: { 'm.relations': { 'm.replace': { event_id: latestEdit } } },
    },
  } })
  t.equal((await bundle(bob, room, root))['m.thread'].current_user_participated, true)
  t.equal((await bundle(carol, room, root))['m.thread'].current_user_participated, false)
  await talk.redact(bob, room, latest)
  t.match(await bundle(alice, room, root), { 'm.thread': { count: 1, latest_event: { event_id: first } } })
  await talk.ignore(alice, bob)
  t.equal(await bundle(alice, room, root), undefined, 'of ignored users nothing counts')
  t.same(idsOf((await related(alice, room, root)).body).length, 1, 'only the reaction is left')
  await talk.ignore(alice)
  await talk.redact(bob, room, first)
  t.equal(await bundle(alice, room, root), undefined, 'an emptied thread is none')
})

t.test('References are listed, state carries nothing, and pages of messages are bundled too', async (t) => {
  const room = await talk.gather(alice, bob)
  const referred = await talk.say(alice, room, 'referred to')
  const references = [
    await talk.say(bob, room, relate('m.reference', referred)), await talk.say(bob, room, relate('m.reference', referred)),
  ]
  t.same(await bundle(alice, room, referred), { 'm.reference': { chunk: references.map((eventId) => ({ event_id: eventId })) } })
  const topic = await talk.set(alice, room, 'm.room.topic', { topic: 'x' })
  await talk.say(bob, room, relate('m.reference', topic))
  t.equal(await bundle(alice, room, topic), undefined)
  const page = await api.get(at('v3', room, 'messages?dir=b&limit=20'), { token: alice.token })
  const found = page.body['chunk'].find((event: { event_id: string }) => event.event_id === referred)
  t.equal(found.unsigned['m.relations']['m.reference'].chunk.length, 2)
  const context = await api.get(at('v3', room, `context/${encodeURIComponent(referred)}`), { token: alice.token })
  t.equal(context.body['event'].unsigned['m.relations']['m.reference'].chunk.length, 2)
})

// Operation: getThreadRoots.
t.test('Threads are listed by their latest events', async (t) => {
  const room = await talk.gather(alice, bob, carol)
  const roots: string[] = []
  for (let index = 0; index < 4; index += 1) {
    const root = await talk.say(index === 0 ? carol : alice, room, `root ${index}`)
    roots.push(root)
    await talk.say(bob, room, relate('m.thread', root))
  }
  const [a = '', b = '', c = '', d = ''] = roots
  await talk.say(carol, room, relate('m.thread', b))
  const listed = await threads(alice, room)
  t.same([idsOf(listed.body), listed.body['next_batch']], [[b, d, c, a], undefined])
  t.match(listed.body['chunk'][0], { unsigned: { 'm.relations': { 'm.thread': { count: 2, latest_event: { sender: carol.userId } } } } })
  const page = await threads(alice, room, '?limit=3')
  t.same(idsOf(page.body), [b, d, c])
  const last = await threads(alice, room, `?limit=3&from=${page.body['next_batch']}`)
  t.same([idsOf(last.body), last.body['next_batch']], [[a], undefined])
  t.same(idsOf((await threads(carol, room, '?include=participated')).body), [b, a], 'as the sender of the root, or of a part')
  t.same(idsOf((await threads(alice, room, '?include=participated')).body), [b, d, c])
  await talk.ignore(alice, carol)
  const ignoring = await threads(alice, room)
  t.same(idsOf(ignoring.body), [d, c, b, a], 'what carol said moves no thread')
  t.same(
    [ignoring.body['chunk'][3].content, ignoring.body['chunk'][0].content.body],
    [{}, 'root 3'],
    'and her root is shown without its content',
  )
  await talk.ignore(alice, carol, bob)
  t.same(idsOf((await threads(alice, room)).body), [])
  await talk.ignore(alice)
  for (const from of ['x', 's1', 't999999999_0_0']) t.match(
    await threads(alice, room, `?from=${from}`), { status: 400, body: { errcode: 'M_INVALID_PARAM' } },
  )
  t.match(await threads(alice, room, '?limit=0'), { status: 400 })
  t.match(await threads(alice, room, '?include=some'), { status: 400 })
  const dave = await server.register('dave')
  t.match(await threads(dave, room), { status: 403 })
})

t.test('What relates wrongly is not sent', async (t) => {
  const room = await talk.gather(alice, bob)
  const other = await talk.gather(alice, bob)
  const root = await talk.say(alice, room, 'root')
  const inThread = await talk.say(bob, room, relate('m.thread', root))
  const reply = await talk.say(
    bob, room, { body: 'a plain reply', msgtype: 'm.text', 'm.relates_to': { 'm.in_reply_to': { event_id: root } } },
  )
  t.match(
    await trySend(bob, room, 'm.room.message', relate('m.thread', inThread)),
    { status: 400, body: { errcode: 'M_UNKNOWN' } },
    'no thread in a thread',
  )
  t.equal((await trySend(bob, room, 'm.room.message', relate('m.thread', reply))).status, 200, 'a reply may be a root')
  t.match(
    await trySend(bob, other, 'm.room.message', relate('m.reference', root)),
    { status: 400, body: { errcode: 'M_UNKNOWN' } },
    'not across rooms',
  )
  t.match(await trySend(bob, room, 'm.room.message', relate('m.reference', '$unknown')), { status: 400, body: { errcode: 'M_UNKNOWN' } })
  const reaction = await talk.say(bob, room, react(root, '+'), 'm.reaction')
  t.match(await trySend(bob, room, 'm.reaction', react(root, '+')), { status: 400, body: { errcode: 'M_DUPLICATE_ANNOTATION' } })
  const atOnce = await Promise.all(['!', '!', '?', '!'].map((key) => trySend(bob, room, 'm.reaction', react(root, key))))
  t.same(atOnce.map(({ status }) => status).sort(), [200, 200, 400, 400], 'of those that come at the same moment one is sent')
  for (const [user, type, key] of [[bob, 'm.reaction', '-'], [alice, 'm.reaction', '+'], [bob, 'org.example.mark', '+']] as const) {
    t.equal((await trySend(user, room, type, react(root, key))).status, 200, `${user.userId} ${type} ${key}`)
  }
  await talk.redact(bob, room, reaction)
  t.equal((await trySend(bob, room, 'm.reaction', react(root, '+'))).status, 200, 'again, once it was taken back')
})
