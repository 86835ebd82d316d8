import type { RoomCore, RoomCoreParts } from '../rooms/build-rooms.ts'
import { EventTimes } from '../rooms/event-times.ts'
import { ServedRooms } from './receiving/served-rooms.ts'
import { ServerViews } from './receiving/server-views.ts'
import { ServerAcls } from './server-acls.ts'

export interface FederationParts extends RoomCoreParts, RoomCore {}

/** What other servers are served, and what is asked of them and sent to them. */
export interface Federation {
  readonly serverAcls: ServerAcls
  readonly servedRooms: ServedRooms
}

export function buildFederation(parts: FederationParts): Federation {
  const serverAcls = new ServerAcls()
  const serverViews = new ServerViews(parts)
  const eventTimes = new EventTimes(parts)
  return {
    serverAcls,
    servedRooms: new ServedRooms({ ...parts, serverAcls, serverViews, eventTimes }),
  }
}
