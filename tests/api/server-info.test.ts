import t from 'tap'
import { isJsonObject } from '../../src/matrix/json.ts'
import { verifyJson, verifyKeyFromBase64 } from '../../src/matrix/signing.ts'
import { servedVersions } from '../../src/spec/versions.ts'
import { unservedOperations } from '../../src/spec/unserved.ts'
import { createTestServer } from '../support/server.ts'

t.test('what the server says of itself', async (t) => {
  const server = await createTestServer(t)
  const { api, clock } = server
  const alice = await server.register('alice')

  await t.test('getVersions names what is served, with a token or without', async (t) => {
    for (const token of [undefined, alice.token]) {
      const { status, body } = await api.get('/_matrix/client/versions', { token })
      t.equal(status, 200)
      t.same(body.versions, servedVersions(unservedOperations.client))
      t.ok(Object.values(body.unstable_features).every((feature) => typeof feature === 'boolean'))
    }
    t.equal((await api.get('/_matrix/client/versions', { token: 'wrong' })).body.errcode, 'M_UNKNOWN_TOKEN')
  })

  await t.test('getWellknown and getWellKnown say where the server is', async (t) => {
    const { body } = await api.get('/.well-known/matrix/client')
    t.match(body['m.homeserver'].base_url, /^http:\/\/[^/]+$/)
    t.same(Object.keys(body), ['m.homeserver'])
    const { hostname, port } = new URL(body['m.homeserver'].base_url)
    t.same((await api.get('/.well-known/matrix/server')).body, { 'm.server': `${hostname}:${port}` })
  })

  await t.test('getCapabilities tells what a client may offer', async (t) => {
    t.equal((await api.get('/_matrix/client/v3/capabilities')).body.errcode, 'M_MISSING_TOKEN')
    const { body } = await api.get('/_matrix/client/v3/capabilities', { token: alice.token })
    t.same(body.capabilities['m.room_versions'], {
      default: '12', available: Object.fromEntries(Array.from({ length: 12 }, (_, index) => [index + 1, 'stable'])),
    })
    t.same(body.capabilities['m.change_password'], { enabled: true })
    t.same(body.capabilities['m.3pid_changes'], { enabled: false })
  })

  await t.test('getVersion and getServerVersion tell the build', async (t) => {
    t.same((await api.get('/_matrix/federation/v1/version')).body, { server: { name: 'Hearth', version: '0.0.0' } })
    t.same((await api.get('/_synapse/admin/v1/server_version')).body, { server_version: 'Hearth 0.0.0' })
  })

  await t.test('getServerKey gives keys that are signed with themselves', async (t) => {
    const { body } = await api.get('/_matrix/key/v2/server')
    t.equal(body.server_name, 'localhost')
    t.equal(body.valid_until_ts, clock.now() + 86_400_000)
    const [entry, ...others] = Object.entries<{ key: string }>(body.verify_keys)
    t.equal(others.length, 0)
    t.match(entry?.[0], /^ed25519:\w+$/)
    const key = verifyKeyFromBase64(entry?.[1].key ?? '')
    t.ok(isJsonObject(body) && verifyJson(body, 'localhost', (keyId) => keyId === entry?.[0] ? key : undefined))
  })

  await t.test('the page for people and the one-time link', async (t) => {
    t.match((await api.get('/')).text, 'Hearth runs for localhost')
    const { setupUrl } = server.server
    t.ok(setupUrl)
    const link = new URL(setupUrl ?? 'http://localhost/')
    const form = await api.get(link.pathname + link.search)
    t.equal(form.status, 200)
    const password = 'correct horse battery'
    const fields = { token: link.searchParams.get('token') ?? '', localpart: 'root', password, repeated: password }
    const done = await api.post(link.pathname, { body: new URLSearchParams(fields).toString() })
    t.match(done.text, '@root:localhost')
    const login = await api.post('/_matrix/client/v3/login', {
      body: { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'root' }, password },
    })
    t.equal(login.body.user_id, '@root:localhost')
    t.equal((await api.get(link.pathname + link.search)).status, 403, 'the link is used up')
  })
})

