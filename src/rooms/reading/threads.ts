import { redactEvent } from '../../matrix/redaction.ts'
import type { Db } from '../../store/database.ts'
import type { Place } from '../../store/rooms/events.ts'
import { listThreadRoots } from '../../store/rooms/relations.ts'
import { placeBefore } from '../../streams/tokens.ts'
import type { EventCache } from '../event-cache.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import type { Reader } from './client-events.ts'
import { justBeyond, type PageTokens } from './page-tokens.ts'
import { describeEvent } from './read-event.ts'
import type { ReadScope, ReadScopes } from './read-scope.ts'
import type { Timeline } from './timeline.ts'

export interface ThreadsRequest {
  readonly include: 'all' | 'participated'
  readonly from?: string | undefined
  readonly limit: number
}

export interface ThreadsParts {
  readonly db: Db
  readonly events: EventCache
  readonly scopes: ReadScopes
  readonly timeline: Timeline
  readonly tokens: PageTokens
}

/** How many pages are looked through for threads that the reader may see. */
const ROUNDS_MAX = 10

/** The threads of rooms. */
export class Threads {
  readonly #parts: ThreadsParts

  constructor(parts: ThreadsParts) {
    this.#parts = parts
  }

  /**
   * The roots of a room's threads as JSON texts, that of the thread with the latest event first. Throws M_FORBIDDEN for who
   * may not read the room, M_INVALID_PARAM for a token of elsewhere. (Client-Server API, Querying threads in a room.)
   */
  async list(
    room: Room, reader: Reader, { include, from, limit }: ThreadsRequest,
  ): Promise<{ chunk: readonly string[], nextBatch: string | undefined }> {
    const { db, events, scopes, timeline, tokens } = this.#parts
    const scope = await scopes.open(room, reader)
    const participant = include === 'participated' ? reader.user : undefined
    const found: RoomEvent[] = []
    let before = justBeyond(from === undefined ? tokens.end() : tokens.read('from', from))
    let last: Place | undefined
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const rows = await listThreadRoots(
        db, { room: room.nid, before, participant, limit: limit + 1, notSenders: scope.ignored, until: scope.until },
      )
      const roots = await events.map(rows.map((row) => row.nid))
      for (const { nid, place } of rows) {
        if (found.length === limit) break
        const root = roots.get(nid)
        if (root !== undefined && scope.view.maySee(root)) found.push(shownRoot(scope, root, room))
        last = place
      }
      const isDone = last === undefined || (rows.length <= limit && last === rows.at(-1)?.place)
      if (isDone) return { chunk: await timeline.format(scope, found), nextBatch: undefined }
      before = last ?? before
      if (found.length === limit) break
    }
    return { chunk: await timeline.format(scope, found), nextBatch: last === undefined ? undefined : tokens.format(placeBefore(last)) }
  }
}

/** The root of a thread that others go on with is shown without its content where the reader ignores its sender (List threads). */
function shownRoot(scope: ReadScope, root: RoomEvent, room: Room): RoomEvent {
  return scope.ignores(root.sender) ? describeEvent(root, redactEvent(root.pdu, room.version), room.version) : root
}
