import { isJsonObject, ownValue, parseJson, STORED, type JsonObject, type MutableJsonObject } from '../../matrix/json.ts'
import type { Db } from '../../store/database.ts'
import {
  listReferences, listRelationTypes, listReplacements, listThreads, type ChildFilter, type ThreadRow,
} from '../../store/rooms/relations.ts'
import type { EventCache } from '../event-cache.ts'
import { isStateEvent, type RoomEvent } from '../room-event.ts'
import type { ClientEvents, FormatOptions, Reader } from './client-events.ts'
import { findIgnored, type IgnoredBy } from './ignored-users.ts'

/** For whom relations are gathered. */
export interface AggregationOptions {
  readonly reader: Reader
  /** What the reader may see, where that is not all of the room. */
  readonly view?: FormatOptions['view']
  /** The last position whose events the reader may see, for who has left. */
  readonly until?: number | undefined
}

export interface AggregationParts {
  readonly db: Db
  readonly events: EventCache
  readonly clientEvents: ClientEvents
  readonly ignoredUsers: IgnoredBy
}

interface Thread { readonly row: ThreadRow, readonly latest: RoomEvent }

const AGGREGATED = ['m.replace', 'm.thread', 'm.reference']
/** How many of the latest edits are looked at for one that is valid. */
const EDITS_MAX = 5
const REFERENCES_MAX = 100

/** What others said about events, bundled with them (Client-Server API, Aggregations of child events). */
export class Aggregations {
  readonly #parts: AggregationParts

  constructor(parts: AggregationParts) {
    this.#parts = parts
  }

  /**
   * For those of the events that others relate to, the content of `m.relations`, by event id. The events may be of several rooms.
   * State events carry none, redacted children do not count, nor do those of users whom the reader ignores.
   */
  async bundle(events: readonly RoomEvent[], options: AggregationOptions): Promise<Map<string, JsonObject>> {
    const parents = events.filter((event) => !isStateEvent(event))
    if (parents.length === 0) return new Map()
    const relTypes = await listRelationTypes(this.#parts.db, parents.map((event) => event.eventId), AGGREGATED)
    if (relTypes.size === 0) return new Map()
    const having = (relType: string): RoomEvent[] => parents.filter((event) => relTypes.get(event.eventId)?.has(relType) === true)
    const filter = await this.#filterFor(options)
    const threads = await this.#threads(having('m.thread'), options, filter)
    const edited = [...having('m.replace'), ...[...threads.values()].map(({ latest }) => latest)]
    const edits = await this.#formattedEdits(edited, options, filter)
    const formattedThreads = await this.#formatThreads(threads, edits, options)
    const references = await listReferences(this.#parts.db, having('m.reference').map((event) => event.nid), filter, REFERENCES_MAX)
    const bundles = new Map<string, JsonObject>()
    for (const event of parents) {
      const bundle: MutableJsonObject = {}
      const edit = edits.get(event.eventId)
      const thread = formattedThreads.get(event.eventId)
      const chunk = references.get(event.nid) ?? []
      if (edit !== undefined) bundle['m.replace'] = edit
      if (thread !== undefined) bundle['m.thread'] = thread
      if (chunk.length > 0) bundle['m.reference'] = { chunk: chunk.map((eventId) => ({ event_id: eventId })) }
      if (Object.keys(bundle).length > 0) bundles.set(event.eventId, bundle)
    }
    return bundles
  }

  async #filterFor({ reader, until }: AggregationOptions): Promise<ChildFilter> {
    const ignored = await findIgnored(this.#parts, reader.user)
    return { notSenders: ignored.users, until }
  }

  /** The threads on these events, with their latest events. */
  async #threads(roots: readonly RoomEvent[], { reader, view }: AggregationOptions, filter: ChildFilter): Promise<Map<string, Thread>> {
    const rows = await listThreads(this.#parts.db, roots.map((event) => event.nid), reader.user, filter)
    const latest = await this.#parts.events.map([...rows.values()].flatMap((row) => row.latest ?? []))
    const threads = new Map<string, Thread>()
    for (const root of roots) {
      const row = rows.get(root.nid)
      const event = row?.latest == null ? undefined : latest.get(row.latest)
      if (row === undefined || event === undefined || view?.maySee(event) === false) continue
      threads.set(root.eventId, { row, latest: event })
    }
    return threads
  }

  async #formatThreads(
    threads: ReadonlyMap<string, Thread>, edits: ReadonlyMap<string, JsonObject>, options: AggregationOptions,
  ): Promise<Map<string, JsonObject>> {
    const relations = new Map([...edits].map(([eventId, edit]) => [eventId, { 'm.replace': edit }]))
    const latest = await this.#format([...threads.values()].map((thread) => thread.latest), { ...formatOptions(options), relations })
    return new Map([...threads].map(([rootId, { row, latest: event }]) => [rootId, {
      latest_event: latest.get(event.eventId) ?? {}, count: row.count, current_user_participated: row.participated,
    }]))
  }

  /** The newest valid edit of each of the events, as clients see it. A redacted event shows none (Event replacements). */
  async #formattedEdits(
    originals: readonly RoomEvent[], options: AggregationOptions, filter: ChildFilter,
  ): Promise<Map<string, JsonObject>> {
    const editable = originals.filter((event) => event.redactedBy === undefined && event.relType !== 'm.replace')
    const candidates = await listReplacements(this.#parts.db, editable.map((event) => event.nid), filter, EDITS_MAX)
    const events = await this.#parts.events.map([...candidates.values()].flat())
    const chosen = new Map<string, RoomEvent>()
    for (const original of editable) {
      const edit = (candidates.get(original.nid) ?? []).flatMap((nid) => events.get(nid) ?? [])
        .find((event) => isValidEdit(event) && options.view?.maySee(event) !== false)
      if (edit !== undefined) chosen.set(original.eventId, edit)
    }
    const formatted = await this.#format([...chosen.values()], formatOptions(options))
    return new Map([...chosen].map(([eventId, edit]) => [eventId, formatted.get(edit.eventId) ?? {}]))
  }

  async #format(events: readonly RoomEvent[], options: FormatOptions): Promise<Map<string, JsonObject>> {
    const texts = await this.#parts.clientEvents.format(events, options)
    return new Map(events.map((event, index) => [event.eventId, readObject(texts[index] ?? '')]))
  }
}

function formatOptions({ reader, view }: AggregationOptions): FormatOptions {
  return { reader, view, withRoomId: true }
}

function readObject(text: string): JsonObject {
  const parsed = parseJson(text, STORED)
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
}

/** An edit says what is to stand instead; where it is encrypted, only its readers can tell (Event replacements). */
function isValidEdit(event: RoomEvent): boolean {
  return event.type === 'm.room.encrypted' || isJsonObject(ownValue(event.content, 'm.new_content'))
}