t.test('getWellknownSupport, getWellknownPolicy and getTurnServer tell what the operator wrote down, and nothing else', async (t) => {
  const bare = await createTestServer(t)
  const { token } = await bare.register('alice')
  const NOT_FOUND = { status: 404, body: { errcode: 'M_NOT_FOUND' } }
  for (const name of ['support', 'policy_server']) t.match(await bare.api.get(`/.well-known/matrix/${name}`), NOT_FOUND)
  const TURN = '/_matrix/client/v3/voip/turnServer'
  t.same((await bare.api.get(TURN, { token })).body, {}, 'as clients know it of a server without calls')
  t.equal((await bare.api.get(TURN)).body['errcode'], 'M_MISSING_TOKEN')

  const key = 'h35u9Eq+bfykJDzYYYF9SstD/vjBkASDFzLYTNvc4NU'
  const contacts = [
    { matrixId: '@admin:elsewhere.example', emailAddress: 'admin@example.org', role: 'm.role.admin' },
    { matrixId: undefined, emailAddress: 'safety@example.org', role: 'm.role.security' },
  ]
  const uris = ['turn:turn.example.org:3478?transport=udp', 'turns:turn.example.org?transport=tcp']
  const wellKnown = { serve: true, lookup: false, support: { contacts, supportPage: 'https://example.org/help' }, policyServerKey: key }
  const turn = { uris, sharedSecret: 'north', username: undefined, password: undefined, lifetimeMs: 3_600_000 }
  const full = await createTestServer(t, { wellKnown, turn })
  t.same((await full.api.get('/.well-known/matrix/support')).body, {
    contacts: [
      { matrix_id: '@admin:elsewhere.example', email_address: 'admin@example.org', role: 'm.role.admin' },
      { email_address: 'safety@example.org', role: 'm.role.security' },
    ],
    support_page: 'https://example.org/help',
  })
  t.same((await full.api.get('/.well-known/matrix/policy_server')).body, { public_keys: { ed25519: key } })
  const alice = await full.register('alice')
  // Worked out with another program, from the name and the secret.
  const password = '2lvP0QHIAf2nfzHREuzg3IhCCJQ='
  t.same((await full.api.get(TURN, { token: alice.token })).body, { username: '1700003600:@alice:localhost', password, uris, ttl: 3600 })
})

t.test('one name and password for all calls, and a server that says nothing of itself', async (t) => {
  const uris = ['turn:turn.example.org']
  const turn = { uris, sharedSecret: undefined, username: 'all', password: 'same', lifetimeMs: 90_000 }
  const support = { contacts: [], supportPage: 'https://example.org/help' }
  const { api, register } = await createTestServer(t, {
    turn, wellKnown: { serve: false, lookup: false, support, policyServerKey: 'h35u9Eq+bfykJDzYYYF9SstD/vjBkASDFzLYTNvc4NU' },
  })
  const { token } = await register('alice')
  t.same((await api.get('/_matrix/client/v3/voip/turnServer', { token })).body, { username: 'all', password: 'same', uris, ttl: 90 })
  for (const name of ['support', 'policy_server', 'client']) t.equal((await api.get(`/.well-known/matrix/${name}`)).status, 404)
})

t.test('rooms are encrypted by default where the operator wants it, and clients are told', async (t) => {
  const limits = { waitingMax: 1000, waitingMaxBytes: 2 ** 20, keptMs: 1000 }
  const clients = { default: true, forceDisable: false, secureBackupRequired: true }
  for (const [defaultForRooms, encrypted] of [['off', []], ['invite', ['private', 'trusted_private']],
    ['all', ['private', 'public', 'trusted_private']]] as const) {
    const { api, register } = await createTestServer(t, { encryption: { defaultForRooms, clients, toDevice: limits } })
    const { token } = await register('alice')
    const algorithmOf = async (wish: object): Promise<string | undefined> => {
      const { body: { room_id: room } } = await api.post('/_matrix/client/v3/createRoom', { token, body: wish })
      return (await api.get(`/_matrix/client/v3/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`, { token })).body['algorithm']
    }
    const { body: { unstable_features: features } } = await api.get('/_matrix/client/versions')
    for (const preset of ['private', 'public', 'trusted_private']) {
      const isEncrypted = encrypted.some((name) => name === preset)
      t.equal(await algorithmOf({ preset: `${preset}_chat` }), isEncrypted ? 'm.megolm.v1.aes-sha2' : undefined)
      t.equal(features[`io.element.e2ee_forced.${preset}`], isEncrypted)
    }
    t.equal(await algorithmOf({ creation_content: { type: 'm.space' } }), undefined, 'a space never is')
    const own = [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.own' } }]
    t.equal(await algorithmOf({ initial_state: own }), 'm.own', 'what a client asks for stands')
    t.same((await api.get('/.well-known/matrix/client')).body['io.element.e2ee'], { secure_backup_required: true })
  }
})
