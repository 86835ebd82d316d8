import type { Remote } from '../../remote/build-remote.ts'
import type { Receiving } from '../../rooms/build-receiving.ts'
import type { RoomReading } from '../../rooms/reading/build-room-reading.ts'
import type { RoomCore, RoomCoreParts } from '../../rooms/build-rooms.ts'
import { EventTimes } from '../../rooms/reading/event-times.ts'
import type { Log } from '../../util/log.ts'
import type { OutsideMemberships } from '../membership/outside-memberships.ts'
import type { PartialJoins } from '../membership/partial-joins.ts'
import type { RemoteRoomsByRequests } from '../remote-rooms.ts'
import type { ServerAcls } from '../server-acls.ts'
import type { EduHandlers } from './edu-handlers.ts'
import { EventsByTime } from './events-by-time.ts'
import { HistoryFilling } from './history-filling.ts'
import { HistoryPages } from './history-pages.ts'
import { Inbound } from './inbound.ts'
import { InboundEdus } from './inbound-edus.ts'
import { InboundPdus } from './inbound-pdus.ts'
import { inboundReceipts } from './inbound-receipts.ts'
import { inboundTyping } from './inbound-typing.ts'
import { OutsideEnds } from './outside-ends.ts'
import { ServedRooms } from './served-rooms.ts'
import { ServerViews } from './server-views.ts'

export interface FederatedReceivingParts extends RoomCoreParts, RoomCore, Pick<Remote, 'destinations'>,
  Pick<Receiving, 'receiver' | 'backfilling'>, Pick<RoomReading, 'typing' | 'receipts' | 'timeline'> {
  readonly log: Log
  readonly remoteRooms: RemoteRoomsByRequests
  readonly serverAcls: ServerAcls
  readonly outsideMemberships: OutsideMemberships
  readonly partialJoins: PartialJoins
  /** For all kinds but those that rooms understand. */
  readonly eduHandlers: EduHandlers
}

/** What other servers are told of rooms, and what they tell. */
export interface FederatedReceiving {
  readonly servedRooms: ServedRooms
  readonly inbound: Inbound
  readonly historyPages: HistoryPages
  readonly eventsByTime: EventsByTime
}

/** Builds what takes in what other servers send, and what they may read here. */
export function buildFederatedReceiving(parts: FederatedReceivingParts): FederatedReceiving {
  const serverViews = new ServerViews(parts)
  const eventTimes = new EventTimes(parts)
  const historyFilling = new HistoryFilling(parts)
  return {
    servedRooms: new ServedRooms({ ...parts, serverViews, eventTimes }),
    historyPages: new HistoryPages({ ...parts, historyFilling }),
    eventsByTime: new EventsByTime({ ...parts, eventTimes, historyFilling }),
    inbound: new Inbound({
      ...parts,
      pdus: new InboundPdus({ ...parts, outsideEnds: new OutsideEnds(parts) }),
      createEdus: (eventsOf) => new InboundEdus({
        log: parts.log,
        handlers: new Map([
          ...parts.eduHandlers,
          ['m.typing', inboundTyping(parts)],
          ['m.receipt', inboundReceipts({ ...parts, eventsOf })],
        ]),
      }),
    }),
  }
}
