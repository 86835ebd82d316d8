import type { Db } from '../../store/database.ts'
import type { Names } from '../../store/names.ts'
import { listEntriesAt, listStatePage, type StatePage } from '../../store/rooms/state-at.ts'
import { yieldToLoop } from '../../util/yield.ts'
import type { EventCache } from '../event-cache.ts'
import type { RoomEvent } from '../room-event.ts'
import type { StateReference } from './state-reference.ts'

const PAGE_SIZE = 1_000

/** Reads the state of a room at any event, in whatever part of its graph that is. */
export class StatesAt {
  readonly #db: Db
  readonly #names: Names
  readonly #events: EventCache

  constructor({ db, names, events }: { db: Db, names: Names, events: EventCache }) {
    this.#db = db
    this.#names = names
    this.#events = events
  }

  /** Some entries of a state; those that it does not have are left out. */
  async find(
    room: number, reference: StateReference, keys: readonly { readonly type: string, readonly stateKey: string }[],
  ): Promise<RoomEvent[]> {
    const [found = []] = await this.findEach(room, [reference], keys)
    return found
  }

  /** The same of several states, read together, in the order of the references. */
  async findEach(
    room: number, references: readonly StateReference[], keys: readonly { readonly type: string, readonly stateKey: string }[],
  ): Promise<RoomEvent[][]> {
    const known = await Promise.all(keys.map((key) => this.#names.findKey(key)))
    const nids = [...new Set(known.filter((key) => key !== undefined))]
    const states = await listEntriesAt(this.#db, room, references, nids)
    const events = await this.#events.map([...new Set(states.flat().map((entry) => entry.event_nid))])
    return states.map((entries) => entries.flatMap((entry) => events.get(entry.event_nid) ?? []))
  }

  /** The whole state in slices, between which others get their turn. */
  async * pages(
    room: number, reference: StateReference, { withoutMembers = false }: { readonly withoutMembers?: boolean | undefined } = {},
  ): AsyncGenerator<StatePage['entries']> {
    const { branches } = this.#events
    await branches.load([reference.branch])
    const path = branches.pathOf(reference)
    let after: number | undefined = 0
    while (after !== undefined) {
      const { entries, next }: StatePage = await listStatePage(this.#db, room, path, { after, limit: PAGE_SIZE, withoutMembers })
      yield entries
      await yieldToLoop()
      after = next
    }
  }

  /** The whole state as events. */
  async list(room: number, reference: StateReference, only?: { readonly withoutMembers?: boolean }): Promise<RoomEvent[]> {
    const events: RoomEvent[] = []
    for await (const entries of this.pages(room, reference, only)) {
      events.push(...await this.#events.list(entries.map((entry) => entry.event_nid)))
    }
    return events
  }
}
