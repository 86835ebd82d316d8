import type { Remote } from '../remote/build-remote.ts'
import type { Receiving } from '../rooms/build-receiving.ts'
import type { RoomReading } from '../rooms/build-room-reading.ts'
import type { RoomCore, RoomCoreParts } from '../rooms/build-rooms.ts'
import { EventTimes } from '../rooms/event-times.ts'
import type { Chore } from '../util/housekeeping.ts'
import type { Log } from '../util/log.ts'
import { Inbound } from './receiving/inbound.ts'
import { InboundEdus } from './receiving/inbound-edus.ts'
import { InboundPdus } from './receiving/inbound-pdus.ts'
import { inboundReceipts } from './receiving/inbound-receipts.ts'
import { inboundTyping } from './receiving/inbound-typing.ts'
import { ServedRooms } from './receiving/served-rooms.ts'
import { ServerViews } from './receiving/server-views.ts'
import { buildSending, type Agreements, type Sending, type SendingParts } from './sending/build-sending.ts'
import { ServerAcls } from './server-acls.ts'

export interface FederationParts extends RoomCoreParts, RoomCore, Pick<Receiving, 'receiver'>, Pick<RoomReading, 'typing' | 'receipts'>,
  Remote, Agreements, Pick<SendingParts, 'random' | 'metrics' | 'presence'> {
  readonly config: SendingParts['config']
  readonly log: Log
}

/** What other servers are served, and what is asked of them and sent to them. */
export interface Federation extends Agreements, Sending {
  readonly serverAcls: ServerAcls
  readonly servedRooms: ServedRooms
  readonly inbound: Inbound
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

export function buildFederation(parts: FederationParts): Federation & { readonly course: FederationCourse } {
  const serverAcls = new ServerAcls()
  const serverViews = new ServerViews(parts)
  const eventTimes = new EventTimes(parts)
  const sending = buildSending({ ...parts, serverAcls })
  const inbound = new Inbound({
    ...parts,
    pdus: new InboundPdus({ ...parts, serverAcls }),
    createEdus: (eventsOf) => new InboundEdus({
      log: parts.log,
      handlers: new Map([
        ['m.typing', inboundTyping({ ...parts, serverAcls })],
        ['m.receipt', inboundReceipts({ ...parts, serverAcls, eventsOf })],
      ]),
    }),
  })
  const { carriedEvents, assumedServers } = parts
  return {
    serverAcls, inbound, carriedEvents, assumedServers, ...sending,
    servedRooms: new ServedRooms({ ...parts, serverAcls, serverViews, eventTimes }),
    course: {
      chores: [
        { name: 'inbound transactions', run: () => inbound.forgetOld() },
        { name: 'carried events', run: () => carriedEvents.deleteOld() },
      ],
      async start() {
        await inbound.start()
        await sending.federationSender.start()
      },
      async settled() {
        await inbound.settled()
        await sending.federationSender.settled()
      },
      async close() {
        await inbound.close()
        await sending.federationSender.close()
      },
    },
  }
}
