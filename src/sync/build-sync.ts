import { NotificationCounts } from '../notifications/notification-counts.ts'
import type { Encryption } from '../encryption/encryption.ts'
import type { Members } from '../members/members.ts'
import type { SharedRooms } from '../members/shared-rooms.ts'
import type { RoomReading } from '../rooms/reading/build-room-reading.ts'
import type { RoomCore } from '../rooms/build-rooms.ts'
import type { Db } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import type { EphemeralOrder } from '../streams/ephemeral-order.ts'
import type { Stream } from '../streams/stream.ts'
import type { Users } from '../users/build-users.ts'
import type { Requester } from '../users/requester.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { ChangeIndex } from './change-index.ts'
import { ConnectedUsers } from './connected-users.ts'
import { EventStream, type EventsQuery } from './event-stream.ts'
import { SyncFilters } from './filters.ts'
import { RoomBodies } from './room-bodies.ts'
import { SharedBodies } from './shared-bodies.ts'
import { Snapshots } from './snapshots.ts'
import { SyncReader } from './sync-reader.ts'
import type { SyncQuery } from './sync-requests.ts'
import { SyncClients } from './sync-clients.ts'
import type { Waiter } from './waiting.ts'

export interface BuildSyncParts extends
  Pick<RoomCore, 'rooms' | 'events' | 'visibility' | 'clientEvents' | 'stateReader' | 'tokens'>,
  Pick<RoomReading, 'typing' | 'receipts' | 'aggregations'>,
  Pick<Users, 'accessTokens' | 'accountData' | 'filters' | 'ignoredUsers' | 'invitePermissions' | 'presence' | 'pushRules'> {
  readonly db: Db
  readonly stream: Stream
  readonly members: Members
  readonly sharedRooms: SharedRooms
  readonly names: Names
  readonly encryption: Encryption
  readonly ephemeral: EphemeralOrder
  readonly clock: Clock
  readonly log: Log
  /** The restore epoch of this server. */
  readonly epoch: number
}

/** What follows the stream for clients. */
export interface Sync {
  /**
   * Answers a client when there is something to tell, or when it has waited for `query.timeout`. Errors: M_INVALID_PARAM, and
   * those of filters.
   */
  wait(requester: Requester, query: SyncQuery, waiter: Waiter): Promise<void>
  /** The same for who follows the events alone, be it of one room. Errors: those of `EventStream`. */
  listen(requester: Requester, query: EventsQuery, waiter: Waiter): Promise<void>
  /** How everything is at a moment. */
  readonly snapshots: Snapshots
  /** Resolves when everybody is told who is to be told of what has happened. */
  settled(): Promise<void>
  /** Answers everybody who waits, and lets nobody wait from now on. */
  drain(): Promise<void>
  /** Saves what was counted. */
  close(): Promise<void>
}

/** Builds what answers and wakes the clients that follow what happens. */
export function buildSync(parts: BuildSyncParts): Sync {
  const { db, stream, encryption, ephemeral: order, epoch } = parts
  const { toDevice, deviceLists, keyCounts } = encryption
  const changes = new ChangeIndex(stream)
  const lookedBack = changes.lookBack(db).catch((error: unknown) => {
    parts.log.info({ error: String(error) }, 'Could not read what changed before the start: who comes back is looked up one by one')
  })
  const counts = new NotificationCounts(parts)
  const connected = new ConnectedUsers()
  const bodies = new RoomBodies({ ...parts, db, stream, epoch })
  const reading = {
    ...parts, order, toDevice, deviceLists, keyCounts, changes, counts, connected, bodies, sharedBodies: new SharedBodies(bodies),
  }
  const sync = new SyncClients({
    ...parts, connected, toDevice, lookedBack, filters: new SyncFilters(parts.filters),
    reader: new SyncReader(reading),
    eventStream: new EventStream(reading),
  })
  return {
    snapshots: new Snapshots(reading),
    listen: (requester, query, waiter) => sync.listen(requester, query, waiter),
    wait: (requester, query, waiter) => sync.wait(requester, query, waiter),
    settled: () => sync.settled(),
    drain: () => sync.drain(),
    async close() {
      await lookedBack
      await counts.close()
    },
  }
}
