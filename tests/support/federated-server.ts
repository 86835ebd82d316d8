import { trialConfig } from '../../src/config/trial-config.ts'
import type { Config } from '../../src/config/config.ts'
import type { FakeClock } from './fake-clock.ts'
import { certificateFiles, TEST_CA_FILE } from './peers.ts'
import { createTestServer, type TestServer } from './server.ts'
import type { TestNetwork } from './test-network.ts'

type Cleanup = Parameters<typeof createTestServer>[0]

/** What servers of one test share. */
export interface TestWorld {
  readonly network: TestNetwork
  readonly clock: FakeClock
}

/**
 * The whole server under a name such as `one.hearth.test`, found by other servers and peers on the network of the test:
 * with TLS at port 8448. Its clients have a listener of their own, without TLS.
 */
export async function createFederatedServer(
  t: Cleanup, serverName: string, { network, clock }: TestWorld, changes: Partial<Config> = {},
): Promise<TestServer> {
  const { federation, outboundHttp } = trialConfig('.')
  const server = await createTestServer(t, {
    serverName,
    publicBaseurl: `https://${serverName}:8448`,
    listeners: [
      { bind: '127.0.0.1', port: 0, resources: ['client', 'federation'], tls: undefined },
      { bind: '127.0.0.1', port: 0, resources: ['federation'], tls: certificateFiles() },
    ],
    federation: { ...federation, caFile: TEST_CA_FILE },
    outboundHttp: { ...outboundHttp, caFile: TEST_CA_FILE },
    ...changes,
  }, { network, clock })
  const port = server.ports[1]
  if (port === undefined) throw new Error('The server does not listen for others')
  network.add(serverName, { 8448: port })
  return server
}
