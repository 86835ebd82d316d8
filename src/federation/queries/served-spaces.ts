import { notFound } from '../../matrix/errors.ts'
import type { RoomSummary } from '../../spec/types.ts'
import { describeRoom } from '../../rooms/directory/describe-room.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import { mayServerFind } from '../../rooms/directory/room-access.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import { isServerIn } from '../../rooms/servers-in-room.ts'
import type { HierarchyRoom } from '../../rooms/directory/space-hierarchy.ts'
import { listChildren } from '../../rooms/directory/space-children.ts'
import type { ServerAcls } from '../server-acls.ts'

export interface ServedSpacesParts {
  readonly rooms: Rooms
  readonly events: EventCache
  readonly serverAcls: ServerAcls
  readonly serverName: string
}

export interface ServedSpace {
  readonly room: HierarchyRoom
  readonly children: readonly RoomSummary[]
  readonly inaccessible_children: readonly string[]
}

/** Of a space with more children the first ones are described. */
const DESCRIBED_MAX = 100

/** What other servers are told of spaces that we are in (Server-Server API, Spaces). */
export class ServedSpaces {
  readonly #parts: ServedSpacesParts

  constructor(parts: ServedSpacesParts) {
    this.#parts = parts
  }

  /** The room, and of its children those that we are in. Throws M_NOT_FOUND where the server's users may not find the room. */
  async get(origin: string, roomId: string, suggestedOnly: boolean): Promise<ServedSpace> {
    const { rooms, events, serverAcls, serverName } = this.#parts
    const room = await rooms.find(roomId)
    if (room === undefined || !isServerIn(room, serverName) || !serverAcls.allows(room, origin)
      || !await mayServerFind(room, origin, rooms)) throw notFound('There is no such room that your users could find.')
    const children = await listChildren(room, events, suggestedOnly)
    const known = await rooms.findAll(children.slice(0, DESCRIBED_MAX).map((child) => child.roomId))
    const described: RoomSummary[] = []
    const inaccessible: string[] = []
    for (const child of known.values()) {
      if (!isServerIn(child, serverName)) continue
      if (serverAcls.allows(child, origin) && await mayServerFind(child, origin, rooms)) described.push(describeRoom(child))
      else inaccessible.push(child.roomId)
    }
    return {
      room: { ...describeRoom(room), children_state: children.map(({ event }) => event) },
      children: described,
      inaccessible_children: inaccessible,
    }
  }
}
