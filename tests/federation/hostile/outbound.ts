import type { ServerResponse } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { DAY_MS } from '../../../src/util/durations.ts'
import { V3 } from '../../support/api.ts'
import { countRows, evil, openRoom, settle, world } from './world.ts'

const { alice, network, server, talk } = world

const join = (room: string, via: string) => (
  server.api.post(`${V3}/join/${encodeURIComponent(room)}?via=${encodeURIComponent(via)}`, { token: alice.token, body: {} })
)

t.test('whatever a name leads to, nothing of our own network is reached (A49, A64, B75)', async (t) => {
  const sink = createServer((socket) => socket.destroy())
  let reached = 0
  sink.on('connection', () => (reached += 1))
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void sink.close())
  const { port } = sink.address() as AddressInfo
  const addresses = [
    '127.0.0.1', '127.255.0.3', '0.0.0.0', '::', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '169.254.169.254',
    '100.64.0.1', '10.0.0.1', '172.16.0.1', '192.168.0.1', 'fe80::1', 'fc00::1', 'fd12::1', '240.0.0.1', '224.0.0.1', '255.255.255.255',
  ]
  const names = addresses.map((address, index) => {
    network.setAddresses(`inside${index}.hearth.test`, address)
    return `inside${index}.hearth.test:${port}`
  })
  const literals = ['2130706433', '0x7f.1', '017700000001', '①②⑦.0.0.1', '127.0.0.1', '[::1]', '[::ffff:7f00:1]', '[::]', '0']
  network.setAddresses('2130706433', '127.0.0.1')
  const first = network.connections.length
  for (const name of [...names, ...literals.map((each) => `${each}:${port}`), 'inside0.hearth.test', '..', 'a@b', 'h:99999999', '[::1']) {
    const [remote, media] = await Promise.all([
      server.api.get(`${V3}/profile/${encodeURIComponent(`@x:${name}`)}`, { token: alice.token }),
      server.api.get(`/_matrix/client/v1/media/download/${encodeURIComponent(name)}/abc`, { token: alice.token }),
      join(`!x:hearth.test`, name),
    ])
    for (const { status } of [remote, media]) t.ok(status >= 400, `${name}: ${status}`)
  }
  const claimed = names.map((name) => `@x:${name}`)
  const query = { timeout: 1, device_keys: Object.fromEntries(claimed.map((id) => [id, []])) }
  await server.api.post(`${V3}/keys/query`, { token: alice.token, body: query })
  evil.on('GET', '/.well-known/matrix/server', { status: 302, headers: { location: `https://127.0.0.1:${port}/x` } })
  await server.api.get(`${V3}/profile/${encodeURIComponent(`@x:${evil.name}`)}`, { token: alice.token })
  const roomId = await talk.create(alice, { room_version: '11' })
  const content = { display_name: 'x', public_key: evil.key.publicKey, key_validity_url: `https://inside0.hearth.test:${port}/valid` }
  await talk.set(alice, roomId, 'm.room.third_party_invite', content, 'token')
  await settle()
  t.equal(reached, 0)
  const inside = network.connections.slice(first).filter((each) => !each.startsWith('9.8.'))
  t.same(inside, [])
})

t.test('answers without end are cut off, and those that unfold are not unfolded (A51, A53)', async (t) => {
  const endless = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const write = () => {
      if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(write))
    }
    write()
    return undefined
  }
  const liar = await world.addPeer(t, 'liar.hearth.test')
  const before = process.memoryUsage().rss
  liar.on('GET', /^/, (_, response) => endless(response))
  liar.on('POST', /^/, (_, response) => endless(response))
  const ask = async (path: string) => (await server.api.get(path, { token: alice.token })).status
  t.ok(await ask(`${V3}/profile/${encodeURIComponent(`@x:${liar.name}`)}`) >= 400)
  t.ok(await ask(`/_matrix/key/v2/query/${liar.name}`) >= 200)
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  liar.on('GET', /^/, (_, response) => (
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip, gzip' }).end(bomb), undefined
  ))
  server.clock.advance(DAY_MS)
  t.ok(await ask(`${V3}/profile/${encodeURIComponent(`@x:${liar.name}`)}`) >= 400)
  t.ok(process.memoryUsage().rss - before < 200_000_000)
  t.same(await ask('/_matrix/client/versions'), 200)
})

t.test('a room with more state than a room can have is not entered (A71, B93)', async (t) => {
  const before = await countRows()
  const room = `!huge:${evil.name}`
  const template = {
    type: 'm.room.member', room_id: room, sender: alice.userId, state_key: alice.userId, content: { membership: 'join' },
    prev_events: ['$a'], auth_events: ['$b'], depth: 7, origin: evil.name, origin_namets: 1,
  }
  evil.on('GET', /make_join/, { body: { room_version: '11', event: template } })
  const junk = '{"type":"m.x"},'.repeat(20_000)
  const answers: [length: number, state: string][] = [[200_000_000, '{}'], [0, `${junk}{}`], [0, `${junk}`]]
  for (const [length, state] of answers) {
    evil.on('PUT', /send_join/, (_, response) => {
      const body = `{"origin":"evil","auth_chain":[],"state":[${state}]}`
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(length || body.length) }).end(body)
      return undefined
    })
    const answer = await join(room, evil.name)
    t.ok(answer.status >= 400, answer.text)
    t.same(await countRows(), before)
  }
  const shared = await openRoom()
  const foreign = shared.remote
  const whole = foreign.jsons(foreign.listIds())
  const [create, ...rest] = whole
  const forged = rest.map((event) => ({ ...event, signatures: {} }))
  const lies = [[rest, '11'], [[create, ...forged], '11'], [whole, '6'], [[], '11'], [[{}, { type: 5 }], '11']] as const
  for (const [state, version] of lies) {
    evil.on('GET', /make_join/, { body: { room_version: version, event: template } })
    evil.on('PUT', /send_join/, { body: { state: state as never, auth_chain: state as never, event: {} } })
    const refused = await join(room, evil.name)
    t.ok(refused.status >= 400, refused.text)
  }
  t.equal(await server.services.rooms.find(room), undefined)
  t.match((await world.asAlice('/joined_rooms')).body['joined_rooms'].includes(room), false)
})

t.test('no file is fetched under a name that no file has, nor for whom nobody knows (A58, B74)', async (t) => {
  for (const [name, id] of [[evil.name, '..%2f'], [evil.name, 'a.b'], [evil.name, 'x'.repeat(256)], [evil.name, '%00']]) {
    const path = `/_matrix/client/v1/media/download/${name}/${id}`
    const seen = evil.requests.length
    const { status } = await server.api.get(path, { token: alice.token })
    t.ok(status === 400 || status === 404, `${path.slice(0, 80)}: ${status}`)
    t.equal(evil.requests.length, seen)
  }
  const seen = evil.requests.length
  for (const path of ['media/v3/download', 'media/r0/download', 'client/v1/media/download']) {
    const { status } = await server.api.get(`/_matrix/${path}/${evil.name}/new`)
    t.ok(status === 401 || status === 404, `${path}: ${status}`)
  }
  t.equal(evil.requests.length, seen)
})
