import t from 'tap'
import { eventIdOf } from '../../../src/matrix/hashes.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { federationPath } from '../../../src/remote/path.ts'
import { newSigningKey } from '../../support/peers.ts'
import { RemoteRoom } from '../../support/remote-room.ts'
import { BOB, OURS, PeerWorld, resign, text, THEIRS } from './world.ts'

const world = await PeerWorld.create(t)
const { server, peer, alice } = world
const old = newSigningKey('old')
const EXPIRED_AT = 2_000_000_000_000
peer.on('GET', '/_matrix/key/v2/server', () => ({
  body: peer.keys({ old_verify_keys: { [old.keyId]: { key: old.publicKey, expired_ts: EXPIRED_AT } } }),
}))

const settle = () => server.server.settled()
const resultsOf = ({ body }: { body: Record<string, any> }) => Object.entries<{ error?: string }>(body['pdus'])

t.test('a key that was put away signs nothing that came after (A7)', async (t) => {
  const { remote } = await world.found()
  const event = remote.json(remote.say(text(BOB, 'by an old key')))
  const [before, after] = [-1, 1].map((ms) => resign(remote.version, event, { origin_server_ts: EXPIRED_AT + ms }, old))
  if (before === undefined || after === undefined) return
  t.same(resultsOf(await world.send({ pdus: [before] })), [[eventIdOf(before, remote.version), {}]])
  t.match(resultsOf(await world.send({ pdus: [after] })), [[eventIdOf(after, remote.version), { error: String }]])
})

t.test('redacting what others said needs power (A9)', async (t) => {
  const shared = await world.found()
  const said = await shared.say('mine')
  const [redaction = ''] = await shared.receive({
    sender: BOB, type: 'm.room.redaction', content: { redacts: said }, redacts: said,
  })
  t.equal((await shared.event(redaction)).status, 200)
  t.match((await shared.event(said)).body, { content: { body: 'mine' } })
})

t.test('events of another room authorise nothing, and precede nothing (A18)', async (t) => {
  const [here, there] = [await world.found(), await world.found()]
  const [member = ''] = there.remote.ends()
  const event = here.remote.json(here.remote.say(text(BOB, 'borrowed')))
  const auth = Array.isArray(event['auth_events']) ? event['auth_events'] : []
  const borrowed = resign(here.remote.version, event, { auth_events: [...auth.slice(1), member] })
  const after = resign(here.remote.version, event, { prev_events: [...there.remote.ends()] })
  peer.on('POST', /get_missing_events/, { body: { events: there.remote.jsons(there.remote.listIds().slice(-3)) } })
  t.equal((await world.send({ pdus: [borrowed, after] })).status, 200)
  await settle()
  for (const each of [borrowed, after]) t.equal((await here.event(eventIdOf(each, here.remote.version) ?? '')).status, 404)
  t.match(await world.talk.say(alice, here.roomId, 'still here'), /^\$/)
})

t.test('the greatest depth there is stays the greatest, and time orders nothing (A22, A72)', async (t) => {
  const shared = await world.found()
  const { remote } = shared
  const deep = resign(remote.version, remote.json(remote.say(text(BOB, 'deep'))), { depth: Number.MAX_SAFE_INTEGER })
  t.match(resultsOf(await world.send({ pdus: [deep] })), [[String, {}]])
  await settle()
  const next = await world.talk.say(alice, shared.roomId, 'and on')
  const { body } = await world.get(federationPath('v1', 'event', next))
  t.match(body['pdus'], [{ depth: Number.MAX_SAFE_INTEGER, prev_events: [eventIdOf(deep, remote.version)] }])
  const prev = body['pdus'].map((pdu: JsonObject) => eventIdOf(pdu, remote.version))
  const future = resign(remote.version, deep, {
    origin_server_ts: server.clock.now() + 500_000_000, prev_events: prev,
  })
  const past = resign(remote.version, future, { origin_server_ts: 0, prev_events: [eventIdOf(future, remote.version) ?? ''] })
  t.equal((await world.send({ pdus: [future, past] })).status, 200)
  await settle()
  const wanted = [past, future, ...body['pdus'], deep].map((pdu) => eventIdOf(pdu, remote.version))
  t.same((await shared.shown()).slice(0, 4), wanted)
})

t.test('an event that says what its id is has the id of its hash (A69)', async (t) => {
  const shared = await world.found()
  const { remote } = shared
  const named = resign(remote.version, remote.json(remote.say(text(BOB, 'named'))), { event_id: '$false' })
  const eventId = eventIdOf(named, remote.version) ?? ''
  t.same(resultsOf(await world.send({ pdus: [named] })), [[eventId, {}]])
  await settle()
  t.match((await shared.event(eventId)).body, { event_id: eventId, content: { body: 'named' } })
  t.equal((await shared.event('$false')).status, 404)
})

