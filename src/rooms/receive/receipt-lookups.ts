import type { Db } from '../../store/database.ts'
import { listMissing } from '../../store/rooms/gaps.ts'
import { findHeaders, listRedactionsOf, type HeaderRow } from '../../store/rooms/known-events.ts'
import { Batch } from '../../util/batch.ts'

interface InRoom {
  readonly room: number
  readonly eventIds: readonly string[]
}

/** What is looked up for events that are received in many rooms at the same time, together rather than room by room. */
export class ReceiptLookups {
  readonly #headers: Batch<readonly string[], Map<string, HeaderRow>>
  readonly #missing: Batch<InRoom, string[]>
  readonly #redactions: Batch<InRoom, Map<string, number[]>>

  constructor({ db }: { readonly db: Db }) {
    this.#headers = new Batch(async (lists) => {
      const found = await findHeaders(db, [...new Set(lists.flat())])
      return lists.map((eventIds) => pick(found, eventIds))
    })
    this.#missing = new Batch(async (wishes) => {
      const found = await listMissing(db, wishes)
      return wishes.map(({ room, eventIds }) => eventIds.filter((eventId) => found.get(room)?.has(eventId)))
    })
    this.#redactions = new Batch(async (wishes) => {
      const found = await listRedactionsOf(db, wishes)
      return wishes.map(({ room, eventIds }) => pick(found.get(room) ?? new Map<string, number[]>(), eventIds))
    })
  }

  /** The headers of those of the events that are known, by id. */
  async findHeaders(eventIds: readonly string[]): Promise<Map<string, HeaderRow>> {
    return eventIds.length === 0 ? new Map() : this.#headers.get(eventIds)
  }

  /** Which of these events are missing in the room: events that are there name them. */
  async listMissing(room: number, eventIds: readonly string[]): Promise<string[]> {
    return eventIds.length === 0 ? [] : this.#missing.get({ room, eventIds })
  }

  /** Numbers of redactions that were accepted before the events that they redact were known, by the ids of those. */
  async listRedactionsOf(room: number, eventIds: readonly string[]): Promise<Map<string, number[]>> {
    return eventIds.length === 0 ? new Map() : this.#redactions.get({ room, eventIds })
  }
}

function pick<V>(found: ReadonlyMap<string, V>, keys: readonly string[]): Map<string, V> {
  return new Map(keys.flatMap((key): [string, V][] => {
    const value = found.get(key)
    return value === undefined ? [] : [[key, value]]
  }))
}
