import t from 'tap'
import { V3 } from '../support/api.ts'
import { refused } from '../support/refusal.ts'
import { createTestServer } from '../support/server.ts'
import { testModeration } from './accounts/moderation.ts'

const server = await createTestServer(t)
const { api, services } = server
const alice = await server.register('alice')
const bob = await server.register('bob')
const roomId = (await api.post(`${V3}/createRoom`, { token: alice.token, body: { preset: 'public_chat' } })).body['room_id'] as string
await api.post(`${V3}/join/${encodeURIComponent(roomId)}`, { token: bob.token, body: {} })
const { token } = alice
const mine = `${V3}/user/${alice.userId}`
const profile = `${V3}/profile/${alice.userId}`
const rules = `${V3}/pushrules/global`
const room = `${mine}/rooms/${encodeURIComponent(roomId)}`
const userNumber = (await services.accounts.find(alice.userId))?.user ?? 0

t.test('Administrators lock, suspend and look up', testModeration)

// Operations: getUserProfile, getProfileField, setProfileField, deleteProfileField.
t.test('A profile has the localpart as its name, and what is set shows in the rooms', async (t) => {
  t.same((await api.get(profile)).body, { displayname: 'alice' })
  t.equal((await api.put(`${profile}/displayname`, { token, body: { displayname: 'Alice 🦄' } })).status, 200)
  await api.put(`${profile}/avatar_url`, { token, body: { avatar_url: 'mxc://localhost/abc' } })
  await api.put(`${profile}/m.tz`, { token, body: { 'm.tz': 'Europe/London' } })
  await api.put(`${profile}/org.example.null`, { token, body: { 'org.example.null': null } })
  t.same((await api.get(profile)).body, {
    displayname: 'Alice 🦄', avatar_url: 'mxc://localhost/abc', 'm.tz': 'Europe/London', 'org.example.null': null,
  })
  t.same((await api.get(`${profile}/displayname`)).body, { displayname: 'Alice 🦄' })
  const member = `${V3}/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${alice.userId}`
  t.match((await api.get(member, { token })).body, { membership: 'join', displayname: 'Alice 🦄', avatar_url: 'mxc://localhost/abc' })
  t.equal((await api.delete(`${profile}/avatar_url`, { token })).status, 200)
  t.equal((await api.get(member, { token })).body['avatar_url'], undefined)
  t.match(await api.get(`${profile}/avatar_url`), refused(404, 'M_NOT_FOUND'))
})

t.test('What no profile can hold is refused', async (t) => {
  const long = 'a'.repeat(256)
  const cases: readonly [string, object, number, string][] = [
    ['displayname', { displayname: 'x'.repeat(257) }, 400, 'M_INVALID_PARAM'],
    ['displayname', { displayname: 5 }, 400, 'M_INVALID_PARAM'],
    ['displayname', { avatar_url: 'x' }, 400, 'M_MISSING_PARAM'],
    ['avatar_url', { avatar_url: `mxc://a/${'b'.repeat(1000)}` }, 400, 'M_INVALID_PARAM'],
    ['avatar_url', { avatar_url: 'https://x.example/' }, 400, 'M_INVALID_PARAM'],
    ['org.example.' + long, { x: 1 }, 400, 'M_KEY_TOO_LARGE'],
    ['Nonsense', { Nonsense: 1 }, 400, 'M_INVALID_PARAM'],
    ['org.example.large', { 'org.example.large': 'x'.repeat(65_536) }, 400, 'M_PROFILE_TOO_LARGE'],
  ]
  for (const [key, body, status, errcode] of cases) {
    const named = key.startsWith('org.example.a') ? { [key]: 1 } : body
    t.match(await api.put(`${profile}/${key}`, { token, body: named }), refused(status, errcode), key.slice(0, 40))
  }
  t.match(await api.put(`${profile}/displayname`, { token: bob.token, body: { displayname: 'x' } }), refused(403, 'M_FORBIDDEN'))
  t.equal((await api.get(`${V3}/profile/@nobody:localhost`)).status, 404)
  t.equal((await api.get(`${V3}/profile/@a:nowhere.invalid`)).status, 502, 'a server that cannot be asked')
})

