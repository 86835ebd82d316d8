import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { parseSigningKeys } from '../../../src/matrix/signing.ts'
import { OperatorError } from '../../../src/util/operator-error.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { ScriptedPeer, TEST_CA_FILE } from '../../support/peers.ts'
import { TestNetwork } from '../../support/test-network.ts'

const KEY_FILE = `ed25519 us ${'A'.repeat(43)}\n`
const PROFILE = '/_matrix/federation/v1/query/profile'

t.test('federation test names each step and its fix', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-federation-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'signing.key'), KEY_FILE)
  writeFileSync(join(folder, 'hearth.yaml'), [
    'server_name: us.hearth.test', 'public_baseurl: https://us.hearth.test', 'signing_key_path: signing.key',
    `federation: { ca_file: ${JSON.stringify(TEST_CA_FILE)} }`,
  ].join('\n'))
  const network = new TestNetwork()
  const run = async (server: string) => {
    const said: string[] = []
    const noted: string[] = []
    const code = await runCommandLine(['federation', 'test', server], {
      workingFolder: folder, environment: {}, clock: new FakeClock(), random: systemRandom, version: '1.2.3', network,
      print: (text) => void said.push(text),
      note: (text) => void noted.push(text),
      createServer: () => Promise.reject(new OperatorError('No server here.')),
    })
    return { code, said: said.join('\n'), noted: noted.join('\n') }
  }
  const [key] = parseSigningKeys(KEY_FILE) ?? []
  const us = await ScriptedPeer.start(t, { network, name: 'us.hearth.test', ...(key === undefined ? {} : { key }) })
  const peer = await ScriptedPeer.start(t, { network, name: 'fed.hearth.test', ports: [4433] })
  const front = await ScriptedPeer.start(t, { network, name: 'peer.hearth.test', ports: [443] })
  front.on('GET', '/.well-known/matrix/server', { body: { 'm.server': 'fed.hearth.test:4433' } })
  peer.on('GET', '/_matrix/key/v2/server', () => ({ body: front.keys() }))
  peer.on('GET', PROFILE, { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'Nobody' } })

  const good = await run('peer.hearth.test')
  t.equal(good.code, 0, good.noted)
  t.match(good.said, /ok {4}well-known {3}https:\/\/peer\.hearth\.test\/\.well-known\/matrix\/server names fed\.hearth\.test:4433/)
  t.match(good.said, /ok {4}version +fed\.hearth\.test:4433 is Scripted 1/)
  t.match(good.said, /ok {4}keys +ed25519:peer/)
  t.match(good.said, /ok {4}way to us +us\.hearth\.test leads here and publishes our key ed25519:us/)
  t.match(good.said, /ok {4}way back +peer\.hearth\.test accepts what us\.hearth\.test signs/)

  peer.on('GET', PROFILE, { status: 401, body: { errcode: 'M_UNAUTHORIZED', error: 'Who?' } })
  us.on('GET', '/_matrix/key/v2/server', { status: 502, body: 'no' })
  const oneWay = await run('peer.hearth.test')
  t.equal(oneWay.code, 1)
  t.match(oneWay.said, /FAILED {2}way to us[\s\S]*Fix:[\s\S]*FAILED {2}way back[\s\S]*Who\?[\s\S]*Fix: It has to reach us\.hearth\.test/)
  t.match(oneWay.noted, '2 steps failed.')

  t.match((await run('nobody.hearth.test')).said, /FAILED {2}address +nobody\.hearth\.test has no address[\s\S]*Fix: Is the name/)
  network.setAddresses('own.hearth.test', '10.0.0.1')
  t.match((await run('own.hearth.test')).said, /FAILED {2}address[\s\S]*10\.0\.0\.1[\s\S]*Fix:.*allow_private_addresses/)
  network.add('shut.hearth.test', {})
  t.match((await run('shut.hearth.test')).said, /FAILED {2}connection[\s\S]*8448 refused[\s\S]*Fix:/)
  await ScriptedPeer.start(t, { network, name: 'wrong.hearth.test', domain: 'elsewhere.test' })
  t.match((await run('wrong.hearth.test')).said, /FAILED {2}certificate[\s\S]*Fix:.*ca_file/)
  const web = await ScriptedPeer.start(t, { network, name: 'web.hearth.test' })
  web.on('GET', /^/, { body: '<html>' })
  t.match((await run('web.hearth.test')).said, /FAILED {2}version[\s\S]*not like a homeserver[\s\S]*Fix:.*Host header web\.hearth\.test/)
  t.match(await run('no name'), { code: 1, noted: /must be a server name/ })
})
