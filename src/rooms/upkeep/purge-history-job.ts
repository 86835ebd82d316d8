import { serverNameOf } from '../../matrix/ids.ts'
import type { Db } from '../../store/database.ts'
import { deleteBodies } from '../../store/rooms/event-bodies.ts'
import type { Place } from '../../store/rooms/events.ts'
import { listEventsBetween } from '../../store/rooms/purge.ts'
import { START } from '../../store/rooms/retention.ts'
import type { JobKind, JobStep, JobTask } from '../../streams/background-jobs.ts'
import type { EventCache } from '../event-cache.ts'
import type { Rooms } from '../rooms.ts'

export const PURGE_HISTORY_JOB = 'purge-history'

/** What is to be purged. */
export interface PurgeOrder {
  readonly room: number
  /** Everything before this place goes, but for state. */
  readonly before: Place
  /** Whether what was said here goes as well: other servers may not have it, and then nobody does. */
  readonly deletesLocal: boolean
}

export interface PurgeHistoryJobParts {
  readonly db: Db
  readonly rooms: Rooms
  readonly events: EventCache
  readonly serverName: string
}

/** Takes the bodies of a room's messages away up to a place. Their headers stay, so that the graph of the room does. */
export class PurgeHistoryJob implements JobKind {
  readonly name = PURGE_HISTORY_JOB
  readonly #parts: PurgeHistoryJobParts

  constructor(parts: PurgeHistoryJobParts) {
    this.#parts = parts
  }

  async step({ arguments: order, cursor, size }: JobTask): Promise<JobStep> {
    const { db, rooms, events, serverName } = this.#parts
    const { room, before, deletesLocal } = order as PurgeOrder
    const after = cursor as Place | null | undefined ?? START
    const rows = await listEventsBetween(db, room, { after, before }, size)
    const purged = rows.filter(({ is_state: isState, sender }) => !isState && (deletesLocal || serverNameOf(sender) !== serverName))
    const done = await deleteBodies(db, purged)
    const nids = new Set(purged.map(({ nid }) => nid))
    for (const nid of nids) events.forget(nid)
    rooms.peekByNid(room)?.recent.remove((event) => nids.has(event.nid))
    const last = rows.at(-1)
    return {
      cursor: last === undefined ? after : { pos: last.place_pos, offset: last.place_offset },
      done,
      then: rows.length === size ? 'go on' : 'finish',
    }
  }
}
