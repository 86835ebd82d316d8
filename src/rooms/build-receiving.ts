import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { Backfilling } from './backfill.ts'
import type { RoomCore, RoomCoreParts } from './build-rooms.ts'
import { RoomImport } from './import-room.ts'
import { Outliers } from './outliers.ts'
import { ReceiptLookups } from './receive/receipt-lookups.ts'
import { Receiver, type ReceiverParts } from './receive/receive.ts'
import type { RemoteRooms } from './remote-rooms.ts'
import type { ServerKeys } from './server-keys.ts'
import { StateCompletion } from './state/complete-state.ts'

export interface ReceivingParts extends Pick<RoomCoreParts, 'db' | 'names' | 'serverName'>,
  Pick<RoomCore, 'rooms' | 'events' | 'writer' | 'numbers' | 'chains' | 'statesAt' | 'stateResolver' | 'policyServers'> {
  readonly clock: Clock
  readonly log: Log
  /** Asks other servers about rooms. */
  readonly remoteRooms: RemoteRooms
  /** Finds the keys by which events are signed. */
  readonly serverKeys: ServerKeys
}

/** What takes in what other servers say. */
export interface Receiving {
  readonly receiver: Receiver
  readonly outliers: Outliers
  readonly roomImport: RoomImport
  readonly stateCompletion: StateCompletion
  readonly backfilling: Backfilling
}

/** Builds what judges events from elsewhere and puts them into rooms. */
export function buildReceiving(parts: ReceivingParts): Receiving {
  const now = (): number => parts.clock.now()
  const outliers = new Outliers({ ...parts, now })
  const receiverParts: ReceiverParts = {
    ...parts, outliers, now,
    lookups: new ReceiptLookups(parts),
    resolver: parts.stateResolver,
    remote: parts.remoteRooms,
    keys: parts.serverKeys,
  }
  const receiver = new Receiver(receiverParts)
  return {
    receiver, outliers,
    roomImport: new RoomImport(receiverParts),
    stateCompletion: new StateCompletion(receiverParts),
    backfilling: new Backfilling({ ...parts, receiver }),
  }
}
