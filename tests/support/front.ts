import { createFront, type Front, type FrontParts } from '../../src/http/front.ts'
import type { Address } from '../../src/http/doors.ts'
import { endpoint, waitingEndpoint, type Endpoint, type Waiter } from '../../src/http/endpoint.ts'
import { DatabaseUnreachable } from '../../src/store/unreachable.ts'
import { ApplicationService } from '../../src/users/application-services.ts'
import type { Requester } from '../../src/users/requester.ts'
import type { TokenOutcome } from '../../src/users/token-outcome.ts'
import { silentLog } from '../../src/util/log.ts'
import { createMetrics } from '../../src/util/metrics.ts'
import { systemRandom } from '../../src/util/random.ts'
import { createApi, type Api } from './api.ts'
import { FakeClock } from './fake-clock.ts'

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

export const alice: Requester = {
  userId: '@alice:test', user: 1, deviceId: 'DEVICE', isGuest: false, isAdmin: false, tokenId: 1, suspended: false,
}

const bridge = new ApplicationService({
  id: 'bridge', url: undefined, asToken: 'appservice', hsToken: 'server', senderLocalpart: 'alice', rateLimited: true, protocols: [],
  namespaces: { users: [], aliases: [], rooms: [] }, receiveEphemeral: false, receivesDeviceChanges: false,
}, 'test')

const OUTCOMES: Readonly<Record<string, TokenOutcome>> = {
  alice: { kind: 'known', requester: alice },
  bob: { kind: 'known', requester: { ...alice, userId: '@bob:test', user: 2 } },
  guest: { kind: 'known', requester: { ...alice, userId: '@1:test', isGuest: true } },
  appservice: { kind: 'known', requester: { ...alice, appservice: bridge } },
  locked: { kind: 'locked', requester: alice },
  expired: { kind: 'expired' },
}

const bucket = { perSecond: 1, burst: 3 }

/** Limits so small that a test meets them. */
export const smallLimits: FrontParts['config']['rateLimits'] = {
  enabled: true,
  message: bucket, joinLocal: bucket, joinRemote: bucket, joinPerRoom: bucket, registration: bucket, registrationTokenValidity: bucket,
  loginAddress: bucket, loginAccount: bucket, loginFailed: bucket, invitesPerRoom: bucket, invitesPerInvitee: bucket,
  invitesPerSender: bucket, thirdPartyInvite: bucket, thirdPartyMail: bucket, thirdPartyBinding: bucket, roomCreation: bucket,
  presence: bucket, userDirectory: bucket, reports: bucket, keyRequests: bucket, mediaCreate: bucket, federation: bucket,
}

export interface TestFront {
  readonly api: Api
  readonly port: number
  /** Of each listener, the first one being that of `api`. */
  readonly addresses: readonly Address[]
  readonly front: Front
  readonly clock: FakeClock
  /** Whoever waits on /sync or on the WebSocket. */
  readonly waiters: Set<Waiter>
  /** What the handlers have been asked, by operation. */
  readonly asked: readonly string[]
}

/** The tokens of the test front: `alice`, `bob`, `guest`, `appservice`, `locked`, `expired`; any other is unknown. */
export const requesters: FrontParts['requesters'] = { findRequester: (token) => OUTCOMES[token] ?? { kind: 'unknown' } }

/** Operations that do next to nothing, so that a test sees what the front does before and after them. */
function createStubEndpoints(asked: string[], waiters: Set<Waiter>): Endpoint[] {
  const note = (operationId: string) => {
    asked.push(operationId)
  }
  return [
    endpoint('sendMessage', async ({ params, body }) => {
      note('sendMessage')
      if (params.eventType === 'm.broken') throw new TypeError('a secret detail')
      if (params.eventType === 'm.no-database') throw new DatabaseUnreachable('a secret detail')
      return { event_id: `$${params.txnId}`, echo: body }
    }),
    endpoint('setRoomStateWithKey', async ({ params, body }) => {
      note('setRoomStateWithKey')
      return { event_id: `$${params.stateKey}`, echo: body, params }
    }),
    endpoint('getRoomEvents', async ({ query }) => {
      note('getRoomEvents')
      return { start: 's', chunk: [], query }
    }),
    endpoint('getVersions', async ({ requester, ip }) => ({ versions: [], requester: requester?.userId ?? null, ip })),
    endpoint('getProfileField', async ({ params }) => ({ displayname: params.userId })),
    endpoint('login', async ({ body, ip }) => ({ user_id: '@alice:test', access_token: 'alice', device_id: body.type, ip })),
    endpoint('register', async ({ body }) => ({ user_id: '@alice:test', username: body.username })),
    endpoint('logout', async () => {
      note('logout')
      return {}
    }),
    endpoint('joinRoom', async ({ body }) => ({ room_id: '!r:test', echo: body })),
    endpoint('getDevices', async () => ({ devices: [] })),
    endpoint('getJoinedRooms', async () => ({ joined_rooms: [] })),
    endpoint('checkUsernameAvailability', async () => ({ available: true })),
    endpoint('updateAppserviceRoomDirectoryVisibility', async () => ({})),
    waitingEndpoint('sync', (_request, waiter) => {
      note('sync')
      waiters.add(waiter)
      waiter.onClose(() => waiters.delete(waiter))
    }),
  ]
}

/** A front on a free port, with operations that do next to nothing and a clock that the test moves. */
export async function startFront(t: Cleanup, parts: Partial<FrontParts> = {}): Promise<TestFront> {
  const clock = new FakeClock()
  const asked: string[] = []
  const waiters = new Set<Waiter>()
  const front = createFront({
    clock,
    random: systemRandom,
    log: silentLog,
    metrics: createMetrics({ ofProcess: false }),
    requesters,
    endpoints: createStubEndpoints(asked, waiters),
    pages: [],
    probes: { role: 'owner', live: [], ready: [] },
    tenure: { isSure: () => true, confirm: async () => true },
    sync: {
      wait(_requester, _query, waiter) {
        waiters.add(waiter)
        waiter.onClose(() => waiters.delete(waiter))
      },
    },
    drain: () => {
      for (const waiter of waiters) waiter.answer('{"next_batch":"drained"}')
    },
    ...parts,
    config: {
      listeners: [{ bind: '127.0.0.1', port: 0, resources: ['client', 'federation', 'health', 'metrics'], tls: undefined }],
      trustedProxies: ['127.0.0.1'],
      rateLimits: { ...smallLimits, enabled: false },
      accessTokens: { allowInQuery: true, lifetimeMs: 1000 },
      ...parts.config,
    },
  })
  const addresses = await front.listen()
  const [listener] = addresses
  if (listener === undefined) throw new Error('No listener was opened')
  t.teardown(async () => {
    const closed = front.close()
    // Whoever does not let go is cut off when its time has passed, and here the test moves the time.
    clock.advance(10_000)
    await closed
  })
  return { api: createApi(listener.url), port: listener.port, addresses, front, clock, waiters, asked }
}
