import t from 'tap'
import { eventIdOf } from '../../../src/matrix/hashes.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { xMatrixHeader } from '../../../src/matrix/x-matrix.ts'
import { federationPath, withQuery } from '../../../src/remote/path.ts'
import { newSigningKey } from '../../support/peers.ts'
import { keyOf } from '../../support/remote-room.ts'
import { BOB, join, OURS, text, THEIRS } from '../receiving/world.ts'
import { countRows, EVE, evil, isUnseen, madeBy, openRoom, sendAll, settle, world } from './world.ts'

const { alice, peer, server, talk } = world
const PROFILE = withQuery('/_matrix/federation/v1/query/profile', { user_id: alice.userId })
const V11 = { ver: ['11'] }
const ask = (method: string, path: string, body?: JsonObject, from = evil) => from.ask(server.url, OURS, method, path, body)
const get = (path: string, authorization: string) => server.api.get(path, { headers: { authorization } })
const refusal = (status: number, errcode: string) => ({ status, body: { errcode, error: String } })

interface Signing { readonly path?: string, readonly key?: typeof evil.key, readonly origin?: string, readonly destination?: string }

const sign = ({ path = PROFILE, key = evil.key, origin = evil.name, destination = OURS }: Signing = {}) => (
  xMatrixHeader({ method: 'GET', uri: path, origin, destination, content: undefined }, key)
)

