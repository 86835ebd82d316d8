import { createHmac } from 'node:crypto'
import t from 'tap'
import { V3 } from '../support/api.ts'
import { refused } from '../support/refusal.ts'
import { createTestServer, PASSWORD, type TestUser } from '../support/server.ts'

const SECRET = 'a secret of the operator'
const POLICIES = [{ id: 'privacy', version: '1.2', language: 'en', name: 'Privacy', url: 'https://x.example/p' }]
const registration = { enabled: true, tokensRequired: false, guests: true, sharedSecret: SECRET, policies: [] }
const server = await createTestServer(t, { registration })
const { api, clock } = server
const login = (user: string, password = PASSWORD, more: object = {}) =>
  api.post(`${V3}/login`, { body: { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password, ...more } })
const whoami = (token: string) => api.get(`${V3}/account/whoami`, { token })
const passwordAuth = (user: TestUser, session: string, password = PASSWORD) =>
  ({ type: 'm.login.password', session, identifier: { type: 'm.id.user', user: user.userId }, password })

// Operations: register, checkUsernameAvailability.
t.test('An account is made by the flow, and the same request tells what is missing', async (t) => {
  const asked = await api.post(`${V3}/register`, { body: { username: 'Asker', password: PASSWORD } })
  t.equal(asked.status, 401)
  t.same(asked.body['flows'], [{ stages: ['m.login.dummy'] }])
  t.same([asked.body['completed'], asked.body['params'], asked.body['errcode']], [[], {}, undefined])
  const made = await api.post(`${V3}/register`, {
    body: { username: 'Asker', password: PASSWORD, device_id: 'PHONE', auth: { type: 'm.login.dummy', session: asked.body['session'] } },
  })
  t.match(made, {
    status: 200, body: { user_id: '@asker:localhost', device_id: 'PHONE', home_server: 'localhost', access_token: /^hearth_.{43}$/ },
  })
  t.match((await whoami(made.body['access_token'])).body, { user_id: '@asker:localhost', device_id: 'PHONE', is_guest: false })
  t.match(await api.post(`${V3}/register`, { body: { username: 'asker', password: PASSWORD } }), refused(400, 'M_USER_IN_USE'))
  t.match(await api.get(`${V3}/register/available?username=asker`), refused(400, 'M_USER_IN_USE'))
  t.match(await api.get(`${V3}/register/available?username=nobody`), { status: 200, body: { available: true } })
  const quiet = await api.post(`${V3}/register`, {
    body: { username: 'quiet', password: PASSWORD, inhibit_login: true, auth: { type: 'm.login.dummy' } },
  })
  t.same(quiet.body, { user_id: '@quiet:localhost', home_server: 'localhost' })
})

t.test('What cannot be registered is refused before anybody authenticates', async (t) => {
  const cases: readonly [string, object, number, string][] = [
    ['an exclamation mark', { username: 'A!', password: 'x' }, 400, 'M_INVALID_USERNAME'],
    ['a space', { username: 'a b', password: 'x' }, 400, 'M_INVALID_USERNAME'],
    ['an emoji', { username: '🐈', password: 'x' }, 400, 'M_INVALID_USERNAME'],
    ['nothing', { username: '', password: 'x' }, 400, 'M_INVALID_USERNAME'],
    ['too much', { username: 'a'.repeat(250), password: 'x' }, 400, 'M_INVALID_USERNAME'],
    ['a long device id', { username: 'b', password: 'x', device_id: 'x'.repeat(513) }, 400, 'M_INVALID_PARAM'],
    ['an empty password', { username: 'b', password: '' }, 400, 'M_WEAK_PASSWORD'],
    ['a long password', { username: 'b', password: 'x'.repeat(60_000) }, 400, 'M_INVALID_PARAM'],
    ['no password', { username: 'b', auth: { type: 'm.login.dummy' } }, 400, 'M_MISSING_PARAM'],
    ['a wrong type', { username: 5, password: 'x' }, 400, 'M_BAD_JSON'],
    ['a stage that is not asked for', { username: 'b', password: 'x', auth: { type: 'm.login.captcha' } }, 401, 'M_UNRECOGNIZED'],
    ['a session that is not known', { username: 'b', auth: { type: 'm.login.dummy', session: 'nope' } }, 401, 'M_FORBIDDEN'],
  ]
  for (const [name, body, status, errcode] of cases) t.match(await api.post(`${V3}/register`, { body }), refused(status, errcode), name)
})

