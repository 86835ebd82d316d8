import t from 'tap'
import { trialConfig } from '../../../src/config/trial-config.ts'
import type { TestUser } from '../../support/server.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { TestNetwork } from '../../support/test-network.ts'
import { ScriptedPeer, TEST_CA_FILE } from '../../support/peers.ts'
import { keyOf } from '../../support/remote-room.ts'
import { Town } from '../membership/two-world.ts'

const shared = { network: new TestNetwork(), clock: new FakeClock() }

export const { clock } = shared
export const one = await Town.found(t, 'one.hearth.test', shared)
export const two = await Town.found(t, 'two.hearth.test', shared)
const { federation } = trialConfig('.')
/** A server that keeps the names of devices to itself. */
export const shy = await Town.found(t, 'shy.hearth.test', shared, {
  federation: { ...federation, caFile: TEST_CA_FILE, shareDeviceNames: false },
})
/** A server that a test plays; nobody of it is in a room. */
export const stranger = await ScriptedPeer.start(t, { network: shared.network, name: 'peer.hearth.test', key: keyOf('peer.hearth.test') })
export const alice = await one.server.register('alice')
export const ann = await one.server.register('ann')
export const bob = await two.server.register('bob')

const V1 = '/_matrix/client/v1'

export function get(town: Town, user: TestUser | undefined, path: string) {
  return town.server.api.get(`${V1}${path}`, user === undefined ? {} : { token: user.token })
}

/** What the stranger gets from one of the towns. */
export function askOne(method: 'GET' | 'POST' | 'PUT', path: string, body?: Parameters<ScriptedPeer['ask']>[4]) {
  return stranger.ask(one.server.url, one.name, method, `/_matrix/federation/v1${path}`, body)
}