// Operations: getAccountData, setAccountData, getAccountDataPerRoom, setAccountDataPerRoom.
t.test('Account data is kept as it was given, of the account and of a room', async (t) => {
  const content = { '__proto__': 1, order: 0.25, deep: { a: [null, 'ü'] } }
  const text = '{"__proto__":1,"order":0.25,"deep":{"a":[null,"ü"]}}'
  t.equal((await api.put(`${mine}/account_data/org.example.kept`, { token, body: text })).status, 200)
  t.equal((await api.get(`${mine}/account_data/org.example.kept`, { token })).text, text, JSON.stringify(content))
  t.match(await api.get(`${room}/account_data/org.example.kept`, { token }), refused(404, 'M_NOT_FOUND'))
  await api.put(`${room}/account_data/org.example.kept`, { token, body: { of: 'the room' } })
  t.same((await api.get(`${room}/account_data/org.example.kept`, { token })).body, { of: 'the room' })
  const rows = await services.accountData.listSince(userNumber, 0)
  t.same(rows.map(({ room: number, type }) => [number > 0, type]), [[false, 'org.example.kept'], [true, 'org.example.kept']])
  for (const type of ['m.fully_read', 'm.push_rules']) {
    for (const path of [mine, room]) {
      t.match(await api.put(`${path}/account_data/${type}`, { token, body: {} }), refused(405, 'M_BAD_JSON'))
    }
  }
  t.match(await api.put(`${mine}/account_data/x`, { token: bob.token, body: {} }), refused(403, 'M_FORBIDDEN'))
  t.match(await api.get(`${room}/account_data/x`, { token: bob.token }), refused(403, 'M_FORBIDDEN'))
  t.match(await api.put(`${mine}/rooms/!unknown:localhost/account_data/x`, { token, body: {} }), refused(404, 'M_NOT_FOUND'))
  t.match(await api.put(`${mine}/account_data/${'x'.repeat(256)}`, { token, body: {} }), refused(400, 'M_INVALID_PARAM'))
  t.match((await api.get(`${mine}/account_data/m.push_rules`, { token })).body, { global: { override: Array } })
})

t.test('Whom somebody ignores is known as soon as it is answered', async (t) => {
  t.same(await services.ignoredUsers.ignoredBy(userNumber), new Set())
  await api.put(`${mine}/account_data/m.ignored_user_list`, { token, body: { ignored_users: { [bob.userId]: {} } } })
  t.same(await services.ignoredUsers.ignoredBy(userNumber), new Set([bob.userId]))
  await api.put(`${mine}/account_data/m.ignored_user_list`, { token, body: { ignored_users: 'nonsense' } })
  t.same(await services.ignoredUsers.ignoredBy(userNumber), new Set())
})

// Operations: getRoomTags, setRoomTag, deleteRoomTag.
t.test('Tags', async (t) => {
  t.same((await api.get(`${room}/tags`, { token })).body, { tags: {} })
  const set = (tag: string, body: unknown) => api.put(`${room}/tags/${encodeURIComponent(tag)}`, { token, body })
  const [a, b] = await Promise.all([set('m.favourite', { order: 0.5 }), set('u.über', {})])
  t.same([a?.status, b?.status], [200, 200])
  t.equal((await set('__proto__', { order: 1 })).status, 200)
  t.match((await api.get(`${room}/tags`, { token })).text, /"__proto__":\{"order":1\}/)
  for (const body of [{ order: 1.5 }, { order: -0.1 }]) t.match(await set('x', body), refused(400, 'M_INVALID_PARAM'))
  t.match(await set('x', { order: '1' }), { status: 400 })
  t.match(await set('x'.repeat(256), {}), refused(400, 'M_INVALID_PARAM'))
  await api.delete(`${room}/tags/__proto__`, { token })
  t.equal((await api.delete(`${room}/tags/never`, { token })).status, 200)
  t.same((await api.get(`${room}/tags`, { token })).body, { tags: { 'm.favourite': { order: 0.5 }, 'u.über': {} } })
  t.same((await api.get(`${room}/account_data/m.tag`, { token })).body, { tags: { 'm.favourite': { order: 0.5 }, 'u.über': {} } })
})

// Operations: defineFilter, getFilter.
t.test('Filters are kept under numbers, and what is none is refused', async (t) => {
  const define = (body: unknown) => api.post(`${mine}/filter`, { token, body })
  const filter = { room: { timeline: { limit: 10, types: ['m.room.*'], not_senders: [bob.userId] } }, event_fields: ['content.body'] }
  const defined = await define(filter)
  const id = defined.body['filter_id'] as string
  t.match(id, /^\d+$/)
  t.equal((await define(filter)).body['filter_id'], id)
  t.not((await define({})).body['filter_id'], id)
  t.same((await api.get(`${mine}/filter/${id}`, { token })).body, filter)
  for (const unknown of ['999', 'x', '%7B']) t.equal((await api.get(`${mine}/filter/${unknown}`, { token })).status, 404)
  t.equal((await api.get(`${mine}/filter/${id}`, { token: bob.token })).status, 403)
  const malformed: readonly unknown[] = [
    { event_fields: 'x' }, { event_fields: [5] }, { event_format: 'other' }, { presence: 'x' }, { presence: { senders: ['not a user'] } },
    { presence: { types: 'x' } }, { account_data: { limit: 'x' } }, { room: [] }, { room: { rooms: ['not a room'] } },
    { room: { not_rooms: 'x' } },
    { room: { include_leave: 'x' } }, { room: { timeline: 'x' } }, { room: { timeline: { limit: -1 } } },
    { room: { state: { lazy_load_members: 'x' } } },
    { room: { state: { not_senders: [''] } } }, { room: { ephemeral: { rooms: [5] } } }, { room: { account_data: { contains_url: 1 } } },
  ]
  for (const body of malformed) t.match(await define(body), refused(400, 'M_BAD_JSON'), JSON.stringify(body))
})