// Operations: registrationTokenValidity.
t.test('A registration token and terms are stages, and one use makes one account', async (t) => {
  const strict = await createTestServer(t, { registration: { ...registration, tokensRequired: true, policies: POLICIES } })
  await strict.services.registration.createToken({ token: 'once', usesAllowed: 1, expiresAt: null })
  const validity = '/_matrix/client/v1/register/m.login.registration_token/validity'
  const isGood = async () => (await strict.api.get(`${validity}?token=once`)).body['valid']
  t.equal(await isGood(), true)
  const ask = (auth?: object) => strict.api.post(`${V3}/register`, { body: { username: 'ann', password: PASSWORD, auth } })
  const asked = await ask()
  t.same(asked.body['flows'], [{ stages: ['m.login.registration_token', 'm.login.terms'] }])
  const privacy = { version: '1.2', en: { name: 'Privacy', url: 'https://x.example/p' } }
  t.same(asked.body['params'], { 'm.login.terms': { policies: { privacy } } })
  const { session } = asked.body
  const bring = (token: string) => ask({ type: 'm.login.registration_token', token, session })
  t.match(await bring('wrong'), { status: 401, body: { errcode: 'M_UNAUTHORIZED', completed: [] } })
  t.match(await bring('once'), { status: 401, body: { completed: ['m.login.registration_token'] } })
  t.equal(await isGood(), false, 'the use is held for the session')
  strict.clock.advance(16 * 60_000)
  const again = await ask()
  t.equal(await isGood(), true, 'and free again when the session has run out')
  await ask({ type: 'm.login.registration_token', token: 'once', session: again.body['session'] })
  const made = await ask({ type: 'm.login.terms', session: again.body['session'] })
  t.match(made, { status: 200, body: { user_id: '@ann:localhost' } })
  t.equal(await isGood(), false)
})

t.test('Closed registration, guests, and an unknown kind', async (t) => {
  const closed = await createTestServer(t, { registration: { ...registration, enabled: false, guests: false, sharedSecret: undefined } })
  t.match(await closed.api.post(`${V3}/register`, { body: {} }), refused(403, 'M_FORBIDDEN'))
  t.match(await closed.api.post(`${V3}/register?kind=guest`, { body: {} }), refused(403, 'M_FORBIDDEN'))
  t.match(await closed.api.get('/_synapse/admin/v1/register'), refused(400, 'M_UNKNOWN'))
  const guest = await api.post(`${V3}/register?kind=guest`, { body: { username: 'ignored', device_id: 'IGNORED' } })
  t.equal(guest.status, 200)
  t.notOk(guest.text.includes('gnored'.toUpperCase()) || guest.text.includes('ignored'))
  const token = guest.body['access_token'] as string
  const userId = guest.body['user_id'] as string
  t.match((await whoami(token)).body, { is_guest: true })
  t.match(await api.post(`${V3}/delete_devices`, { token, body: { devices: [] } }), refused(403, 'M_GUEST_ACCESS_FORBIDDEN'))
  const set = (key: string, value: string) => api.put(`${V3}/profile/${userId}/${key}`, { token, body: { [key]: value } })
  t.match(await set('displayname', 'G'), { status: 200 })
  t.match(await set('avatar_url', 'mxc://a/b'), refused(403, 'M_GUEST_ACCESS_FORBIDDEN'))
  t.match(await api.post(`${V3}/register?kind=robot`, { body: {} }), refused(400, 'M_INVALID_PARAM'))
})

// Operations: getSharedSecretNonce, registerWithSharedSecret.
t.test('Scripts register with the shared secret as with Synapse', async (t) => {
  const register = async (more: object, sign = SECRET) => {
    const nonce = (await api.get('/_synapse/admin/v1/register')).body['nonce'] as string
    const body = { nonce, username: 'made', password: 'pw', admin: true, ...more }
    const parts = [body.nonce, body.username, body.password, body.admin ? 'admin' : 'notadmin']
    const mac = createHmac('sha1', sign).update(parts.join('\0')).digest('hex')
    return { body, mac, answer: await api.post('/_synapse/admin/v1/register', { body: { ...body, mac } }) }
  }
  t.match((await register({}, 'another')).answer, refused(403, 'M_FORBIDDEN'))
  const { body, mac, answer } = await register({})
  t.match(answer, { status: 200, body: { user_id: '@made:localhost', access_token: String, device_id: String } })
  t.match(await api.post('/_synapse/admin/v1/register', { body: { ...body, mac } }), refused(400, 'M_UNKNOWN'), 'a nonce is good once')
  t.equal((await server.services.accounts.find('@made:localhost'))?.isAdmin, true)
  t.equal((await login('made', 'pw')).status, 200)
})

