import type { Config } from '../../config/config.ts'
import type { Members } from '../../members/members.ts'
import type { Destinations } from '../../remote/destinations.ts'
import type { FederationPolicy } from '../../remote/policy.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { RoomCore, RoomCoreParts } from '../../rooms/build-rooms.ts'
import type { Receipts } from '../../rooms/reading/receipts.ts'
import type { Typing } from '../../rooms/reading/typing.ts'
import type { Names } from '../../store/names.ts'
import type { Presence } from '../../users/presence.ts'
import type { Log } from '../../util/log.ts'
import type { Metrics } from '../../util/metrics.ts'
import type { Random } from '../../util/random.ts'
import type { ServerAcls } from '../server-acls.ts'
import { AssumedServers } from './assumed-servers.ts'
import { CarriedEvents } from './carried-events.ts'
import { Composer } from './compose.ts'
import { DueEvents } from './due-events.ts'
import { EventSender } from './event-sender.ts'
import { Outboxes } from './outboxes.ts'
import { PresenceSender } from './presence-sender.ts'
import { ReachableServers } from './reachable-servers.ts'
import { ReceiptSender } from './receipt-sender.ts'
import { Resets } from './resets.ts'
import { ServersOfUsers } from './servers-of-users.ts'
import { TypingSender } from './typing-sender.ts'

/** What was agreed about other servers while rooms were entered. */
export interface Agreements {
  readonly assumedServers: AssumedServers
  readonly carriedEvents: CarriedEvents
}

/** Builds what both sending and the membership of other servers have to know of. */
export function buildAgreements(parts: Pick<RoomCoreParts, 'db' | 'clock'>): Agreements {
  return { assumedServers: new AssumedServers(parts.db), carriedEvents: new CarriedEvents(parts) }
}

export interface SendingParts extends RoomCoreParts, RoomCore, Agreements {
  readonly log: Log
  readonly random: Random
  readonly metrics: Metrics
  readonly names: Names
  readonly members: Members
  readonly serverAcls: ServerAcls
  readonly signedRequests: SignedRequests
  readonly destinations: Destinations
  readonly federationPolicy: FederationPolicy
  readonly receipts: Receipts
  readonly typing: Typing
  readonly presence: Presence
  readonly config: Pick<Config, 'federation' | 'retention'>
}

/** What others need of the sending. */
export interface Sending {
  readonly serversOfUsers: ServersOfUsers
  readonly federationSender: FederationSender
}

/** All that goes to other servers by itself. */
export interface FederationSender {
  start(): Promise<void>
  /** Resolves when everything is sent that can be sent now. */
  settled(): Promise<void>
  /** How much waits in memory. */
  count(): { readonly events: number, readonly behind: number }
  close(): Promise<void>
}

/** Builds the followers that bring what happens here to other servers, and the outboxes that they fill. */
export function buildSending(parts: SendingParts): Sending {
  const reachable = new ReachableServers(parts)
  const serversOfUsers = new ServersOfUsers({ ...parts, reachable })
  const outboxes = new Outboxes({ ...parts, composer: new Composer(parts) })
  const events = new EventSender({ ...parts, due: new DueEvents({ ...parts, reachable }), reachable, outboxes })
  const passing = { ...parts, reachable, serversOfUsers, outboxes }
  const typing = new TypingSender(passing)
  const receipts = new ReceiptSender(passing)
  const presence = new PresenceSender(passing)
  const resets = new Resets({ ...parts, outboxes })
  const federationSender: FederationSender = {
    async start() {
      if (!parts.config.federation.enabled) return
      await parts.assumedServers.open()
      await resets.start()
      await outboxes.start()
      await events.follower.start()
      typing.start()
      receipts.start()
      presence.start()
    },
    async settled() {
      await events.follower.settled()
      await receipts.flush()
      await presence.flush()
      await outboxes.settled()
    },
    count: () => outboxes.count(),
    async close() {
      await events.follower.close()
      typing.close()
      await Promise.all([receipts.close(), presence.close(), resets.close()])
      await outboxes.close()
    },
  }
  return { serversOfUsers, federationSender }
}