// Operations: getPushRules, getPushRulesGlobal, getPushRule, setPushRule, deletePushRule, isPushRuleEnabled,
// setPushRuleEnabled, getPushRuleActions, setPushRuleActions.
t.test('Push rules: those of the server first, those of the user as they are put', async (t) => {
  const all = await api.get(`${V3}/pushrules/`, { token })
  const override = [{ rule_id: '.m.rule.master', enabled: false }]
  t.match(all.body, { global: { override, content: [], room: [], sender: [], underride: Array } })
  t.same((await api.get(`${rules}/`, { token })).body, all.body['global'])
  const put = (path: string, body: unknown) => api.put(`${rules}/${path}`, { token, body })
  t.equal((await put('content/cake', { pattern: 'cake*lie', actions: ['notify', 'dont_notify'] })).status, 200)
  t.equal((await put('content/tea', { pattern: 'tea', actions: [] })).status, 200)
  t.equal((await put('content/milk?after=cake', { pattern: 'milk', actions: [] })).status, 200)
  const content = async () => (await api.get(`${rules}/`, { token })).body['content'].map((rule: { rule_id: string }) => rule.rule_id)
  t.same(await content(), ['tea', 'cake', 'milk'])
  await put('content/milk?before=tea', { pattern: 'milk', actions: [] })
  t.same(await content(), ['milk', 'tea', 'cake'])
  t.same((await api.get(`${rules}/content/cake`, { token })).body, {
    rule_id: 'cake', default: false, enabled: true, pattern: 'cake*lie', actions: ['notify', 'dont_notify'],
  })
  await put('content/cake/enabled', { enabled: false })
  await put('content/cake/actions', { actions: ['notify', { set_tweak: 'highlight' }] })
  t.same((await api.get(`${rules}/content/cake/enabled`, { token })).body, { enabled: false })
  t.same((await api.get(`${rules}/content/cake/actions`, { token })).body, { actions: ['notify', { set_tweak: 'highlight' }] })
  await put('override/.m.rule.master/enabled', { enabled: true })
  t.same((await api.get(`${rules}/override/.m.rule.master/enabled`, { token })).body, { enabled: true })
  t.ok((await services.pushRules.rulesOf(userNumber)).pos > 0)
  t.equal((await api.delete(`${rules}/content/cake`, { token })).status, 200)
  const cases: readonly [string, string, unknown, number, string][] = [
    ['PUT', 'content/.mine', { pattern: 'x', actions: [] }, 400, 'M_INVALID_PARAM'],
    ['PUT', 'content/a%2Fb', { pattern: 'x', actions: [] }, 400, 'M_INVALID_PARAM'],
    ['PUT', 'content/x', { actions: [] }, 400, 'M_MISSING_PARAM'],
    ['PUT', 'content/x', { pattern: 'x' }, 400, 'M_MISSING_PARAM'],
    ['PUT', 'content/x?before=nobody', { pattern: 'x', actions: [] }, 400, 'M_UNKNOWN'],
    ['PUT', 'wrong/x', { actions: [] }, 400, 'M_INVALID_PARAM'],
    ['PUT', 'content/nobody/enabled', { enabled: true }, 404, 'M_NOT_FOUND'],
    ['PUT', 'content/tea/actions', { actions: [5] }, 400, 'M_BAD_JSON'],
    ['GET', 'content/cake', undefined, 404, 'M_NOT_FOUND'],
    ['DELETE', 'content/cake', undefined, 404, 'M_NOT_FOUND'],
    ['DELETE', 'override/.m.rule.master', undefined, 400, 'M_INVALID_PARAM'],
  ]
  for (const [method, path, body, status, errcode] of cases) {
    t.match(await api.ask(method, `${rules}/${path}`, { token, body }), refused(status, errcode), path)
  }
})