// Operations: login, getLoginFlows.
t.test('Login by password, in each way and in none', async (t) => {
  const bob = await server.register('bob')
  t.same((await api.get(`${V3}/login`)).body, { flows: [{ type: 'm.login.password' }, { type: 'm.login.token', get_login_token: true }] })
  for (const name of ['bob', 'BOB', '@bob:localhost', '@BOB:localhost']) t.match(
    await login(name), { status: 200, body: { user_id: bob.userId } }, name,
  )
  const legacy = await api.post(`${V3}/login`, { body: { type: 'm.login.password', user: 'bob', password: PASSWORD } })
  t.equal(legacy.status, 200)
  const wrong = await login('bob', 'wrong')
  t.match(wrong, refused(403, 'M_FORBIDDEN'))
  for (const name of ['nobody', '@bob:elsewhere.example', '!', '']) t.same((await login(name)).text, wrong.text, `${name} alike`)
  const cases: readonly [object, number, string][] = [
    [{ type: 'm.login.password', identifier: { type: 'm.id.thirdparty', address: 'a@b.c' }, password: 'x' }, 403, 'M_FORBIDDEN'],
    [{ type: 'm.login.password', medium: 'email', address: 'a@b.c', password: 'x' }, 403, 'M_FORBIDDEN'],
    [{ type: 'm.login.password', identifier: { type: 'm.id.unknown' }, password: 'x' }, 400, 'M_UNKNOWN'],
    [{ type: 'm.login.password', password: 'x' }, 400, 'M_MISSING_PARAM'],
    [{ type: 'm.login.password', user: 'bob' }, 400, 'M_MISSING_PARAM'],
    [{ type: 'm.login.password', user: 'bob', password: 'x'.repeat(513) }, 400, 'M_INVALID_PARAM'],
    [{ type: 'm.login.password', user: 'bob', password: PASSWORD, device_id: 'x'.repeat(513) }, 400, 'M_INVALID_PARAM'],
    [{ type: 'm.login.magic' }, 400, 'M_UNKNOWN'],
    [{}, 400, 'M_MISSING_PARAM'],
  ]
  for (const [body, status, errcode] of cases) {
    t.match(await api.post(`${V3}/login`, { body }), refused(status, errcode), JSON.stringify(body).slice(0, 90))
  }
})

// Operations: getDevices, getDevice, updateDevice.
t.test('A device that logs in again keeps its name and loses its old tokens', async (t) => {
  await server.register('carl')
  const first = await login('carl', PASSWORD, { device_id: 'D1', initial_device_display_name: 'First' })
  const second = await login('carl', PASSWORD, { device_id: 'D1', initial_device_display_name: 'Second' })
  t.match(await whoami(first.body['access_token']), { status: 401, body: { errcode: 'M_UNKNOWN_TOKEN', soft_logout: false } })
  const token = second.body['access_token'] as string
  t.match(await api.get(`${V3}/devices/D1`, { token }), { status: 200, body: { device_id: 'D1', display_name: 'First' } })
  t.match(await api.put(`${V3}/devices/D1`, { token, body: { display_name: 'Renamed' } }), { status: 200 })
  t.match(await api.put(`${V3}/devices/D1`, { token, body: { display_name: 'x'.repeat(101) } }), refused(400, 'M_INVALID_PARAM'))
  t.match(await api.put(`${V3}/devices/NONE`, { token, body: { display_name: 'x' } }), refused(404, 'M_NOT_FOUND'))
  t.match(await api.put(`${V3}/devices/NONE`, { token, body: {} }), refused(404, 'M_NOT_FOUND'))
  clock.advance(11_000)
  await server.services.sightings.flush()
  const { body } = await api.get(`${V3}/devices`, { token })
  const devices = body['devices'] as { device_id: string }[]
  t.equal(devices.length, 2)
  const renamed = devices.find((device) => device.device_id === 'D1')
  t.match(renamed, { display_name: 'Renamed', last_seen_ip: '127.0.0.1', last_seen_ts: Number })
})

