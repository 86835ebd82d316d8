import t from 'tap'
import { eventIdOf } from '../../../src/matrix/hashes.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { BOB, join, text, THEIRS } from '../receiving/world.ts'
import { countRows, EVE, evil, isUnseen, madeBy, openRoom, sendAll, settle, world } from './world.ts'

const { alice, peer, talk } = world
const NOT_FOUND = { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'No' } }
const forget = () => {
  for (const path of [/get_missing_events/, /state_ids/, /\/state\//, /\/event\//, /event_auth/, /backfill/]) {
    for (const method of ['GET', 'POST']) evil.on(method, path, NOT_FOUND)
  }
}
const levels = (users: Record<string, number>): JsonObject => ({ users: { [alice.userId]: 100, ...users } })
const set = (sender: string, type: string, content: JsonObject) => ({ sender, type, stateKey: '', content })
const stateOf = async (roomId: string, type: string) => (await world.asAlice(`/rooms/${encodeURIComponent(roomId)}/state/${type}/`)).body

t.test('what fills a gap is checked like all else: one byte of a signature is enough (A5)', async (t) => {
  forget()
  const shared = await openRoom()
  const { remote } = shared
  const [forged = '', told = ''] = [remote.say(text(BOB, 'never said by bob')), remote.say(text(EVE, 'after it'))]
  const json = remote.json(forged)
  const signature = Object.values((json['signatures'] as Record<string, Record<string, string>>)[THEIRS] ?? {})[0] ?? ''
  const flipped = JSON.parse(JSON.stringify(json).replace(signature, `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`))
  const asked: string[] = []
  evil.on('POST', /get_missing_events/, ({ url }) => (asked.push(url), { body: { events: [flipped] } }))
  await sendAll([remote.json(told)])
  t.equal(asked.length > 0, true)
  t.ok(await isUnseen(shared, forged))
  const before = await countRows()
  await sendAll([flipped])
  t.same(await countRows(), before, 'sent by itself it leaves nothing')
})

t.test('redacting the create event leaves the room as it was (A10)', async (t) => {
  for (const version of ['10', '11']) {
    const shared = await openRoom(version, { power_level_content_override: levels({ [BOB]: 100 }) })
    const [create = ''] = shared.remote.listIds()
    await shared.receive({ sender: BOB, type: 'm.room.redaction', content: { redacts: create }, redacts: create })
    t.equal((await stateOf(shared.roomId, 'm.room.create'))['room_version'], version)
    t.match(await talk.say(alice, shared.roomId, 'still there'), /^\$/)
    t.match(await stateOf(shared.roomId, 'm.room.power_levels'), { users: { [BOB]: 100 } })
  }
})

t.test('redactions that redact each other, or themselves, end (A11)', async (t) => {
  const shared = await openRoom('1')
  const event = shared.remote.json(shared.remote.say({ sender: EVE, type: 'm.room.redaction', content: { reason: 'why' } }))
  const redaction = (name: string, redacts: string) => madeBy(evil.name, shared, event, {
    event_id: `$${name}:${evil.name}`, redacts: `$${redacts}:${evil.name}`,
  })
  const ring = [redaction('one', 'two'), redaction('two', 'one'), redaction('self', 'self')]
  await sendAll(ring)
  for (const { event_id: eventId } of ring) t.equal((await shared.event(String(eventId))).status, 200)
  t.match(await talk.say(alice, shared.roomId, 'no circle'), /^\$/)
})

t.test('what the rules of the room refuse is refused, and never becomes state (A16, A17)', async (t) => {
  forget()
  const shared = await openRoom('11', { power_level_content_override: { ...levels({}), events_default: 50 } })
  const { remote } = shared
  const said = remote.json(remote.say(text(EVE, 'without power')))
  await sendAll([said])
  t.ok(await isUnseen(shared, said))
  const quiet = await openRoom()
  const [before] = [await stateOf(quiet.roomId, 'm.room.power_levels')]
  const tip = quiet.remote.ends()
  const usurped = quiet.remote.say({ ...set(EVE, 'm.room.power_levels', { users: { [EVE]: 100 } }), prev: tip })
  const upon = quiet.remote.say({ ...text(EVE, 'cites it before'), prev: [usurped] })
  const event = quiet.remote.json(quiet.remote.say({ ...text(EVE, 'cites it'), prev: tip }))
  const citing = madeBy(evil.name, quiet, event, { auth_events: [...(event['auth_events'] as string[]).slice(0, 2), usurped] })
  const ban = quiet.remote.say({
    sender: EVE, type: 'm.room.member', stateKey: alice.userId, content: { membership: 'ban' }, prev: [upon],
    auth: [...quiet.remote.stateBefore(tip).values(), usurped],
  })
  await sendAll([...quiet.remote.jsons([usurped, upon]), citing, ...quiet.remote.jsons([ban])])
  t.ok(await isUnseen(quiet, usurped, citing, ban))
  t.equal((await quiet.event(upon)).status, 200, 'what only comes after it is heard')
  t.same(await stateOf(quiet.roomId, 'm.room.power_levels'), before)
})

t.test('a state that another server tells in part takes nothing away (A19)', async (t) => {
  forget()
  const shared = await openRoom('11', { name: 'Kept', topic: 'Kept' })
  const { remote, roomId } = shared
  const room = await world.server.services.rooms.get(roomId)
  const listed = () => [...room.listState(), ...room.listMembers()].map(({ eventId }) => eventId).sort()
  const before = listed()
  const [lost = '', told = ''] = [remote.say(text(BOB, 'lost')), remote.say(text(EVE, 'told'))]
  const [create = '', joined = ''] = remote.listIds()
  evil.on('POST', /get_missing_events/, { body: { events: [] } })
  evil.on('GET', /state_ids/, { body: { pdu_ids: [create, joined], auth_chain_ids: [create] } })
  evil.on('GET', /\/state\//, { body: { pdus: remote.jsons([create, joined]), auth_chain: remote.jsons([create]) } })
  await sendAll([remote.json(told)])
  t.same(listed(), before)
  t.ok(await isUnseen(shared, lost))
})

t.test('of version 12 there is one create event, and its creator stands in no levels (A20, B88)', async (t) => {
  forget()
  const shared = await openRoom('12', { power_level_content_override: { users: { [BOB]: 100 } } })
  const { remote, roomId } = shared
  const [create = ''] = remote.listIds()
  const again = madeBy(THEIRS, shared, remote.json(create), { sender: BOB, room_id: roomId, content: { room_version: '12', again: 1 } })
  const named = remote.json(remote.say(set(BOB, 'm.room.power_levels', levels({ [BOB]: 100 }))))
  const event = remote.json(remote.say({ ...text(BOB, 'citing'), prev: remote.prevOf(eventIdOf(named, remote.version) ?? '') }))
  const auth = event['auth_events'] as string[]
  const [citing, twice] = [[...auth, create], [...auth, ...auth.slice(0, 1)]].map((ids) => (
    madeBy(THEIRS, shared, event, { auth_events: ids, origin_server_ts: 5 })
  ))
  const other = await openRoom('12')
  const elsewhere = madeBy(THEIRS, shared, event, { auth_events: [...auth.slice(1), ...other.remote.ends()], origin_server_ts: 6 })
  const pdus = [again, named, citing, twice, elsewhere].filter((each) => each !== undefined)
  t.equal(pdus.length, 5)
  await sendAll(pdus, peer)
  t.ok(await isUnseen(shared, ...pdus))
  t.notMatch(await stateOf(roomId, 'm.room.power_levels'), levels({}))
})

t.test('a list of servers that is made to be slow is as good as any (A25)', async (t) => {
  const shared = await openRoom()
  const deny = Array.from({ length: 600 }, (_, index) => `${'*a'.repeat(45)}${index}`)
  await shared.set('m.room.server_acl', { allow: ['*'], deny: [...deny, 'x.*'] })
  const said = shared.remote.say(text(EVE, 'let in'))
  t.same(await sendAll(shared.remote.jsons([said])), { [said]: {} })
  t.equal((await shared.event(said)).status, 200)
})

t.test('pages that nothing of is shown lead on to what is older (A26)', async (t) => {
  const shared = await openRoom()
  const first = await shared.say('older')
  const refused = Array.from({ length: 100 }, (_, index) => (
    shared.remote.json(shared.remote.say({ ...set(EVE, 'm.room.name', { name: `${index}` }), prev: [first] }))
  ))
  await sendAll(refused.slice(0, 50))
  await sendAll(refused.slice(50))
  await talk.ignore(alice, { userId: EVE, deviceId: '', token: '' })
  const prev = [first]
  const ignored = Array.from({ length: 40 }, (_, index) => shared.remote.say({ ...text(EVE, `${index}`), prev }))
  await sendAll(shared.remote.jsons(ignored))
  const last = await talk.say(alice, shared.roomId, 'newer')
  const seen: string[] = []
  let from = ''
  for (let page = 0; page < 30; page += 1) {
    const { body } = await world.asAlice(`/rooms/${encodeURIComponent(shared.roomId)}/messages?dir=b&limit=10${from}`)
    seen.push(...body['chunk'].map((event: { event_id: string }) => event.event_id))
    if (body['end'] === undefined) break
    from = `&from=${body['end']}`
  }
  t.same(seen.slice(0, 2), [last, first])
  await talk.ignore(alice)
})

t.test('strange contents that are allowed break nothing (A28)', async (t) => {
  const shared = await openRoom('11', { power_level_content_override: { ...levels({ [EVE]: 100 }) } })
  const strange: JsonObject[] = [
    { body: 7 }, { msgtype: null, body: [] }, { 'msgtype': 'm.text', 'body': '\u0000', 'm.relates_to': 5 },
    { 'm.relates_to': { rel_type: ['m.replace'], event_id: {} } }, { 'm.mentions': 'all', 'm.new_content': [] },
    { 'm.relates_to': { 'rel_type': 'm.thread', 'event_id': '$x', 'm.in_reply_to': 5 }, 'body': 'x' },
  ]
  const states: [string, JsonObject][] = [
    ['m.room.topic', { topic: { a: 1 } }], ['m.room.name', { name: ['x'] }], ['m.room.avatar', { url: 5 }], ['m.room.encryption', {}],
    ['m.room.canonical_alias', { alias: {}, alt_aliases: 'x' }], ['m.room.join_rules', { join_rule: 'public', allow: [5, {}] }],
    ['m.room.history_visibility', { history_visibility: ['shared'] }], ['m.room.guest_access', { guest_access: 5 }],
    ['m.room.pinned_events', { pinned: { a: 1 } }], ['m.room.tombstone', { replacement_room: 5 }], ['m.space.child', { via: 5 }],
    ['m.room.server_acl', { allow: ['*', 5], deny: { a: 1 }, allow_ip_literals: 'x' }], ['m.room.policy', { via: [] }],
    ['m.room.retention', { max_lifetime: 'x' }],
  ]
  const ids = [
    ...strange.map((content) => shared.remote.say({ sender: EVE, type: 'm.room.message', content })),
    ...states.map(([type, content]) => shared.remote.say(set(EVE, type, content))),
    shared.remote.say({ ...join(EVE), content: { membership: 'join', displayname: { a: 1 }, avatar_url: ['mxc://x'], is_direct: 'x' } }),
  ]
  await sendAll(shared.remote.jsons(ids))
  const sync = await world.asAlice('/sync')
  t.equal(sync.status, 200)
  const shown = await shared.shown()
  for (const id of ids) t.ok(shown.includes(id), `${JSON.stringify(shared.remote.json(id)['content'])} is shown`)
  const room = encodeURIComponent(shared.roomId)
  for (const path of ['members', 'joined_members', 'state', `context/${encodeURIComponent(ids[2] ?? '')}`]) {
    t.equal((await world.asAlice(`/rooms/${room}/${path}`)).status, 200, path)
  }
  for (const path of [`rooms/${room}/hierarchy`, `room_summary/${room}`, `rooms/${room}/threads`]) {
    const answer = await world.server.api.get(`/_matrix/client/v1/${path}`, { token: alice.token })
    t.equal(answer.status, 200, `${path}: ${answer.text}`)
  }
  t.equal((await world.server.api.post('/_matrix/client/v3/publicRooms', { token: alice.token, body: {} })).status, 200)
})

t.test('nobody vouches for a join but who signs it (A65)', async (t) => {
  const den = await openRoom()
  const shared = await world.found()
  await shared.set('m.room.join_rules', { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: den.roomId }] })
  const { remote } = shared
  const content = { membership: 'join', join_authorised_via_users_server: alice.userId }
  const template = remote.json(remote.say({ ...join(EVE), content }))
  await sendAll([template])
  t.ok(await isUnseen(shared, template))
  const room = await world.server.services.rooms.get(shared.roomId)
  t.same([...room.listMembers()].map(({ userId }) => userId).sort(), [alice.userId, BOB])
})

