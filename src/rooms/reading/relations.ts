import { MatrixError, notFound } from '../../matrix/errors.ts'
import { isEventId } from '../../matrix/ids.ts'
import { relationOf, type Relation } from '../../matrix/relations.ts'
import type { Db } from '../../store/database.ts'
import type { Names } from '../../store/names.ts'
import { hasRelations, listAnnotations, listRelated } from '../../store/rooms/relations.ts'
import { placeBefore } from '../../streams/tokens.ts'
import { KeyedTurns } from '../../util/keyed-turns.ts'
import type { EventCache } from '../event-cache.ts'
import type { RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import type { RelatedEvent } from '../sending.ts'
import type { Reader } from './client-events.ts'
import { BEGINNING, earlier, justBeyond, type PageTokens } from './page-tokens.ts'
import type { ReadScopes } from './read-scope.ts'
import type { Timeline } from './timeline.ts'

export interface RelationsRequest {
  readonly eventId: string
  readonly relType?: string | undefined
  readonly eventType?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly limit: number
  readonly dir: 'b' | 'f'
  readonly recurse: boolean
}

/** A page of the events that relate to another; the events are JSON texts. */
export interface RelationsPage {
  readonly chunk: readonly string[]
  readonly nextBatch: string | undefined
  readonly prevBatch: string | undefined
  /** How many steps were followed, where the client asked for more than one. */
  readonly recursionDepth: number | undefined
}

export interface RelationsParts {
  readonly db: Db
  readonly names: Names
  readonly events: EventCache
  readonly scopes: ReadScopes
  readonly timeline: Timeline
  readonly tokens: PageTokens
}

const RECURSION_DEPTH = 3

/** What events have to do with one another (Client-Server API, Forming relationships between events). */
export class Relations {
  readonly #parts: RelationsParts
  readonly #annotating = new KeyedTurns()

  constructor(parts: RelationsParts) {
    this.#parts = parts
  }

  /**
   * The events that relate to an event. Throws M_FORBIDDEN for who may not read the room, M_NOT_FOUND for an event that the
   * reader cannot see, M_INVALID_PARAM for tokens of elsewhere.
   */
  async list(room: Room, reader: Reader, request: RelationsRequest): Promise<RelationsPage> {
    const { db, events, scopes, timeline, tokens } = this.#parts
    const { eventId, relType, eventType, from, to, limit, dir, recurse } = request
    const scope = await scopes.open(room, reader)
    const parent = await events.findById(eventId)
    const isSeen = parent?.room === room.nid && parent.status === 'accepted' && scope.view.maySee(parent)
    if (!isSeen) throw notFound('There is no such event in this room.')
    // What was edited shows nothing of its edits once it is redacted (Event replacements, Redactions of edited events).
    const hidesEdits = parent.redactedBy !== undefined
    const start = from === undefined ? (dir === 'b' ? tokens.end() : BEGINNING) : tokens.read('from', from)
    const stop = to === undefined ? undefined : tokens.read('to', to)
    const rows = await listRelated(db, {
      room: room.nid, eventId, relType, eventType,
      depthMax: recurse ? RECURSION_DEPTH : 1,
      beyond: dir === 'b' ? justBeyond(start) : start,
      end: dir === 'b' ? stop && justBeyond(stop) : earlier(stop ?? tokens.end(), tokens.end()),
      direction: dir,
      limit: limit + 1,
      notSenders: scope.ignored,
      until: scope.until,
    })
    const page = rows.slice(0, limit)
    const last = page.at(-1)?.place
    const found = await events.list(page.map((row) => row.nid))
    const shown = found.filter(
      (event) => scope.shows(event) && !(hidesEdits && event.relType === 'm.replace' && event.relatesTo === eventId),
    )
    return {
      chunk: await timeline.format(scope, shown),
      nextBatch: rows.length > limit && last !== undefined ? tokens.format(dir === 'b' ? placeBefore(last) : last) : undefined,
      prevBatch: from,
      recursionDepth: recurse ? RECURSION_DEPTH : undefined,
    }
  }

  /**
   * Sends an event if it may relate to another as it does. Throws M_DUPLICATE_ANNOTATION for what the sender has said
   * already, M_UNKNOWN for a thread on what cannot be a root, and for what relates to an event that is not in the room.
   */
  async sendRelated<T>(room: Room, event: RelatedEvent, send: () => Promise<T>): Promise<T> {
    const relation = relationOf(event.content)
    if (relation === undefined) return send()
    await this.#checkTarget(room, relation)
    if (relation.relType !== 'm.annotation') return send()
    // Of two that say the same at the same moment, the later one must find the other committed.
    const { eventId, key } = relation
    return this.#annotating.run(JSON.stringify([room.nid, event.sender, event.type, eventId, key]), async () => {
      await this.#checkNotAnnotated(room, event, relation)
      return send()
    })
  }

  async #checkTarget(room: Room, relation: Relation): Promise<void> {
    const target = await this.#parts.events.findById(relation.eventId)
    if (target === undefined || target.room !== room.nid) return this.#checkUnknownTarget(room, target, relation)
    // No thread begins within another, or at an event that itself belongs to another one (Threading, Validation).
    if (relation.relType === 'm.thread' && relationOf(target.content) !== undefined) {
      throw new MatrixError('M_UNKNOWN', 'A thread cannot start from an event that relates to another.', { status: 400 })
    }
  }

  /** What others relate to may be there, though this server has never seen it. */
  async #checkUnknownTarget(room: Room, elsewhere: RoomEvent | undefined, { eventId }: Relation): Promise<void> {
    if (elsewhere === undefined && isEventId(eventId) && await hasRelations(this.#parts.db, room.nid, eventId)) return
    throw new MatrixError('M_UNKNOWN', 'The event that this one relates to is not in this room.', { status: 400 })
  }

  /** The same user says the same about an event once (Event annotations, Avoiding duplicate annotations). */
  async #checkNotAnnotated(room: Room, { sender, type }: RelatedEvent, { eventId, key: said }: Relation): Promise<void> {
    const { db, names, events } = this.#parts
    const key = await names.findKey({ type, stateKey: null })
    if (key === undefined) return
    const nids = await listAnnotations(db, { eventId, room: room.nid, sender: await names.internUser(sender), key })
    const annotations = await events.list(nids)
    if (annotations.some((event) => relationOf(event.content)?.key === said)) {
      throw new MatrixError('M_DUPLICATE_ANNOTATION', 'You have said that about this event already.')
    }
  }
}