// Operations: deleteDevice, deleteDevices.
t.test('Devices are deleted after the password, which counts for this and for this user only', async (t) => {
  const dora = await server.register('dora')
  const other = await login('dora', PASSWORD, { device_id: 'OTHER' })
  const ask = (auth?: object) => api.delete(`${V3}/devices/OTHER`, { token: dora.token, body: auth === undefined ? undefined : { auth } })
  const deleteMany = (user: TestUser, devices: readonly string[], auth?: object) =>
    api.post(`${V3}/delete_devices`, { token: user.token, body: { devices, auth } })
  const asked = await ask()
  t.match(asked, { status: 401, body: { flows: [{ stages: ['m.login.password'] }] } })
  const session = asked.body['session'] as string
  t.match(await ask(passwordAuth(dora, session, 'wrong')), { status: 401, body: { errcode: 'M_FORBIDDEN', session } })
  const eve = await server.register('eve')
  t.match(await ask(passwordAuth(eve, session)), refused(403, 'M_FORBIDDEN'), 'the name and password of another')
  const stolen = await deleteMany(dora, ['OTHER'], passwordAuth(dora, session))
  t.match(stolen, refused(401, 'M_FORBIDDEN'), 'a session of another operation')
  t.match(await ask(passwordAuth(dora, session)), { status: 200 })
  t.equal((await whoami(other.body['access_token'])).status, 401)
  t.match(await ask(passwordAuth(dora, session)), { status: 401 }, 'a session is good once')
  const many = await deleteMany(dora, [dora.deviceId, 'NONE'], { type: 'm.login.password', password: PASSWORD })
  t.equal(many.status, 200, 'a stage may come with the first request')
  t.equal((await whoami(dora.token)).status, 401)
  const expired = await server.register('flo')
  const late = await deleteMany(expired, [])
  clock.advance(15 * 60_000)
  t.match(await deleteMany(expired, [], passwordAuth(expired, late.body['session'])), { status: 401 })
})

// Operations: refresh.
t.test('A refresh token is good until its successor is used; after that it gives a theft away', async (t) => {
  await server.register('gus')
  const refresh = (token: string) => api.post(`${V3}/refresh`, { body: { refresh_token: token } })
  const opened = await login('gus', PASSWORD, { refresh_token: true, device_id: 'R' })
  t.match(opened.body, { refresh_token: /^hearth_refresh_/, expires_in_ms: 300_000 })
  const first = opened.body as { access_token: string, refresh_token: string }
  clock.advance(300_000)
  t.match(await whoami(first.access_token), { status: 401, body: { errcode: 'M_UNKNOWN_TOKEN', soft_logout: true } })
  const lost = await refresh(first.refresh_token)
  const kept = await refresh(first.refresh_token)
  t.same([lost.status, kept.status], [200, 200], 'a retry is answered')
  t.equal((await whoami(kept.body['access_token'])).status, 200)
  t.equal((await whoami(lost.body['access_token'])).status, 401, 'what else came of it is void')
  const next = await refresh(kept.body['refresh_token'])
  t.equal(next.status, 200)
  t.match(await refresh(first.refresh_token), refused(401, 'M_UNKNOWN_TOKEN'))
  t.equal((await whoami(next.body['access_token'])).status, 401, 'the session has ended')
  t.match(await refresh(next.body['refresh_token']), { status: 401 })
  t.match(await refresh('nonsense'), refused(401, 'M_UNKNOWN_TOKEN'))
})

// Operations: generateLoginToken.
t.test('A login token logs in one more device, once', async (t) => {
  const hal = await server.register('hal')
  const get = (auth?: object) => api.post('/_matrix/client/v1/login/get_token', { token: hal.token, body: { auth } })
  const asked = await get()
  const got = await get(passwordAuth(hal, asked.body['session']))
  t.match(got, { status: 200, body: { login_token: String, expires_in_ms: 120_000 } })
  t.equal((await get({ session: asked.body['session'] })).status, 401, 'each token wants the password again')
  const use = (token: string) => api.post(`${V3}/login`, { body: { type: 'm.login.token', token } })
  t.match(await use(got.body['login_token']), { status: 200, body: { user_id: hal.userId } })
  t.match(await use(got.body['login_token']), refused(403, 'M_FORBIDDEN'))
  const late = (await get({ type: 'm.login.password', password: PASSWORD })).body['login_token'] as string
  clock.advance(120_000)
  t.match(await use(late), refused(403, 'M_FORBIDDEN'))
})

