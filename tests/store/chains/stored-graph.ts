import { sql } from 'kysely'
import { canonicalJson } from '../../../src/matrix/canonical-json.ts'
import type { RoomVersion } from '../../../src/matrix/room-versions.ts'
import { stateKeyText } from '../../../src/matrix/room-state.ts'
import type { ResolvableEvent, StateMap } from '../../../src/matrix/state-resolution/resolution.ts'
import type { ChainedEvent } from '../../../src/matrix/auth-chains/chain-cover.ts'
import type { ChainImport } from '../../../src/rooms/auth-chains/auth-chain-import.ts'
import { AuthChains, type ChainedRoom, type Unconflicted } from '../../../src/rooms/auth-chains/auth-chains.ts'
import type { UncommittedEvent } from '../../../src/rooms/state/state-resolver.ts'
import type { Db } from '../../../src/store/database.ts'
import { internStateKeys, internUsers } from '../../../src/store/dictionary.ts'
import { insertRoom } from '../../../src/store/rooms/rooms.ts'

let lastNid = 0

/** A room whose events are written as they are given, with their places in chains or without. */
export class StoredGraph implements ChainedRoom {
  readonly version: RoomVersion
  readonly roomId: string
  readonly nid: number
  readonly #db: Db
  readonly #nids = new Map<string, number>()
  readonly #ids = new Map<number, string>()
  readonly #keys = new Map<string, number>()
  readonly #pending = new Map<string, ChainedEvent | undefined>()
  readonly #keyOfEvent = new Map<number, number>()

  private constructor(db: Db, version: RoomVersion, roomId: string, nid: number) {
    this.#db = db
    this.version = version
    this.roomId = roomId
    this.nid = nid
  }

  /** A new room instead of all that is there, since the graphs of the tests have events of the same ids. */
  static async create(db: Db, version: RoomVersion, roomId: string): Promise<StoredGraph> {
    for (const table of ['auth_chain_links', 'event_bodies', 'events', 'rooms']) await sql`delete from ${sql.table(table)}`.execute(db)
    const nid = await insertRoom(db, { roomId, version: version.id, createdAt: 0 })
    return new StoredGraph(db, version, roomId, nid ?? -1)
  }

  /** Writes events, each after those that it cites; with `chains` they get their places at once. */
  async write(events: readonly ResolvableEvent[], chains?: AuthChains | ChainImport, isPending = false): Promise<void> {
    const users = await internUsers(this.#db, events.map((event) => event.sender))
    const keys = await internStateKeys(this.#db, events.map(({ type, stateKey }) => ({ type, stateKey: stateKey ?? null })))
    const chained = events.map((event, index) => this.#take(event, keys[index] ?? -1))
    if (chains instanceof AuthChains) await chains.prepare(this, chained.flatMap((event) => event.authNids))
    const places = chains instanceof AuthChains ? chains.assign(this, chained) : await chains?.place(chained)
    if (isPending) {
      for (const [index, event] of events.entries()) this.#pending.set(event.eventId, chained[index])
      return
    }
    const links = [...places?.values() ?? []].flatMap(({ chain, seq, links: to }) => to.map((each) => [chain, seq, each.chain, each.seq]))
    const rows = events.map((event, index) => {
      const { nid = -1, authNids: auth = [] } = chained[index] ?? {}
      return { event, nid, key: keys[index], auth }
    })
    await sql`insert into events (nid, event_id, room_nid, sender_nid, key_nid, is_state, depth, origin_server_ts, received_at, status,
        prev_nids, auth_nids, body_class, chain_nid, chain_seq)
      select nid, event_id, ${this.nid}, sender, key, true, depth, 0, 0, status, '{}', auth::bigint[], 0, chain, seq from unnest(
        ${rows.map(({ nid }) => nid)}::bigint[], ${rows.map(({ event }) => event.eventId)}::text[],
        ${rows.map(({ event }) => users.get(event.sender))}::int[], ${rows.map(({ key }) => key)}::int[],
        ${rows.map(({ event }) => event.depth)}::bigint[], ${rows.map(({ event }) => event.rejected === true ? 1 : 0)}::int[],
        ${rows.map(({ auth }) => `{${auth.join(',')}}`)}::text[], ${rows.map(({ nid }) => places?.get(nid)?.chain ?? null)}::bigint[],
        ${rows.map(({ nid }) => places?.get(nid)?.seq ?? null)}::int[]
      ) as row(nid, event_id, sender, key, depth, status, auth, chain, seq)`.execute(this.#db)
    await sql`insert into event_bodies (event_nid, body_class, received_day, json) select row.nid, 0, 0, row.json from unnest(
      ${rows.map(({ nid }) => nid)}::bigint[], ${rows.map(({ event }) => canonicalJson(event.json))}::text[]) as row(nid, json)`
      .execute(this.#db)
    await sql`insert into auth_chain_links select ${this.nid}, * from unnest(${links.map(([chain]) => chain)}::bigint[],
      ${links.map(([, seq]) => seq)}::int[], ${links.map(([, , chain]) => chain)}::bigint[], ${links.map(([, , , seq]) => seq)}::int[])`
      .execute(this.#db)
  }

  /** Those of the events that were placed and not written. */
  listPending(events: Iterable<ResolvableEvent>): UncommittedEvent[] {
    return [...events].flatMap((event) => {
      const chained = this.#pending.get(event.eventId)
      return chained === undefined ? [] : [{ nid: chained.nid, key: chained.key, event, authNids: chained.authNids }]
    })
  }

  nidOf(eventId: string): number {
    return this.#nids.get(eventId) ?? -1
  }

  nidsOf(eventIds: Iterable<string>): number[] {
    return [...eventIds].map((eventId) => this.nidOf(eventId))
  }

  idsOf(nids: Iterable<number>): string[] {
    return [...nids].map((nid) => this.#ids.get(nid) ?? `?${nid}`).sort()
  }

  keyOf(nid: number): number {
    return this.#keyOfEvent.get(nid) ?? -1
  }

  /** The states without what they agree in, and that. */
  separate(states: readonly StateMap[]): { partial: ReadonlyMap<number, number>[], agreed: StateMap, unconflicted: Unconflicted } {
    const [first = new Map<string, string>(), ...others] = states
    const agreed = new Map([...first].filter(([key, eventId]) => others.every((other) => other.get(key) === eventId)))
    const partial = states.map((state) => new Map([...state].filter(([key]) => !agreed.has(key)).map(([key, eventId]) => (
      [this.#keys.get(key) ?? -1, this.nidOf(eventId)]
    ))))
    const byKey = new Map([...agreed].map(([key, eventId]) => [this.#keys.get(key), this.nidOf(eventId)]))
    return {
      partial,
      agreed,
      unconflicted: {
        find: async (keys) => new Map(keys.flatMap((key) => byKey.has(key) ? [[key, byKey.get(key) ?? -1]] : [])),
        listOthers: async () => this.nidsOf([...agreed].filter(([key]) => !key.startsWith('13:m.room.member:')).map(([, id]) => id)),
      },
    }
  }

  #take(event: ResolvableEvent, key: number): ChainedEvent {
    lastNid += 1
    const { type, stateKey, eventId } = event
    this.#nids.set(eventId, lastNid)
    this.#ids.set(lastNid, eventId)
    this.#keys.set(stateKeyText({ type, stateKey: stateKey ?? '' }), key)
    this.#keyOfEvent.set(lastNid, key)
    return { nid: lastNid, type, stateKey, key, authNids: this.nidsOf(event.authEvents) }
  }
}
