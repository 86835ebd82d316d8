// Rooms of versions 1 and 2, whose events have ids that their servers give them.
import t from 'tap'
import { encodeBase64 } from '../../../src/matrix/base64.ts'
import { buildEvent } from '../../../src/matrix/build-event.ts'
import { referenceHash } from '../../../src/matrix/hashes.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { findRoomVersion } from '../../../src/matrix/room-versions.ts'
import { signJson } from '../../../src/matrix/signing.ts'
import { federationPath, withQuery } from '../../../src/remote/path.ts'
import { people, peers, towns } from './worlds.ts'

const { one, two } = towns
const { alice, bob } = people
const { evil, stranger } = peers
const version = findRoomVersion('1')
if (version === undefined) throw new Error('There is version 1')
const EVE = `@eve:${evil.name}`

type Reference = [eventId: string, hashes: { sha256: string }]

/** What the events of a room, here and there, say of others must be so. */
async function checkReferences(t: { ok: (value: unknown, name: string) => unknown, same: typeof import('tap').same }, roomId: string) {
  for (const { server } of [one, two]) {
    const { rooms, events } = server.services
    const room = await rooms.get(roomId)
    const nids = [...room.listMembers(), ...room.listState(), ...room.extremities()].map(({ nid }) => nid)
    for (const { eventId, pdu } of await events.list(nids)) {
      t.same(pdu['event_id'], eventId)
      const references = [...pdu['prev_events'] as Reference[], ...pdu['auth_events'] as Reference[]]
      for (const [id, { sha256 }] of references) {
        const cited = await events.findById(id)
        if (cited !== undefined) t.same(sha256, encodeBase64(referenceHash(cited.pdu, room.version)), `${eventId} of ${id}`)
      }
    }
  }
}

t.test('events name others with their hashes, also those that are read again', async (t) => {
  for (const id of ['1', '2']) {
    const roomId = await one.talk.create(alice, { preset: 'public_chat', room_version: id })
    t.match(await two.join(bob, roomId, one.name), { status: 200 })
    for (const { server } of [one, two]) {
      const room = await server.services.rooms.get(roomId)
      room.spoil()
    }
    const said = await one.talk.say(alice, roomId, 'one')
    t.equal(said.split(':')[1], one.name)
    await one.tell(two, roomId)
    const topic = await two.talk.say(bob, roomId, 'two')
    const redacted = await two.ask(bob, 'PUT', `/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(topic)}/1`, {})
    t.equal(redacted.status, 200, redacted.text)
    await two.tell(one, roomId)
    await one.server.server.settled()
    const event = await one.server.services.events.findById(topic)
    t.same(event?.content, {}, 'redacted by its sender')
    const forbidden = await two.ask(bob, 'PUT', `/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(said)}/2`, {})
    t.match(forbidden, { status: 403, body: { errcode: 'M_FORBIDDEN' } })
    await checkReferences(t, roomId)
  }
})

t.test('an event of a known id that says something else is refused', async (t) => {
  const roomId = await one.talk.create(alice, { preset: 'public_chat', room_version: '1' })
  const ask = (method: string, path: string, body?: JsonObject) => evil.ask(one.server.url, one.name, method, path, body)
  const { body: { event: template } } = await ask('GET', withQuery(federationPath('v1', 'make_join', roomId, EVE), { ver: ['1'] }))
  const ids = (references: Reference[]) => references.map(([id]) => id)
  const join = (eventId: string, name: string) => {
    const built = buildEvent({ version, serverName: evil.name, key: evil.key, fields: {
      type: 'm.room.member', sender: EVE, stateKey: EVE, roomId, content: { membership: 'join', displayname: name }, eventId,
      prevEvents: ids(template.prev_events), authEvents: ids(template.auth_events), depth: template.depth, originServerTs: 1,
    } })
    if (!built.ok) throw new Error(built.message)
    return ask('PUT', federationPath('v2', 'send_join', roomId, eventId), built.pdu.json)
  }
  t.match(await join(`$join:${two.name}`, 'Eve'), { status: 403 }, 'the server of the id has to sign')
  t.match(await join('$join', 'Eve'), { status: 400 }, 'an id without a server')
  t.match(await join(`$join:${evil.name}`, 'Eve'), { status: 200, body: { event: { content: { displayname: 'Eve' } } } })
  t.match(await join(`$join:${evil.name}`, 'Eve'), { status: 200 }, 'the same once more')
  t.match(await join(`$join:${evil.name}`, 'Mallory'), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
})

t.test('sendJoinV1 and sendLeaveV1 answer as of old', async (t) => {
  const roomId = await one.talk.create(alice, { preset: 'public_chat', room_version: '11' })
  const ask = (method: string, path: string, body?: JsonObject) => evil.ask(one.server.url, one.name, method, path, body)
  const latest = findRoomVersion('11')
  if (latest === undefined) throw new Error('There is version 11')
  for (const membership of ['join', 'leave']) {
    const make = withQuery(federationPath('v1', `make_${membership}`, roomId, EVE), { ver: membership === 'join' ? ['11'] : undefined })
    const { body: { event: template } } = await ask('GET', make)
    const built = buildEvent({ version: latest, serverName: evil.name, key: evil.key, fields: {
      type: 'm.room.member', sender: EVE, stateKey: EVE, roomId, content: { membership },
      prevEvents: template.prev_events, authEvents: template.auth_events, depth: template.depth, originServerTs: 1,
    } })
    if (!built.ok) throw new Error(built.message)
    const answer = await ask('PUT', federationPath('v1', `send_${membership}`, roomId, built.pdu.eventId), built.pdu.json)
    t.match(answer, { status: 200, body: [200, membership === 'join' ? { auth_chain: Array, state: Array } : {}] }, answer.text)
    t.equal((await one.members(roomId))[EVE], membership === 'join' ? 'join' : undefined)
    t.match(await ask('PUT', federationPath('v1', `send_${membership}`, roomId, '$x'), built.pdu.json), { status: 400 })
  }
})

t.test('a server that knows only the first version of invitations is invited by it', async (t) => {
  const [old, recent] = [await one.talk.create(alice, { room_version: '1' }), await one.talk.create(alice, { room_version: '11' })]
  const guest = `@guest:${stranger.name}`
  stranger.on('PUT', /v1.invite/, ({ body }) => {
    const { unsigned, ...event } = JSON.parse(body)
    t.ok(unsigned.invite_room_state.length > 2, 'it is shown the room')
    return { body: [200, { event: signJson(event, stranger.name, stranger.key) }] }
  })
  t.match(await one.room(alice, recent, 'invite', { user_id: guest }), { status: 404, body: { errcode: 'M_UNRECOGNIZED' } })
  stranger.on('PUT', /v2.invite/, { status: 400, body: { errcode: 'M_INVALID_PARAM', error: 'No.' } })
  t.match(await one.room(alice, recent, 'invite', { user_id: guest }), { status: 502 }, 'what our server did wrong is not the client\'s')
  stranger.on('PUT', /v2.invite/, { status: 404, body: { errcode: 'M_UNRECOGNIZED', error: 'No.' } })
  const invited = await one.room(alice, old, 'invite', { user_id: guest })
  t.equal(invited.status, 200, invited.text)
  t.equal((await one.members(old))[guest], 'invite')
})