t.test('whoever names what nobody has is asked a few times only (A30)', async (t) => {
  const { remote, roomId } = await world.found()
  const event = remote.json(remote.say(text(BOB, 'deeper and deeper')))
  let made = 0
  const unknown = () => `$${(made += 1).toString().padStart(43, 'A')}`
  const flood = () => resign(remote.version, event, { origin_server_ts: made, prev_events: Array.from({ length: 20 }, unknown) })
  const first = peer.requests.length
  peer.on('POST', /get_missing_events/, () => ({ body: { events: Array.from({ length: 50 }, flood) } }))
  t.equal((await world.send({ pdus: [flood()] })).status, 200)
  await settle()
  t.ok(peer.requests.length - first < 1024, `${peer.requests.length - first} requests`)
  t.match(await world.talk.say(alice, roomId, 'nothing happened'), /^\$/)
})

t.test('a key written twice counts as it was written last (B9)', async (t) => {
  const shared = await world.found()
  const [eventId] = [shared.remote.say(text(BOB, 'last'))]
  const body = { origin: THEIRS, origin_server_ts: 1, pdus: shared.remote.jsons([eventId]), edus: [] }
  const path = federationPath('v1', 'send', 'twice')
  const twice = JSON.stringify(body).replace('"body":"last"', '"body":"first","body":"last"')
  const answer = await server.api.put(path, { headers: { authorization: peer.authorization('PUT', path, OURS, body) }, body: twice })
  t.match(answer.body, { pdus: { [eventId]: {} } }, answer.text)
  await settle()
  t.match((await shared.event(eventId)).body, { content: { body: 'last' } })
  for (const text of ['{', 'NaN', '\uFEFF{}', '{"pdus":[01]}']) {
    const { status, body: { errcode } } = await server.api.put(path, {
      headers: { authorization: peer.authorization('PUT', path, OURS, {}) }, body: text,
    })
    t.same({ status, errcode }, { status: 400, errcode: 'M_NOT_JSON' }, text)
  }
})

t.test('an invite is taken back only by who sent it, as long as it is the last word', async (t) => {
  const evil = await world.addPeer(t, 'evil.hearth.test')
  const remote = RemoteRoom.create('11', BOB)
  const friend = `@friend:${THEIRS}`
  for (const sender of [`@eve:${evil.name}`, friend]) {
    remote.say({ sender, type: 'm.room.member', stateKey: sender, content: { membership: 'join' } })
  }
  const early = remote.say({ sender: BOB, type: 'm.room.member', stateKey: alice.userId, content: { membership: 'leave' } })
  const invite = remote.say({ sender: BOB, type: 'm.room.member', stateKey: alice.userId, content: { membership: 'invite' } })
  const invited = await peer.ask(server.url, OURS, 'PUT', federationPath('v2', 'invite', remote.roomId, invite), {
    room_version: '11', event: remote.json(invite), invite_room_state: [],
  })
  t.equal(invited.status, 200, invited.text)
  const membership = async () => {
    const { body } = await world.asAlice('/sync')
    return Object.entries<object>(body['rooms']).filter(([, rooms]) => remote.roomId in rooms).map(([kind]) => kind)
  }
  t.same(await membership(), ['invite'])
  const leave = (sender: string) => (
    remote.say({ sender, type: 'm.room.member', stateKey: alice.userId, content: { membership: 'leave' }, prev: [invite] })
  )
  const [forged, other, right] = [leave(`@eve:${evil.name}`), leave(friend), leave(BOB)]
  await world.send({ pdus: remote.jsons([forged]) }, { from: evil })
  t.same(await membership(), ['invite'])
  await world.send({ pdus: [{ ...remote.json(right), signatures: {} }] })
  await world.send({ pdus: remote.jsons([early, other]) })
  t.same(await membership(), ['invite'])
  t.same((await world.send({ pdus: remote.jsons([right]) })).body, { pdus: {} })
  t.same(await membership(), [])
  const filter = encodeURIComponent(JSON.stringify({ room: { include_leave: true } }))
  const { leave: left } = (await world.asAlice(`/sync?filter=${filter}`)).body['rooms']
  t.match(left[remote.roomId].timeline.events, [{
    type: 'm.room.member', event_id: right, sender: BOB, state_key: alice.userId, content: { membership: 'leave' },
  }])
})
