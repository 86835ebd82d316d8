import t from 'tap'
import { createServer } from '../../src/server.ts'
import { openDatabase } from '../../src/store/database.ts'
import { Names } from '../../src/store/names.ts'
import { AccessTokens } from '../../src/users/access-tokens.ts'
import { Accounts } from '../../src/users/accounts.ts'
import { ApplicationServices } from '../../src/users/application-services.ts'
import { Masks } from '../../src/users/masks.ts'
import { Passwords } from '../../src/users/passwords.ts'
import { Sightings } from '../../src/users/sightings.ts'
import { silentLog } from '../../src/util/log.ts'
import { createMetrics } from '../../src/util/metrics.ts'
import { systemRandom } from '../../src/util/random.ts'
import { createApi, roomPath, V3 } from '../support/api.ts'
import { createTestServer, PASSWORD, type TestUser } from '../support/server.ts'
import { joinedIn, saidIn, SyncClient, typesOf, type SyncBody } from '../support/sync-client.ts'
import { Talk } from '../support/talk.ts'

const server = await createTestServer(t)
const { api, clock } = server
const talk = new Talk(api)
const alice = await server.register('alice')
const bob = await server.register('bob')

const own = (user: TestUser, path: string): string => `${V3}/user/${encodeURIComponent(user.userId)}/${path}`

