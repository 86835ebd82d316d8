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
