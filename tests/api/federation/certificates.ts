import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t from 'tap'
import { FakeClock } from '../../support/fake-clock.ts'
import { smallLimits, startFront } from '../../support/front.ts'
import { certificateFiles, TEST_CA_FILE } from '../../support/peers.ts'

function subjectOf(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ port, host: '127.0.0.1', ca: readFileSync(TEST_CA_FILE), checkServerIdentity: () => undefined }, () => {
    resolve(String(socket.getPeerCertificate().subject.CN))
    socket.destroy()
  })
  socket.on('error', reject)
  return promise
}

t.test('a certificate that changes is taken into use, and one that cannot be used is not', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-certificates-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const tls = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  const put = ({ cert, key }: { readonly cert?: string, readonly key?: string }) => {
    if (cert !== undefined) copyFileSync(cert, tls.cert)
    if (key !== undefined) copyFileSync(key, tls.key)
  }
  put(certificateFiles('hearth.test'))
  const { port, clock } = await startFront(t, {
    config: {
      listeners: [{ bind: '127.0.0.1', port: 0, resources: ['federation'], tls }],
      trustedProxies: [], rateLimits: { ...smallLimits, enabled: false }, accessTokens: { allowInQuery: true, lifetimeMs: 1000 },
    },
  })
  const look = async (fake: FakeClock) => {
    fake.advance(60_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  t.equal(await subjectOf(port), 'hearth-test')
  put({ cert: certificateFiles('elsewhere.test').cert })
  await look(clock)
  t.equal(await subjectOf(port), 'hearth-test', 'the key of the new one is not there yet')
  put({ key: certificateFiles('elsewhere.test').key })
  await look(clock)
  t.equal(await subjectOf(port), 'elsewhere-test')
  writeFileSync(tls.cert, 'nothing')
  await look(clock)
  rmSync(tls.cert)
  await look(clock)
  t.equal(await subjectOf(port), 'elsewhere-test')
  put(certificateFiles('hearth.test'))
  await look(clock)
  t.equal(await subjectOf(port), 'hearth-test')
})
