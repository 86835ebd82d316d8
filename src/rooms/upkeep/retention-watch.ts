import { isJsonObject, LOSSLESS, parseJson, type JsonObject } from '../../matrix/json.ts'
import type { Db } from '../../store/database.ts'
import { listRetentionEvents, type RetentionEventRow } from '../../store/rooms/retention.ts'
import type { Change } from '../../streams/changes.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Rooms } from '../rooms.ts'
import type { RetentionPolicies } from './retention-policies.ts'

export interface RetentionWatchParts {
  readonly db: Db
  readonly stream: Stream
  readonly rooms: Rooms
  readonly retentionPolicies: RetentionPolicies
}

/** Follows what rooms say about how long their messages are kept. */
export class RetentionWatch {
  readonly #parts: RetentionWatchParts
  /** What rooms said when they were last looked at. */
  readonly #contents = new Map<number, JsonObject>()
  /** Rooms that were not in memory when something happened in them. */
  readonly #doubtful = new Set<number>()

  constructor(parts: RetentionWatchParts) {
    this.#parts = parts
  }

  /** Reads what all rooms say, and follows it from then on. `changed` is called when a room says something else. */
  async start(changed: () => void): Promise<void> {
    const { stream, db } = this.#parts
    stream.listen((changes) => {
      let isNew = false
      for (const change of changes) if (change.kind === 'event' && this.#look(change)) isNew = true
      if (isNew) changed()
    })
    for (const row of await listRetentionEvents(db)) {
      // What was said since is newer than what was read.
      if (!this.#contents.has(row.room_nid)) this.#take(row.room_nid, contentOf(row))
    }
  }

  /** Reads what rooms say that could not be looked at. */
  async settle(): Promise<void> {
    if (this.#doubtful.size === 0) return
    const rooms = [...this.#doubtful]
    this.#doubtful.clear()
    const rows = new Map((await listRetentionEvents(this.#parts.db, rooms)).map((row) => [row.room_nid, row]))
    for (const room of rooms) {
      const row = rows.get(room)
      this.#take(room, row === undefined ? undefined : contentOf(row))
    }
  }

  #look({ room: nid }: Extract<Change, { kind: 'event' }>): boolean {
    const room = this.#parts.rooms.peekByNid(nid)
    if (room === undefined) {
      this.#doubtful.add(nid)
      return true
    }
    const content = room.state('m.room.retention')?.content
    if (content === this.#contents.get(nid)) return false
    this.#take(nid, content)
    return true
  }

  #take(room: number, content: JsonObject | undefined): void {
    if (content === undefined) this.#contents.delete(room)
    else this.#contents.set(room, content)
    this.#parts.retentionPolicies.apply(room, content)
  }
}

/** Nothing of the content outlasts a redaction. */
function contentOf({ json, redacted }: RetentionEventRow): JsonObject {
  const parsed = parseJson(json ?? '{}', LOSSLESS)
  const content = parsed.ok && isJsonObject(parsed.value) && !redacted ? parsed.value['content'] : undefined
  return isJsonObject(content) ? content : {}
}
