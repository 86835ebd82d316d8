import type { Remote } from '../remote/build-remote.ts'
import type { Chore } from '../util/housekeeping.ts'
import {
  buildFederatedReceiving, type FederatedReceiving, type FederatedReceivingParts,
} from './receiving/build-federated-receiving.ts'
import { buildInboundQueries, type InboundQueriesParts } from './queries/build-inbound.ts'
import { DeviceListIntroducer } from './queries/device-list-introducer.ts'
import { DeviceListSender } from './queries/device-list-sender.ts'
import { ServedSpaces } from './queries/served-spaces.ts'
import { buildSending, type Agreements, type Sending, type SendingParts } from './sending/build-sending.ts'
import { dropUndeliverable } from './sending/undeliverable.ts'
import { ServerAcls } from './server-acls.ts'

export interface FederationParts extends Omit<FederatedReceivingParts, 'serverAcls' | 'eduHandlers' | 'destinations' | 'config'>,
  Remote, Agreements, InboundQueriesParts, Pick<SendingParts, 'random' | 'metrics'> {
  readonly config: FederatedReceivingParts['config'] & SendingParts['config']
}

/** What other servers are served, and what is asked of them and sent to them. */
export interface Federation extends Agreements, Sending, FederatedReceiving {
  readonly serverAcls: ServerAcls
  readonly servedSpaces: ServedSpaces
}

/** How what goes on by itself begins and ends. */
export interface FederationCourse {
  readonly chores: readonly Chore[]
  /** Goes on with what was left when the process ended. */
  start(): Promise<void>
  /** Resolves when nothing is waiting to be worked off. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** Builds all that shares rooms with other servers, and the course on which it starts, settles and stops. */
export function buildFederation(parts: FederationParts): Federation & { readonly course: FederationCourse } {
  const serverAcls = new ServerAcls()
  const sending = buildSending({ ...parts, serverAcls })
  const receiving = buildFederatedReceiving({ ...parts, serverAcls, eduHandlers: buildInboundQueries(parts) })
  const { inbound } = receiving
  const deviceLists = new DeviceListSender({ ...parts, ...sending })
  const introductions = new DeviceListIntroducer({ ...parts, ...sending })
  const { carriedEvents, assumedServers, remoteDeviceLists, deviceListResync } = parts
  return {
    serverAcls, carriedEvents, assumedServers, ...sending, ...receiving,
    servedSpaces: new ServedSpaces({ ...parts, serverAcls }),
    course: {
      chores: [
        { name: 'inbound transactions', run: () => inbound.forgetOld() },
        { name: 'carried events', run: () => carriedEvents.deleteOld() },
        { name: 'servers that are away', run: () => dropUndeliverable(parts) },
        { name: 'devices of others', run: () => deviceListResync.takeUp() },
        { name: 'devices of strangers', run: () => remoteDeviceLists.forgetUnmet() },
      ],
      async start() {
        await parts.partialJoins.start()
        await inbound.start()
        await sending.federationSender.start()
        await deviceLists.follower.start()
        await introductions.follower.start()
        await deviceListResync.takeUp()
      },
      async settled() {
        await parts.partialJoins.settled()
        await inbound.settled()
        await deviceListResync.settled()
        await deviceLists.follower.settled()
        await introductions.follower.settled()
        await sending.federationSender.settled()
      },
      async close() {
        await parts.partialJoins.close()
        parts.remoteRooms.close()
        await inbound.close()
        await deviceListResync.close()
        await deviceLists.follower.close()
        await introductions.follower.close()
        await sending.federationSender.close()
      },
    },
  }
}