// Operations: logout, logout_all, getTokenOwner.
t.test('Logging out ends the session, or all of them', async (t) => {
  const ida = await server.register('ida')
  const second = (await login('ida')).body['access_token'] as string
  const third = (await login('ida')).body['access_token'] as string
  t.equal((await api.post(`${V3}/logout`, { token: second })).status, 200)
  t.equal((await whoami(second)).status, 401)
  t.equal((await whoami(third)).status, 200)
  t.equal((await api.get(`${V3}/devices`, { token: third })).body['devices'].length, 2)
  await api.post(`${V3}/logout/all`, { token: third })
  t.same([(await whoami(third)).status, (await whoami(ida.token)).status], [401, 401])
  t.match(await api.get(`${V3}/account/whoami`), refused(401, 'M_MISSING_TOKEN'))
})

// Operations: changePassword.
t.test('A new password ends the other sessions, unless asked not to', async (t) => {
  const jo = await server.register('jo')
  const other = (await login('jo')).body['access_token'] as string
  const change = (newPassword: string, more: object, auth?: object) =>
    api.post(`${V3}/account/password`, { token: jo.token, body: { new_password: newPassword, auth, ...more } })
  const auth = { type: 'm.login.password', password: PASSWORD }
  t.match(await change('', {}, auth), refused(400, 'M_WEAK_PASSWORD'))
  t.match(await api.post(`${V3}/account/password`, { body: { new_password: 'x' } }), refused(401, 'M_MISSING_TOKEN'))
  t.equal((await change('second', { logout_devices: false }, auth)).status, 200)
  t.equal((await whoami(other)).status, 200)
  t.equal((await change('third', {}, { ...auth, password: 'second' })).status, 200)
  t.same([(await whoami(other)).status, (await whoami(jo.token)).status], [401, 200])
  t.same([(await login('jo', 'second')).status, (await login('jo', 'third')).status], [403, 200])
})

t.test('A locked account can only log out; its sessions outlive the lock', async (t) => {
  const { accounts } = server.services
  const kay = await server.register('kay')
  const user = (await accounts.find(kay.userId))?.user ?? 0
  await whoami(kay.token)
  await accounts.setFlags(user, { locked: true })
  t.match(await whoami(kay.token), { status: 401, body: { errcode: 'M_USER_LOCKED', soft_logout: true } })
  t.match(await login('kay'), refused(401, 'M_USER_LOCKED'))
  await accounts.setFlags(user, { locked: false, suspended: true })
  t.equal((await whoami(kay.token)).status, 200)
  const named = await api.put(`${V3}/profile/${kay.userId}/displayname`, { token: kay.token, body: { displayname: 'K' } })
  t.match(named, refused(403, 'M_USER_SUSPENDED'))
  await accounts.setFlags(user, { suspended: false, locked: true })
  t.equal((await api.post(`${V3}/logout`, { token: kay.token })).status, 200)
})

// Operations: deactivateAccount.
t.test('A closed account stays closed, and its name is nobody\'s (A40)', async (t) => {
  const lea = await server.register('lea')
  const room = await api.post(`${V3}/createRoom`, { token: lea.token, body: {} })
  t.equal(room.status, 200)
  const refreshable = await login('lea', PASSWORD, { refresh_token: true })
  const ask = (auth?: object) => api.post(`${V3}/account/deactivate`, { token: lea.token, body: { erase: true, auth } })
  const asked = await ask()
  t.match(await ask(passwordAuth(lea, asked.body['session'])), { status: 200, body: { id_server_unbind_result: 'success' } })
  t.match(await whoami(lea.token), refused(401, 'M_UNKNOWN_TOKEN'))
  t.match(await login('lea'), refused(403, 'M_USER_DEACTIVATED'))
  t.equal((await api.post(`${V3}/refresh`, { body: { refresh_token: refreshable.body['refresh_token'] } })).status, 401)
  t.match(await api.post(`${V3}/register`, { body: { username: 'lea', password: 'x' } }), refused(400, 'M_USER_IN_USE'))
  const account = await server.services.accounts.find(lea.userId)
  t.match(account, { password: null, erased: true, deactivatedAt: Number })
  const rooms = await server.services.members.roomsOf(account?.user ?? 0)
  t.same([...rooms.values()].map(({ membership }) => membership), ['leave'])
  t.equal((await api.get(`${V3}/profile/${lea.userId}`)).status, 404)
})