t.test('who asks without a right signature is told nothing (B79, B80, B81)', async (t) => {
  const refused: [row: string, authorization: string][] = [
    ['B79', 'X-Matrix'], ['B79', 'Bearer x'], ['B79', 'X-Matrix origin=,key=,sig='], ['B79', sign().replace('key=', 'kei=')],
    ['B80', sign({ destination: 'other.hearth.test' })],
    ['B81', sign().replace(/sig="../, 'sig="AA')], ['B81', sign({ key: newSigningKey('other') })],
    ['B81', sign({ origin: 'not a name' })], ['B81', sign({ origin: '..' })],
    ['A35', sign({ origin: THEIRS })],
  ]
  const before = await countRows()
  t.match(await server.api.get(PROFILE), refusal(401, 'M_UNAUTHORIZED'), 'B79: no header')
  for (const [row, header] of refused) t.match(await get(PROFILE, header), refusal(401, 'M_UNAUTHORIZED'), `${row}: ${header.slice(0, 60)}`)
  t.same(await countRows(), before)
  t.equal((await get(PROFILE, sign())).status, 200)
})

t.test('headers are read loosely where the specification says so, and nowhere else (B82)', async (t) => {
  const [, origin, , key, sig] = /origin="(.*?)",destination="(.*?)",key="(.*?)",sig="(.*?)"/.exec(sign()) ?? []
  const unaddressed = xMatrixHeader({
    method: 'GET', uri: PROFILE, origin: evil.name, destination: undefined as unknown as string, content: undefined,
  }, evil.key)
  const accepted = [
    `x-matrix Origin="${origin}",DESTINATION="${OURS}",Key="${key}",sIg="${sig}"`,
    `X-Matrix   origin="${origin}" ,\t destination="${OURS}" , key="${key}",\tsig="${sig}"`,
    `X-Matrix origin=${origin},destination=${OURS},key=${key},sig=${sig}`,
    `X-Matrix origin="${origin?.replace('e', '\\e')}",destination="${OURS}",key="${key}",sig="${sig}"`,
    `X-Matrix origin="${origin}",destination="${OURS}",key="${key}",sig="${sig}",later="x",more=y`,
    unaddressed.replace('destination="undefined",', ''),
  ]
  for (const header of accepted) t.equal((await get(PROFILE, header)).status, 200, header)
  const twice = sign().replace('X-Matrix ', `X-Matrix origin="${THEIRS}",`)
  t.match(await get(PROFILE, twice), refusal(401, 'M_UNAUTHORIZED'), 'a server twice')
})

t.test('what is signed is the path as it was written (B83)', async (t) => {
  const other = `${PROFILE}&field=displayname`
  t.match(await get(other, sign()), refusal(401, 'M_UNAUTHORIZED'))
  t.match(await get(PROFILE.replace('%40', '@'), sign()), refusal(401, 'M_UNAUTHORIZED'))
  const shared = await openRoom()
  for (const path of [shared.roomId, encodeURIComponent(shared.roomId)].map((roomId) => (
    `/_matrix/federation/v1/timestamp_to_event/${roomId.replace('!', '%21')}?ts=0&dir=f`
  ))) t.equal((await get(path, sign({ path }))).status, 200, path)
  const plain = `/_matrix/federation/v1/timestamp_to_event/${shared.roomId}?ts=0&dir=f`
  t.equal((await get(plain, sign({ path: plain }))).status, 200, plain)
})

t.test('a request needs a key that is in use (A7), one that nobody is known to have taken (A14)', async (t) => {
  const old = newSigningKey('old')
  const late = await world.addPeer(t, 'late.hearth.test')
  late.on('GET', '/_matrix/key/v2/server', () => ({
    body: late.keys({ old_verify_keys: {
      [old.keyId]: { key: old.publicKey, expired_ts: 4_000_000_000_000 },
      'ed25519:taken': { key: 'l/O9hxMVKB6Lg+3Hqf0FQQZhVESQcMzbPN1Cz2nM3og', expired_ts: 4_000_000_000_000 },
    } }),
  }))
  t.match(await get(PROFILE, sign({ origin: late.name, key: old })), refusal(401, 'M_UNAUTHORIZED'), 'an old key')
  t.equal((await get(PROFILE, sign({ origin: late.name, key: late.key }))).status, 200)
  const known = await world.db.selectFrom('server_keys').select('key_id').execute()
  t.ok(known.some(({ key_id: id }) => id === old.keyId), 'which old events are still checked with')
  t.notOk(known.some(({ key_id: id }) => id === 'ed25519:taken'))
})

t.test('nobody publishes keys for another server (A15)', async (t) => {
  const { keyRing } = server.services
  t.equal((await world.get(PROFILE)).status, 200)
  const stolen = evil.keys({ server_name: THEIRS })
  const unsigned = { ...peer.keys(), verify_keys: { [evil.key.keyId]: { key: evil.key.publicKey } } }
  for (const body of [evil.keys(), stolen, unsigned, { server_name: THEIRS }, {}]) {
    peer.on('GET', '/_matrix/key/v2/server', { body })
    server.clock.advance(3_600_000)
    await keyRing.refresh(THEIRS)
    t.equal((await world.get(PROFILE)).status, 200, 'the key that was known is known')
    t.match(await get(PROFILE, sign({ origin: THEIRS, key: keyOf(evil.name) })), refusal(401, 'M_UNAUTHORIZED'))
  }
  peer.on('GET', '/_matrix/key/v2/server', () => ({ body: peer.keys() }))
})

t.test('transactions have bounds, and count once (B84, B85, B86, B87)', async (t) => {
  const shared = await openRoom()
  const before = await countRows()
  t.match(await world.send({ pdus: Array.from({ length: 51 }, () => ({})) }, { from: evil }), refusal(400, 'M_INVALID_PARAM'), 'B84')
  const edus = Array.from({ length: 101 }, () => ({ edu_type: 'm.x', content: {} }))
  t.match(await world.send({ edus }, { from: evil }), refusal(400, 'M_INVALID_PARAM'), 'B84')
  t.same(await countRows(), before)
  const json = shared.remote.json(shared.remote.say(text(EVE, 'good')))
  const { depth: _, ...flat } = json
  const { type: __, ...untyped } = json
  const nowhere = madeBy(evil.name, shared, json, { room_id: `!nowhere:${evil.name}` })
  const large = madeBy(evil.name, shared, json, { content: { body: 'x'.repeat(70_000) } })
  const first = await world.send({ pdus: [nowhere, flat, untyped, large, json] }, { from: evil, txnId: 'once' })
  t.match(first, { status: 200 })
  await settle()
  const after = await countRows()
  const again = await world.send({ pdus: [json] }, { from: evil, txnId: 'once' })
  t.equal(again.text, first.text, 'B85')
  await settle()
  t.same(await countRows(), after)
  t.ok(await isUnseen(shared, large), 'B87')
  t.equal((await shared.shown()).length > 1, true, 'B86')
})

t.test('templates are for users of the server that asks, and for rooms that it may come to know of (B89)', async (t) => {
  const shared = await openRoom()
  const make = (room: string, userId: string, ver = V11) => ask('GET', withQuery(federationPath('v1', 'make_join', room, userId), ver))
  t.match(await make(shared.roomId, BOB), refusal(403, 'M_FORBIDDEN'))
  t.match(await make(shared.roomId, alice.userId), refusal(403, 'M_FORBIDDEN'))
  t.match(await make(shared.roomId, EVE, { ver: ['1'] }), {
    status: 400, body: { errcode: 'M_INCOMPATIBLE_ROOM_VERSION', room_version: '11' },
  })
  const left = await talk.create(alice, { preset: 'public_chat' })
  await talk.leave(alice, left)
  for (const room of [left, `!nowhere:${OURS}`]) t.match(await make(room, EVE, { ver: ['11', '12'] }), refusal(404, 'M_NOT_FOUND'), room)
})

t.test('restricted rooms say why nobody is let in (B90)', async (t) => {
  const den = await talk.create(alice, { preset: 'private_chat' })
  const make = async (allow: string[], powers: object = {}) => {
    const roomId = await talk.create(alice, {
      room_version: '11', preset: 'private_chat', power_level_content_override: powers, initial_state: [{
        type: 'm.room.join_rules', state_key: '',
        content: { join_rule: 'restricted', allow: allow.map((room_id) => ({ type: 'm.room_membership', room_id })) },
      }],
    })
    return ask('GET', withQuery(federationPath('v1', 'make_join', roomId, EVE), V11))
  }
  t.match(await make([den]), refusal(403, 'M_FORBIDDEN'))
  t.match(await make([`!unseen:${evil.name}`]), refusal(400, 'M_UNABLE_TO_AUTHORISE_JOIN'))
  const shared = await openRoom()
  t.match(await make([shared.roomId], { invite: 101 }), refusal(400, 'M_UNABLE_TO_GRANT_JOIN'))
})

t.test('what is sent as a membership is that of the path (A4, B91)', async (t) => {
  const shared = await world.found()
  const other = await world.found()
  const event = shared.remote.json(shared.remote.say(join(EVE)))
  const before = await countRows()
  for (const [kind, version] of [['join', 'v2'], ['leave', 'v2'], ['knock', 'v1']] as const) {
    const made = (changes: JsonObject) => madeBy(evil.name, shared, event, { content: { membership: kind }, ...changes })
    const put = (json: JsonObject, room = shared.roomId, eventId?: string) => (
      ask('PUT', federationPath(version, `send_${kind}`, room, eventId ?? idOf(shared, json)), json)
    )
    const wrong: [string, ReturnType<typeof put>][] = [
      ['room', put(made({}), other.roomId)], ['id', put(made({}), shared.roomId, '$other')],
      ['type', put(made({ type: 'm.room.message' }))], ['membership', put(made({ content: { membership: 'ban' } }))],
      ['state key', put(made({ state_key: `@other:${evil.name}` }))],
    ]
    for (const [what, answer] of wrong) {
      t.match(await answer, { status: 400, body: { errcode: /M_INVALID_PARAM|M_BAD_JSON/ } }, `${kind}: ${what}`)
    }
  }
  t.same(await countRows(), before)
})

t.test('an invite of version 12 comes with the event that began the room (A24, B92)', async (t) => {
  const shared = await world.found('12')
  const [begun = ''] = shared.remote.listIds()
  const create = madeBy(evil.name, shared, shared.remote.json(begun), { sender: EVE })
  const roomId = `!${idOf(shared, create).slice(1)}`
  const json = madeBy(evil.name, shared, shared.remote.json(shared.remote.say(text(BOB, ''))), {
    type: 'm.room.member', sender: EVE, state_key: alice.userId, room_id: roomId, content: { membership: 'invite' },
  })
  const path = federationPath('v2', 'invite', roomId, idOf(shared, json))
  const put = (body: JsonObject) => ask('PUT', path, { room_version: '12', event: json, ...body })
  const before = await countRows()
  // Today's specification has M_INVALID_PARAM for it. The short form of older servers passes, whose hash nobody can know.
  t.match(await put({ invite_room_state: [] }), refusal(400, 'M_INVALID_PARAM'))
  const another = madeBy(evil.name, shared, create, { content: { room_version: '12', more: 1 } })
  t.match(await put({ invite_room_state: [another] }), refusal(400, 'M_INVALID_PARAM'))
  t.match(await put({ room_version: '999' }), refusal(400, 'M_INCOMPATIBLE_ROOM_VERSION'))
  const large = Array.from({ length: 200 }, (_, index) => ({
    type: 'm.x', state_key: `${index}`, sender: EVE, content: { a: 'x'.repeat(50_000) },
  }))
  t.match(await put({ invite_room_state: [create, ...large] }), { status: 413 })
  for (const changes of [{ content: 5 }, { state_key: undefined }]) {
    t.match(await put({ event: { ...json, ...changes } as JsonObject, invite_room_state: [create] }), { status: 400 })
  }
  t.same(await countRows(), before)
  t.equal((await world.asAlice('/sync')).status, 200)
})

t.test('nobody gets more at once than peers give (B94)', async (t) => {
  const shared = await openRoom()
  for (let at = 0; at < 3; at += 1) {
    await sendAll(shared.remote.jsons(Array.from({ length: 45 }, (_, index) => shared.remote.say(text(EVE, `${index}`)))))
  }
  const latest = shared.remote.ends()
  const path = withQuery(federationPath('v1', 'backfill', shared.roomId), { v: [...latest], limit: 100_000 })
  t.equal((await ask('GET', path)).body['pdus'].length, 100)
  const missing = { earliest_events: [], latest_events: [...latest], limit: 100_000 }
  t.equal((await ask('POST', federationPath('v1', 'get_missing_events', shared.roomId), missing)).body['events'].length, 20)
})

t.test('large answers are compressed for who asks for that, clients and servers alike', async (t) => {
  const shared = await openRoom()
  for (let count = 0; count < 5; count += 1) await shared.say('x'.repeat(1_000))
  const messages = `/_matrix/client/v3/rooms/${encodeURIComponent(shared.roomId)}/messages?dir=b`
  const backfill = withQuery(federationPath('v1', 'backfill', shared.roomId), { v: [...shared.remote.ends()], limit: 5 })
  const asks: [string, Record<string, string>][] = [
    [messages, { authorization: `Bearer ${alice.token}` }], [backfill, { authorization: sign({ path: backfill }) }],
  ]
  for (const [path, headers] of asks) {
    const [plain, small] = await Promise.all(['identity', 'br, gzip;q=0.5'].map((coding) => (
      server.api.get(path, { headers: { ...headers, 'accept-encoding': coding } })
    )))
    t.equal(plain?.headers.get('content-encoding'), null)
    t.match([small?.headers.get('content-encoding'), small?.headers.get('vary')], ['gzip', 'Accept-Encoding'])
    t.ok(Number(small?.headers.get('content-length')) < Number(plain?.headers.get('content-length')) / 3)
    t.equal(small?.body['pdus']?.length ?? small?.text, plain?.body['pdus']?.length ?? plain?.text, 'it is the same')
  }
  t.equal((await server.api.get('/_matrix/client/v3/account/whoami', { token: alice.token })).headers.get('content-encoding'), null)
})

function idOf({ remote }: { readonly remote: { readonly version: Parameters<typeof eventIdOf>[1] } }, json: JsonObject): string {
  return eventIdOf(json, remote.version) ?? ''
}
