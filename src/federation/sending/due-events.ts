import { serverNameOf } from '../../matrix/ids.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import { contentString } from '../../rooms/room-event.ts'
import type { Room } from '../../rooms/room.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import type { Db } from '../../store/database.ts'
import { listJoinedAround, type SendableEvent } from '../../store/federation/unsent-events.ts'
import type { ReachableServers } from './reachable-servers.ts'

/** An event that a server is to be sent. */
export interface DueEvent { readonly room: number, readonly pos: number, readonly nid: number }

export interface DueEventsParts {
  readonly db: Db
  readonly rooms: Rooms
  readonly events: EventCache
  readonly reachable: ReachableServers
}

/** Tells which servers an event is for. */
export class DueEvents {
  readonly #parts: DueEventsParts

  constructor(parts: DueEventsParts) {
    this.#parts = parts
  }

  /** What each server is to be sent, in the order of the events. */
  async list(events: readonly SendableEvent[]): Promise<Map<string, DueEvent[]>> {
    const due = new Map<string, DueEvent[]>()
    for (const { nid, room: roomNid, pos, target, origin } of events) {
      const room = await this.#parts.rooms.findByNid(roomNid)
      if (room === undefined) continue
      const event = { room: roomNid, pos, nid }
      for (const server of await this.#listServers(room, event, target)) {
        if (server === origin) continue
        const known = due.get(server)
        if (known === undefined) due.set(server, [event])
        else known.push(event)
      }
    }
    return due
  }

  /** Those in the room before or after the event: also a server learns of it whose last user it takes out of the room. */
  async #listServers(room: Room, { nid, pos }: DueEvent, target: string | null): Promise<readonly string[]> {
    const { db, reachable } = this.#parts
    const around = room.servers.around(pos) ?? (await listJoinedAround(db, room.nid, pos)).flatMap((userId) => serverNameOf(userId) ?? [])
    const uninvited = target === null ? undefined : await this.#findUninvited(nid, target)
    return reachable.among(room, uninvited === undefined ? around : [...around, uninvited])
  }

  /** A server whose user was invited has to learn that it is so no more, though it is not in the room. */
  async #findUninvited(nid: number, target: string): Promise<string | undefined> {
    const { events } = this.#parts
    const event = await events.find(nid)
    if (event?.replacesNid === undefined || contentString(event, 'membership') !== 'leave') return undefined
    const before = await events.find(event.replacesNid)
    const membership = before === undefined ? undefined : contentString(before, 'membership')
    return membership === 'invite' || membership === 'knock' ? serverNameOf(target) : undefined
  }
}