t.test('The link of the first start makes one administrator', async (t) => {
  const fresh = await createTestServer(t)
  const token = new URL(fresh.server.setupUrl ?? '').searchParams.get('token') ?? ''
  const { setupLinks, accounts } = fresh.services
  t.match(await setupLinks.create('wrong', { localpart: 'root', password: 'pw' }), { ok: false })
  t.match(await setupLinks.create(token, { localpart: 'R!', password: 'pw' }), { ok: false, message: String })
  t.match(await setupLinks.create(token, { localpart: 'root', password: '' }), { ok: false })
  const outcomes = await Promise.all(['root', 'toor'].map((localpart) => setupLinks.create(token, { localpart, password: 'pw' })))
  t.equal(outcomes.filter(({ ok }) => ok).length, 1)
  t.equal(await accounts.hasAdmin(), true)
  t.equal(await setupLinks.createIfNeeded(), undefined)
})

t.test('Logins are counted by account, and failures more strictly', async (t) => {
  const { trialConfig } = await import('../../src/config/trial-config.ts')
  const { rateLimits } = trialConfig('.')
  const strict = await createTestServer(t, {
    rateLimits: {
      ...rateLimits, enabled: true, loginAddress: { perSecond: 100, burst: 100 },
      loginAccount: { perSecond: 1, burst: 6 }, loginFailed: { perSecond: 0.1, burst: 3 },
    },
  })
  await strict.register('max')
  const log = (password: string, user = 'max') => strict.api.post(`${V3}/login`, { body: { type: 'm.login.password', user, password } })
  for (let at = 0; at < 3; at++) t.equal((await log('wrong')).status, 403)
  const limited = await log(PASSWORD)
  t.match(limited, { status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: Number } })
  t.ok(limited.headers.get('retry-after'))
  strict.clock.advance(10_000)
  t.equal((await log(PASSWORD)).status, 200)
  for (let at = 0; at < 5; at++) await log(PASSWORD)
  t.equal((await log(PASSWORD)).status, 429)
})

t.test('What is asked twice at once happens once', async (t) => {
  const nia = await server.register('nia')
  const twice = <T>(run: () => Promise<T>) => Promise.all([run(), run()])
  const body = { username: 'twin', password: PASSWORD, auth: { type: 'm.login.dummy' } }
  const made = await twice(() => api.post(`${V3}/register`, { body }))
  t.same(made.map(({ status }) => status).sort(), [200, 400])
  const auth = { type: 'm.login.password', password: PASSWORD }
  const { login_token: token } = (await api.post('/_matrix/client/v1/login/get_token', { token: nia.token, body: { auth } })).body
  const used = await twice(() => api.post(`${V3}/login`, { body: { type: 'm.login.token', token } }))
  t.same(used.map(({ status }) => status).sort(), [200, 403])
  const { session } = (await api.post('/_matrix/client/v1/login/get_token', { token: nia.token, body: {} })).body
  const got = await twice(() =>
    api.post('/_matrix/client/v1/login/get_token', { token: nia.token, body: { auth: passwordAuth(nia, session) } }))
  t.same(got.map(({ status }) => status).sort(), [200, 401])
})

t.test('A NUL is never looked up in the database', async (t) => {
  const olga = await server.register('olga')
  const auth = { type: 'm.login.password', password: PASSWORD }
  const asked: readonly [string, object, number][] = [
    [`${V3}/delete_devices`, { devices: ['a\0b'], auth }, 200],
    [`${V3}/delete_devices`, { devices: [], auth: { ...auth, session: 'x\0'.repeat(12) } }, 401],
    [`${V3}/login`, { type: 'm.login.password', user: 'a\0b', password: 'x' }, 403],
    [`${V3}/login`, { type: 'm.login.password', user: 'olga', password: 'x\0y' }, 403],
    [`${V3}/login`, { type: 'm.login.token', token: 'a\0b' }, 403],
    [`${V3}/refresh`, { refresh_token: 'a\0b' }, 401],
    [`${V3}/register`, { username: 'a\0b', password: 'x' }, 400],
    [`${V3}/users/@a:b/report`, { reason: 'a\0b' }, 200],
  ]
  for (const [path, body, status] of asked) t.equal(
    (await api.post(path, { token: olga.token, body })).status, status, JSON.stringify(body),
  )
  const named = await login('olga', PASSWORD, { initial_device_display_name: 'a\0b' })
  t.equal(named.status, 200)
})