async function put(user: TestUser, path: string, body: object): Promise<void> {
  const answer = await api.put(path, { token: user.token, body })
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`)
}

async function meet(): Promise<string> {
  const room = await talk.create(alice, { preset: 'public_chat', name: 'Meeting' })
  await talk.join(bob, room)
  return room
}

/** Somebody who has everything up to now. */
async function follow(user: TestUser): Promise<SyncClient> {
  const client = new SyncClient(api, user)
  await client.next()
  return client
}

/** The next answer of who waits, once what gathers for a moment is told. */
async function nextWoken(client: SyncClient, act: () => Promise<void>): Promise<SyncBody> {
  const waiting = client.next({ timeout: 30_000 })
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  await act()
  clock.advance(150)
  return waiting
}

t.test('Receipts and typing reach who waits, after a moment', async (t) => {
  const room = await meet()
  const said = await talk.say(alice, room, 'read me')
  const client = new SyncClient(api, alice, { filter: { presence: { types: [] } } })
  await client.next()
  const receipt = await nextWoken(client, async () => {
    await api.post(roomPath(room, `receipt/m.read/${encodeURIComponent(said)}`), { token: bob.token, body: {} })
  })
  t.match(
    joinedIn(receipt, room)['ephemeral'].events,
    [{ type: 'm.receipt', content: { [said]: { 'm.read': { [bob.userId]: { ts: Number } } } } }],
  )
  t.same(joinedIn(receipt, room)['timeline'].events, [])
  const typing = await nextWoken(
    client, () => put(bob, roomPath(room, `typing/${encodeURIComponent(bob.userId)}`), { typing: true, timeout: 20_000 }),
  )
  t.same(joinedIn(typing, room)['ephemeral'].events, [{ type: 'm.typing', content: { user_ids: [bob.userId] } }])
  t.match(joinedIn(await new SyncClient(api, alice).next(), room)['ephemeral'].events, [{ type: 'm.receipt' }, { type: 'm.typing' }])
  const over = await nextWoken(client, async () => clock.advance(21_000))
  t.same(joinedIn(over, room)['ephemeral'].events, [{ type: 'm.typing', content: { user_ids: [] } }])
  const narrow = await new SyncClient(api, alice, { filter: { room: { ephemeral: { not_types: ['m.receipt'] } } } }).next()
  t.same(joinedIn(narrow, room)['ephemeral'].events, [])
})

t.test('Presence is told to who shares a room', async (t) => {
  await meet()
  const stranger = await server.register('stranger')
  const client = new SyncClient(api, alice)
  await client.next()
  const other = new SyncClient(api, stranger)
  await other.next()
  const body = await nextWoken(
    client, () => put(bob, `${V3}/presence/${encodeURIComponent(bob.userId)}/status`, { presence: 'online', status_msg: 'here' }),
  )
  t.match(
    body['presence'].events.find(({ sender }: SyncBody) => sender === bob.userId),
    { type: 'm.presence', content: { presence: 'online', status_msg: 'here' } },
  )
  t.notMatch(JSON.stringify((await other.next())['presence'] ?? {}), bob.userId)
  const presentTo = async (client: SyncClient) => {
    const events: SyncBody[] = (await client.next())['presence']?.events ?? []
    return events.map(({ sender }) => sender).filter((sender) => sender === bob.userId)
  }
  const room = await talk.create(alice, { preset: 'public_chat' })
  await talk.join(stranger, room)
  t.same(await presentTo(other), [])
  await talk.join(bob, room)
  t.same(await presentTo(other), [bob.userId], 'who comes to share a room is here')
  t.same(await presentTo(other), [], 'which is told once')
  t.same(await presentTo(new SyncClient(api, stranger)), [bob.userId], 'also where he does not sync')
})

t.test('Account data, tags and push rules come when they change', async (t) => {
  const room = await meet()
  const client = new SyncClient(api, alice)
  await client.next()
  const waiting = client.next({ timeout: 30_000 })
  await put(alice, own(alice, 'account_data/org.example.colour'), { colour: 'green' })
  t.match((await waiting)['account_data'].events, [{ type: 'org.example.colour', content: { colour: 'green' } }])
  await put(alice, own(alice, `rooms/${encodeURIComponent(room)}/tags/m.favourite`), { order: 0.5 })
  const tagged = await client.next()
  t.match(joinedIn(tagged, room)['account_data'].events, [{ type: 'm.tag', content: { tags: { 'm.favourite': { order: 0.5 } } } }])
  t.equal(tagged['account_data'], undefined)
  await put(alice, `${V3}/pushrules/global/override/.m.rule.master/enabled`, { enabled: true })
  const [rules] = (await client.next())['account_data'].events
  t.equal(rules.type, 'm.push_rules')
  t.ok(rules.content.global.override.find(({ rule_id: id }: { rule_id: string }) => id === '.m.rule.master').enabled)
  t.equal((await client.next())['account_data'], undefined)
  const fresh = await new SyncClient(api, alice).next()
  t.same(fresh['account_data'].events.map(({ type }: SyncBody) => type).sort(), ['m.push_rules', 'org.example.colour'])
  t.match(joinedIn(fresh, room)['account_data'].events, [{ type: 'm.tag' }])
  const narrow = await new SyncClient(api, alice, { filter: { account_data: { types: ['org.*'] } } }).next()
  t.same(narrow['account_data'].events.map(({ type }: SyncBody) => type), ['org.example.colour'])
  await put(alice, `${V3}/pushrules/global/override/.m.rule.master/enabled`, { enabled: false })
})

t.test('Messages to a device wait until it has shown that it has them', async (t) => {
  const client = new SyncClient(api, bob)
  await client.next()
  const send = (txn: string, body: string) => put(
    alice, `${V3}/sendToDevice/org.example.note/${txn}`, { messages: { [bob.userId]: { [bob.deviceId]: { body } } } },
  )
  const waiting = client.peek({ timeout: 30_000 })
  await send('1', 'first')
  const first = await waiting
  t.same(first['to_device'].events, [{ sender: alice.userId, type: 'org.example.note', content: { body: 'first' } }])
  t.same((await client.peek())['to_device'], first['to_device'], 'the same again for who comes with the same token')
  client.token = first['next_batch']
  t.equal((await client.next())['to_device'], undefined)
  for (let index = 0; index < 120; index += 1) await send(`many${index}`, String(index))
  const page = await client.next()
  const rest = await client.next()
  t.same(
    [...page['to_device'].events, ...rest['to_device'].events].map(({ content }) => content.body),
    Array.from({ length: 120 }, (_, index) => String(index)),
  )
  t.equal(page['to_device'].events.length, 100)
})

t.test('Who shares a room learns of changed devices and of keys that are left', async (t) => {
  await meet()
  const client = new SyncClient(api, alice)
  await client.next()
  const keys = {
    device_keys: { user_id: bob.userId, device_id: bob.deviceId, algorithms: [], keys: {}, signatures: {} },
    one_time_keys: { 'signed_curve25519:AAA': { key: 'abc', signatures: {} } },
    fallback_keys: { 'signed_curve25519:BBB': { key: 'def', fallback: true, signatures: {} } },
  }
  const body = await nextWoken(client, async () => {
    const answer = await api.post(`${V3}/keys/upload`, { token: bob.token, body: keys })
    t.equal(answer.status, 200, answer.text)
  })
  t.match(body['device_lists'].changed, [bob.userId])
  const counted = await new SyncClient(api, bob).next()
  t.match(counted, { device_one_time_keys_count: { signed_curve25519: 1 }, device_unused_fallback_key_types: ['signed_curve25519'] })
  t.equal(counted['device_lists'], undefined, 'not in a first sync')
})

t.test('Filters choose rooms, types, fields and the format', async (t) => {
  const room = await meet()
  const other = await meet()
  await talk.say(alice, room, 'a text')
  await talk.say(alice, room, { msgtype: 'm.image', body: 'an image', url: 'mxc://localhost/x' })
  await talk.say(alice, room, { any: 'thing' }, 'org.example.thing')
  const first = async (filter: object): Promise<SyncBody> => new SyncClient(api, alice, { filter }).next()
  t.same(Object.keys((await first({ room: { rooms: [room] } }))['rooms'].join), [room])
  t.notOk(Object.keys((await first({ room: { not_rooms: [other] } }))['rooms'].join).includes(other))
  const typed = joinedIn(await first({ room: { timeline: { types: ['org.example.*'] }, state: { types: ['m.room.create'] } } }), room)
  t.same(typesOf(typed['timeline'].events), ['org.example.thing'])
  t.same(typesOf(typed['state'].events), ['m.room.create'])
  t.same(saidIn(joinedIn(await first({ room: { timeline: { contains_url: true } } }), room)), ['an image'])
  t.same(saidIn(joinedIn(await first({ room: { timeline: { limit: 2, not_types: ['org.*'] } } }), room)), ['a text', 'an image'])
  const fields = joinedIn(await first({ event_fields: ['type', 'content.body'] }), room)
  t.same(fields['timeline'].events.at(-3), { type: 'm.room.message', content: { body: 'a text' } })
  const federation = joinedIn(await first({ event_format: 'federation' }), room)
  t.match(federation['timeline'].events.at(-1), { hashes: {}, signatures: {}, depth: Number, prev_events: Array })
  const kept = await api.post(own(alice, 'filter'), { token: alice.token, body: { room: { rooms: [room] } } })
  t.same(Object.keys((await new SyncClient(api, alice, { filter: kept.body['filter_id'] }).next())['rooms'].join), [room])
})

t.test('State that a filter keeps out of the timeline comes as state', async (t) => {
  const room = await meet()
  const client = new SyncClient(api, alice, { filter: { room: { timeline: { types: ['m.room.message'] } } } })
  await client.next()
  await talk.set(alice, room, 'm.room.topic', { topic: 'hidden from the timeline' })
  const joined = joinedIn(await client.next(), room)
  t.same(typesOf(joined['state'].events), ['m.room.topic'])
})

t.test('Bad tokens and filters are refused, tokens of before a restore start anew', async (t) => {
  const get = (query: string) => api.get(`${V3}/sync?${query}`, { token: alice.token })
  for (const query of ['since=garbage', 'since=s1', 'filter=999', 'filter=abc']) t.match(
    await get(query), { status: 400, body: { errcode: 'M_INVALID_PARAM' } }, query,
  )
  t.match(await get('filter=%7Bbad'), { status: 400, body: { errcode: 'M_NOT_JSON' } })
  t.match(await get(`filter=${encodeURIComponent('{"room":{"rooms":5}}')}`), { status: 400, body: { errcode: 'M_BAD_JSON' } })
  for (const query of ['timeout=-1', 'timeout=soon', 'full_state=maybe', 'set_presence=busy']) t.equal(
    (await get(query)).status, 400, query,
  )
  const token = (await new SyncClient(api, alice).next())['next_batch'] as string
  const [pos, toDevice, epoch, ...rest] = token.split('_')
  const foreign = await get(`since=${[pos, toDevice, Number(epoch) + 1, ...rest].join('_')}`)
  t.equal(foreign.status, 200)
  t.ok(Object.keys(foreign.body['rooms'].join).length > 1, 'all is told anew')
})

t.test('Two devices of one user wait, and each is told its own transaction ids', async (t) => {
  const room = await meet()
  const login = await api.post(
    `${V3}/login`,
    { body: { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'alice' }, password: 'correct horse battery' } },
  )
  const phone: TestUser = { userId: alice.userId, deviceId: login.body['device_id'], token: login.body['access_token'] }
  const [desk, pocket] = [new SyncClient(api, alice), new SyncClient(api, phone)]
  await Promise.all([desk.next(), pocket.next()])
  const both = Promise.all([desk.next({ timeout: 30_000 }), pocket.next({ timeout: 30_000 })])
  await talk.say(alice, room, 'from the desk')
  const [atDesk, inPocket] = await both
  t.type(joinedIn(atDesk, room)['timeline'].events[0].unsigned.transaction_id, 'string')
  t.equal(joinedIn(inPocket, room)['timeline'].events[0].unsigned.transaction_id, undefined)
})

t.test('Whose session ends hears so while he waits, also when it was ended beside the server', async (t) => {
  const ended = { status: 401, body: { errcode: 'M_UNKNOWN_TOKEN', soft_logout: false } }
  const carl = await server.register('carl')
  const login = async (): Promise<string> => (await api.post(`${V3}/login`, {
    body: { type: 'm.login.password', user: 'carl', password: PASSWORD },
  })).body['access_token']
  const other = await login()
  const { token: since } = await follow(carl)
  const wait = async (token: string) => {
    const answer = api.get(`${V3}/sync?timeout=30000&since=${since}`, { token })
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    return { answer }
  }
  const [first, second] = [await wait(carl.token), await wait(other)]
  await api.post(`${V3}/logout`, { token: other, body: {} })
  t.match(await second.answer, ended)

  const database = openDatabase(server.connection, silentLog, 1)
  t.teardown(() => database.close())
  const { db } = database
  const noServices = new ApplicationServices({ registrations: [], serverName: 'localhost' })
  const masks = new Masks({ db, appservices: noServices })
  const tokens = new AccessTokens({ db, clock, sightings: new Sightings({ db, clock, log: silentLog }), masks })
  const passwords = new Passwords({ random: systemRandom, fastInsecure: true })
  const beside = new Accounts({ db, names: new Names(db), clock, random: systemRandom, passwords, tokens, serverName: 'localhost' })
  await beside.endSessions((await beside.find(carl.userId))?.user ?? -1)
  clock.advance(2_000)
  t.match(await first.answer, ended, 'within two seconds')
  t.match(await api.get(`${V3}/account/whoami`, { token: carl.token }), ended)
  t.equal((await api.get(`${V3}/account/whoami`, { token: await login() })).status, 200)
  t.equal((await api.get(`${V3}/account/whoami`, { token: alice.token })).status, 200, 'nobody else is logged out')
})

t.test('After a restart everything goes on, and who waits is let go of before it', async (t) => {
  const room = await meet()
  await talk.say(alice, room, 'unread')
  const client = new SyncClient(api, bob, { set_presence: 'offline' })
  t.equal(joinedIn(await client.next(), room)['unread_notifications'].notification_count, 1)
  const waiting = client.next({ timeout: 60_000 })
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  const closed = server.server.close()
  const last = await waiting
  clock.advance(10_000)
  t.equal(last['rooms'], undefined)
  t.type(last['next_batch'], 'string')
  await closed
  const again = await createServer({
    config: server.services.config, connection: server.connection, clock, random: systemRandom, log: silentLog, version: '0.0.0',
    metrics: createMetrics({ ofProcess: false }),
  })
  const [address] = await again.listen()
  t.teardown(async () => {
    const over = again.close()
    clock.advance(10_000)
    await over
  })
  const restarted = createApi(address?.url ?? '')
  const follower = new SyncClient(restarted, bob, { set_presence: 'offline' })
  follower.token = client.token
  t.equal((await follower.next())['rooms'], undefined, 'nothing happened meanwhile')
  await new Talk(restarted).say(alice, room, 'hello again')
  const body = await follower.next()
  t.same(saidIn(joinedIn(body, room)), ['hello again'])
  t.equal(joinedIn(body, room)['unread_notifications'].notification_count, 2)
  const fresh = await new SyncClient(restarted, bob).next()
  t.same(saidIn(joinedIn(fresh, room)), ['unread', 'hello again'])
  t.ok(typesOf(joinedIn(fresh, room)['timeline'].events).includes('m.room.create') || joinedIn(fresh, room)['timeline'].limited)
})
