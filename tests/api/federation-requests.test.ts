import './federation/certificates.ts'
import './federation/signatures.ts'
import './federation/test-command.ts'
import t from 'tap'
import { isJsonObject } from '../../src/matrix/json.ts'
import { signJson, verifyJson, verifyKeyFromBase64 } from '../../src/matrix/signing.ts'
import { Destinations } from '../../src/remote/destinations.ts'
import { openDatabase } from '../../src/store/database.ts'
import { DAY_MS, HOUR_MS } from '../../src/util/durations.ts'
import { silentLog } from '../../src/util/log.ts'
import { systemRandom } from '../../src/util/random.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { createFederatedServer } from '../support/federated-server.ts'
import { newSigningKey, ScriptedPeer, TEST_CA_FILE } from '../support/peers.ts'
import { createTestServer } from '../support/server.ts'
import { TestNetwork } from '../support/test-network.ts'

const federation = {
  enabled: true, caFile: TEST_CA_FILE, verifyTls: true, allowPrivateAddresses: false, trustedKeyServers: [] as string[], publicRooms: true,
  domainAllowlist: undefined, oldVerifyKeys: [], shareDeviceNames: true,
}

type Test = Parameters<typeof createTestServer>[0]

/** Lets time pass, and connections that were kept too long notice it. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  clock.advance(ms)
  await new Promise((resolve) => setTimeout(resolve, 20))
}

async function open(t: Test, changes: Partial<typeof federation> = {}) {
  const network = new TestNetwork()
  const clock = new FakeClock()
  const server = await createTestServer(t, { federation: { ...federation, ...changes } }, { network, clock })
  const addPeer = (name: string) => ScriptedPeer.start(t, { network, name })
  return { ...server, network, clock, addPeer }
}

t.test('requests of ours are signed, and found by name', async (t) => {
  const { services, network, addPeer } = await open(t)
  const peer = await addPeer('a.hearth.test')
  const { signedRequests, destinations } = services
  peer.on('PUT', '/_matrix/x/1', { body: { fine: true } })
  peer.on('GET', '/_matrix/x/no', { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'No' } })
  peer.on('GET', '/_matrix/x/list', { body: [] })
  peer.on('GET', '/_matrix/x/busy', { status: 429, headers: { 'retry-after': '100' }, body: { errcode: 'M_LIMIT_EXCEEDED' } })
  t.same(await signedRequests.put('a.hearth.test', '/_matrix/x/1?a=b', { z: 1, a: 'ü' }), { ok: true, value: { fine: true } })
  const request = peer.requests.at(-1)
  t.equal(request?.body, '{"a":"ü","z":1}')
  t.equal(request?.headers.host, 'a.hearth.test')
  t.match(request?.headers.authorization, /^X-Matrix origin="localhost",destination="a.hearth.test",key="ed25519:\w+",sig="[^"]+"$/)
  t.match(await signedRequests.get('a.hearth.test', '/_matrix/x/no'), {
    ok: false, reason: 'answered', status: 403, errcode: 'M_FORBIDDEN', message: 'No',
  })
  t.equal(destinations.downUntil('a.hearth.test'), undefined, 'whoever refuses is there')
  t.match(await signedRequests.get('a.hearth.test', '/_matrix/x/list'), { ok: false, reason: 'unreachable', problem: 'protocol' })
  t.match(await signedRequests.get('a.hearth.test', '/_matrix/x/no'), { ok: false, reason: 'down' })
  t.match(await signedRequests.get('a.hearth.test', '/_matrix/x/busy', { ignoreBackOff: true }), { reason: 'answered', status: 429 })
  t.match(await signedRequests.get('localhost', '/x'), { reason: 'not-allowed' })
  t.match(await signedRequests.get('no name', '/x'), { reason: 'not-allowed' })

  const opened = await signedRequests.open('a.hearth.test', '/_matrix/federation/v1/version', { ignoreBackOff: true })
  const chunks: Buffer[] = []
  if (opened.ok) for await (const chunk of opened.value.body) chunks.push(chunk)
  t.match(Buffer.concat(chunks).toString(), 'Scripted')
  t.match(await signedRequests.open('a.hearth.test', '/_matrix/x/no'), { reason: 'answered', errcode: 'M_FORBIDDEN' })

  network.addServices('_matrix-fed._tcp.b.hearth.test', { name: 'gone.test', port: 1, priority: 1 }, { name: 'a.hearth.test', port: 8448 })
  t.match(await signedRequests.put('b.hearth.test', '/_matrix/x/1', {}), { ok: true }, 'the next of the SRV records')
  t.equal(peer.requests.at(-1)?.headers.host, 'b.hearth.test')
})

t.test('whoever does not answer is left alone for longer and longer, until it is heard of', async (t) => {
  const { services, addPeer, clock, connection } = await open(t)
  const peer = await addPeer('a.hearth.test')
  const { signedRequests, destinations, keyRing } = services
  await keyRing.find('a.hearth.test', peer.key.keyId, 0)
  const woken: string[] = []
  destinations.listen((serverName) => woken.push(serverName))
  peer.on('GET', /^/, { status: 502, body: 'Bad gateway' })
  const waits: number[] = []
  const startMs = clock.now()
  while (clock.now() - startMs < 14 * DAY_MS) {
    t.match(await signedRequests.get('a.hearth.test', '/x'), { reason: 'answered', status: 502 })
    t.match(await signedRequests.get('a.hearth.test', '/x'), { reason: 'down' })
    const waitMs = (destinations.downUntil('a.hearth.test') ?? 0) - clock.now()
    waits.push(waitMs)
    clock.advance(waitMs)
  }
  t.ok((waits[0] ?? 0) >= 800 && (waits[0] ?? 0) <= 1400, `at first for ${waits[0]} ms`)
  t.ok(waits.slice(0, 14).every((waitMs) => waitMs <= 14 * 60_000), 'for ten minutes while it may be a restart')
  t.ok(waits.every((waitMs) => waitMs <= 7 * DAY_MS) && Math.max(...waits) > 3 * DAY_MS, `up to ${Math.max(...waits)} ms`)
  await signedRequests.get('a.hearth.test', '/x')
  clock.advance(1000)
  await destinations.close()
  const { db, close } = openDatabase(connection, silentLog)
  const written = () => db.selectFrom('destinations').select(['server_name', 'failing_since']).execute()
  t.same(await written(), [{ server_name: 'a.hearth.test', failing_since: startMs }])
  const reopened = new Destinations({ db, clock, random: systemRandom, log: silentLog })
  await reopened.open()
  t.equal(reopened.downUntil('a.hearth.test'), destinations.downUntil('a.hearth.test'), 'a restart forgets nothing')

  t.same(woken, [])
  destinations.noteInbound('a.hearth.test')
  t.same(woken, ['a.hearth.test'])
  t.equal(destinations.downUntil('a.hearth.test'), undefined)
  await destinations.close()
  t.same(await written(), [])
  destinations.noteFailure('b.hearth.test', 'Gone', { retryAfterMs: 5000 })
  t.ok((destinations.downUntil('b.hearth.test') ?? 0) >= clock.now() + 5000, 'as long as it wished')
  clock.advance(8 * DAY_MS)
  destinations.forgetOld()
  t.same(destinations.list(), [], 'and for ever it is not remembered')
  await close()
})

t.test('keys of other servers', async (t) => {
  const { services, addPeer, network, clock } = await open(t, { trustedKeyServers: ['notary.hearth.test'] })
  const { keyRing } = services
  const peer = await addPeer('a.hearth.test')
  const old = newSigningKey('old')
  const fetches = () => peer.requests.filter(({ url }) => url === '/_matrix/key/v2/server').length
  const olds = { [old.keyId]: { key: old.publicKey, expired_ts: 1000 } }
  peer.on('GET', '/_matrix/key/v2/server', () => ({ body: peer.keys({ old_verify_keys: olds, valid_until_ts: clock.now() + DAY_MS }) }))
  const find = await keyRing.load([
    { serverName: 'a.hearth.test', keyId: peer.key.keyId, validAt: clock.now() },
    { serverName: 'a.hearth.test', keyId: old.keyId, validAt: 500 },
    { serverName: 'nobody.hearth.test', keyId: 'ed25519:x', validAt: 0 },
  ])
  t.match(find('a.hearth.test', peer.key.keyId), { key: { publicKey: peer.key.publicKey }, validUntilTs: clock.now() + DAY_MS })
  t.match(find('a.hearth.test', old.keyId), { key: { publicKey: old.publicKey }, validUntilTs: 1000 })
  t.equal(find('nobody.hearth.test', 'ed25519:x'), undefined)
  t.equal(fetches(), 1, 'it was asked once')
  t.equal(await keyRing.findCurrent('a.hearth.test', old.keyId), undefined, 'requests need a key that is in use')
  await keyRing.find('a.hearth.test', 'ed25519:unknown', clock.now())
  t.equal(fetches(), 1, 'and not again at once')
  const asked = network.connections.length
  await keyRing.find('nobody.hearth.test', 'ed25519:x', 0)
  t.equal(network.connections.length, asked, 'a failure is remembered')

  await t.test('a key is asked for again before and after it runs out', async (t) => {
    clock.advance(DAY_MS - HOUR_MS)
    const validUntil = async () => (await keyRing.find('a.hearth.test', peer.key.keyId, 0))?.validUntilTs ?? 0
    const before = await validUntil()
    while (await validUntil() === before) await new Promise((resolve) => setImmediate(resolve))
    t.equal(fetches(), 2)
    clock.advance(2 * DAY_MS)
    t.ok(await keyRing.findCurrent('a.hearth.test', peer.key.keyId))
    t.equal(fetches(), 3)
  })

  await t.test('a notary tells of those that do not answer, when it and they have signed', async (t) => {
    const notary = await addPeer('notary.hearth.test')
    const [b, c, d] = ['b', 'c', 'd'].map((name) => ({ name: `${name}.hearth.test`, key: newSigningKey(name) }))
    if (b === undefined || c === undefined || d === undefined) throw new Error('There are three')
    const keysOf = ({ name, key }: typeof b, signer = key) => signJson({
      server_name: name, valid_until_ts: clock.now() + DAY_MS, verify_keys: { [key.keyId]: { key: key.publicKey } },
    }, name, signer)
    notary.on('POST', '/_matrix/key/v2/query', {
      body: { server_keys: [
        signJson(keysOf(b), notary.name, notary.key), signJson(keysOf(c), notary.name, newSigningKey('peer')),
        signJson(keysOf(d, newSigningKey('d')), notary.name, notary.key),
        signJson(keysOf({ name: 'a.hearth.test', key: newSigningKey('peer') }), notary.name, notary.key),
      ] },
    })
    const find = await keyRing.load([b, c, d].map(({ name, key }) => ({ serverName: name, keyId: key.keyId, validAt: clock.now() })))
    t.match(find(b.name, b.key.keyId), { key: { publicKey: b.key.publicKey } })
    t.equal(find(c.name, c.key.keyId), undefined, 'not signed by the notary')
    t.equal(find(d.name, d.key.keyId), undefined, 'not signed by the server itself')
    t.equal((await keyRing.find('a.hearth.test', peer.key.keyId, 0))?.key.publicKey, peer.key.publicKey, 'what was not asked is not heard')
    t.same(JSON.parse(notary.requests.find(({ method }) => method === 'POST')?.body ?? '{}').server_keys[b.name], {
      [b.key.keyId]: { minimum_valid_until_ts: clock.now() },
    })
  })
})

t.test('perspectivesKeyQuery and bulkPerspectivesKeyQuery tell others about keys', async (t) => {
  const { api, addPeer, clock, network } = await open(t)
  const peer = await addPeer('a.hearth.test')
  const own = (await api.get('/_matrix/key/v2/server/ed25519:whatever')).body
  const [[keyId, described] = ['', { key: '' }]] = Object.entries<{ key: string }>(own.verify_keys)
  const ownKey = verifyKeyFromBase64(described.key)
  const findOwn = (id: string) => id === keyId ? ownKey : undefined
  const isSignedByUs = (answer: unknown) => isJsonObject(answer) && verifyJson(answer, 'localhost', findOwn)

  const one = await api.get('/_matrix/key/v2/query/a.hearth.test')
  t.equal(one.status, 200)
  t.match(one.body.server_keys, [{ server_name: 'a.hearth.test', verify_keys: { [peer.key.keyId]: { key: peer.key.publicKey } } }])
  t.ok(isSignedByUs(one.body.server_keys[0]))
  t.ok(one.body.server_keys[0].signatures['a.hearth.test'], 'beside its own signature')

  network.remove('a.hearth.test')
  await pass(clock, 30 * DAY_MS)
  const query = { 'a.hearth.test': { [peer.key.keyId]: {} }, 'nobody.hearth.test': {}, localhost: {} }
  const many = await api.post('/_matrix/key/v2/query', { body: { server_keys: query } })
  t.same(many.body.server_keys.map((answer: { server_name: string }) => answer.server_name).sort(), ['a.hearth.test', 'localhost'],
    'also of one that is away')
  t.ok(many.body.server_keys.every(isSignedByUs))

  const evil = await addPeer('evil.hearth.test')
  evil.on('GET', '/_matrix/key/v2/server', () => ({ body: evil.keys({ type: 'm.room.member', room_id: '!r:localhost' }) }))
  t.same((await api.get('/_matrix/key/v2/query/evil.hearth.test')).body.server_keys, [], 'what says more than that gets no signature')
  const thief = await addPeer('thief.hearth.test')
  thief.on('GET', '/_matrix/key/v2/server', { body: peer.keys() })
  t.same((await api.get('/_matrix/key/v2/query/thief.hearth.test')).body.server_keys, [])
  t.equal((await api.post('/_matrix/key/v2/query', { body: {} })).body.errcode, 'M_MISSING_PARAM')
})

t.test('exchangeOpenIdToken tells whose token it is', async (t) => {
  const { api, register, clock } = await open(t)
  const alice = await register('alice')
  const path = `/_matrix/client/v3/user/${encodeURIComponent(alice.userId)}/openid/request_token`
  const { body } = await api.post(path, { token: alice.token, body: {} })
  const ask = (token: string) => api.get(`/_matrix/federation/v1/openid/userinfo?access_token=${encodeURIComponent(token)}`)
  t.same((await ask(body.access_token)).body, { sub: alice.userId })
  t.match(await ask('wrong'), { status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } })
  t.match(await ask(alice.token), { status: 401 })
  await pass(clock, HOUR_MS)
  t.match(await ask(body.access_token), { status: 401 })
})

t.test('two servers of ours find each other and their keys', async (t) => {
  const world = { network: new TestNetwork(), clock: new FakeClock() }
  const one = await createFederatedServer(t, 'one.hearth.test', world)
  const two = await createFederatedServer(t, 'two.hearth.test', world)
  for (const [server, other, name] of [[one, two, 'two.hearth.test'], [two, one, 'one.hearth.test']] as const) {
    const { keyId, publicKey } = other.services.signingKey
    t.equal((await server.services.keyRing.findCurrent(name, keyId))?.publicKey, publicKey)
    const answer = await server.services.signedRequests.get(name, '/_matrix/federation/v1/version')
    t.match(answer, { ok: true, value: { server: { name: 'Hearth' } } })
  }
})