// Operations: getPresence, setPresence.
t.test('Presence: what devices say, idleness, and going', async (t) => {
  const { presence } = services
  const bobNumber = (await services.accounts.find(bob.userId))?.user ?? 0
  const set = (asker: string, body: object) => api.put(`${V3}/presence/${bob.userId}/status`, { token: asker, body })
  const of = async (userId: string, asker = token) => (await api.get(`${V3}/presence/${userId}/status`, { token: asker })).body
  const changed: number[] = []
  presence.listen((user) => changed.push(user))
  t.match(await of(bob.userId), { presence: 'offline' })
  presence.sawUser(bobNumber, bob.deviceId, 'online', 30_000)
  t.match(await of(bob.userId), { presence: 'online', currently_active: true, last_active_ago: 0 })
  presence.sawUser(bobNumber, bob.deviceId, 'offline')
  t.match(await of(bob.userId), { presence: 'online' }, 'a sync that wants to stay unseen tells nothing')
  for (let at = 0; at < 11; at++) {
    server.clock.advance(30_000)
    presence.sawUser(bobNumber, bob.deviceId, 'online', 30_000)
  }
  t.match(await of(bob.userId), { presence: 'unavailable', last_active_ago: 330_000 }, 'no activity for five minutes')
  presence.sawActivity(bobNumber)
  t.match(await of(bob.userId), { presence: 'online' })
  t.equal((await set(bob.token, { presence: 'unavailable', status_msg: 'tea' })).status, 200)
  t.match(await of(bob.userId), { presence: 'unavailable', status_msg: 'tea' })
  server.clock.advance(61_000)
  t.match(await of(bob.userId), { presence: 'offline', status_msg: 'tea' })
  t.same(presence.changedSince(0), [bobNumber])
  t.ok(changed.length >= 5 && changed.every((user) => user === bobNumber))
  await presence.flush()
  t.match(await of(bob.userId), { presence: 'offline', status_msg: 'tea' }, 'from the database')
  presence.sawUser(bobNumber, bob.deviceId, 'online')
  t.match(await of(bob.userId), { presence: 'online', status_msg: 'tea' })
  t.match(await set(token, { presence: 'online' }), refused(403, 'M_FORBIDDEN'))
  t.match(await set(bob.token, { presence: 'busy' }), refused(400, 'M_BAD_JSON'))
  const stranger = await server.register('stranger')
  t.match(await api.get(`${V3}/presence/${bob.userId}/status`, { token: stranger.token }), refused(403, 'M_FORBIDDEN'))
})

// Operations: requestOpenIdToken.
t.test('An OpenID token tells who somebody is, for an hour, and opens nothing', async (t) => {
  const got = await api.post(`${mine}/openid/request_token`, { token, body: {} })
  t.match(got, { status: 200, body: { token_type: 'Bearer', matrix_server_name: 'localhost', expires_in: 3600 } })
  const openIdToken = got.body['access_token'] as string
  t.equal(await services.openIdTokens.findOpenIdUser(openIdToken), alice.userId)
  t.equal((await api.get(`${V3}/account/whoami`, { token: openIdToken })).status, 401)
  server.clock.advance(3_600_000)
  t.equal(await services.openIdTokens.findOpenIdUser(openIdToken), undefined)
  t.equal((await api.post(`${mine}/openid/request_token`, { token: bob.token, body: {} })).status, 403)
})

// Operations: reportUser.
t.test('Users can be reported, whether they exist or not', async (t) => {
  for (const userId of [bob.userId, '@nobody:elsewhere.example']) {
    t.same((await api.post(`${V3}/users/${userId}/report`, { token, body: { reason: 'Spam' } })).body, {})
  }
  t.match(await api.post(`${V3}/users/${bob.userId}/report`, { token, body: { reason: 5 } }), refused(400, 'M_BAD_JSON'))
  t.equal((await api.post(`${V3}/users/${bob.userId}/report`, { token, body: { reason: 'x'.repeat(10_001) } })).status, 400)
})

t.test('No secret and no credential is in the database (A41)', async (t) => {
  const { Client } = (await import('pg')).default
  const client = new Client({ ...server.connection })
  await client.connect()
  const auth = { type: 'm.login.password', password: 'no canary' }
  await api.post(`${V3}/account/password`, { token, body: { new_password: 'a canary of a password', auth } })
  const tables = await client.query<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public'")
  for (const { name } of tables.rows) {
    const text = `select count(*)::int as count from "${name}" as row where row::text like any($1)`
    const found = await client.query<{ count: number }>(text, [
      ['%a canary of a password%', '%no canary%', `%${token}%`, `%${Buffer.from(token).toString('hex')}%`],
    ])
    t.equal(found.rows[0]?.count, 0, name)
  }
  await client.end()
})