t.test('where ids are given the server that is named in one has to sign it, and the first that came stays (A69)', async (t) => {
  const shared = await openRoom('1')
  const event = shared.remote.json(shared.remote.say(text(EVE, 'named')))
  const foreign = madeBy(evil.name, shared, event, { event_id: `$stolen:${THEIRS}` })
  const first = madeBy(evil.name, shared, event, { event_id: `$same:${evil.name}` })
  const second = madeBy(evil.name, shared, event, { event_id: `$same:${evil.name}`, content: { body: 'another' } })
  for (const each of [foreign, first, second]) await sendAll([each])
  t.equal((await shared.event(`$stolen:${THEIRS}`)).status, 404)
  t.equal((await shared.event(`$same:${evil.name}`)).body['content'].body, 'named')
})

t.test('a rule of which nothing is known is passed over, a server of it that cannot be asked is no crash (B95)', async (t) => {
  const shared = await openRoom('11', { power_level_content_override: levels({ [EVE]: 100 }) })
  const policies: JsonObject[] = [
    { via: 'gone.hearth.test', public_key: 'x' }, { via: 5 }, { via: evil.name, public_keys: { ed25519: '' } },
  ]
  for (const content of policies) {
    const [policy, said] = [shared.remote.say(set(EVE, 'm.room.policy', content)), shared.remote.say(text(EVE, 'under it'))]
    const answer = await world.send({ pdus: shared.remote.jsons([policy, said]) }, { from: evil })
    t.equal(answer.status, 200)
    await settle()
    t.match(await stateOf(shared.roomId, 'm.room.policy'), content)
  }
})
