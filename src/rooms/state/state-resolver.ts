import { canonicalJson } from '../../matrix/canonical-json.ts'
import { createEventIdOfRoom } from '../../matrix/ids.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { ResolvableEvent } from '../../matrix/state-resolution/resolution.ts'
import type { Db } from '../../store/database.ts'
import { findEventNids } from '../../store/rooms/events.ts'
import { findStateKeyNids, listLine, listResolvableRows } from '../../store/rooms/resolution.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import { yieldToLoop } from '../../util/yield.ts'
import type { AuthChains, ChainedRoom, Unconflicted } from '../auth-chains/auth-chains.ts'
import { ResolutionTask, type ResolutionRow, type Resolving } from './resolution-task.ts'
import { ResolutionFailed, ResolutionThread } from './resolution-thread.ts'

/** An event that is in conflict, or cited, and not in the database yet. It must have been placed by `AuthChains.assign`. */
export interface UncommittedEvent {
  readonly nid: number
  readonly key: number
  readonly event: ResolvableEvent
  readonly authNids: readonly number[]
}

export interface ResolutionRequest {
  readonly room: ChainedRoom & { readonly roomId: string, readonly version: RoomVersion }
  /** Of each state the events of the keys in which the states differ, by the numbers of the keys. */
  readonly states: readonly ReadonlyMap<number, number>[]
  readonly unconflicted: Unconflicted
  readonly uncommitted?: readonly UncommittedEvent[]
}

/** More events in conflict than this are resolved in the thread. */
const INLINE_MAX = 200
const EVENTS_MAX = 100_000
/** So many events are read, and handed on, at a time. */
const PORTION = 200

/** Resolves states of a room by what they differ in, reading no more than that needs. */
export class StateResolver {
  readonly #db: Db
  readonly #chains: AuthChains
  readonly #thread: ResolutionThread

  constructor({ db, chains, clock, log }: { db: Db, chains: AuthChains, clock: Clock, log: Log }) {
    this.#db = db
    this.#chains = chains
    this.#thread = new ResolutionThread({ clock, log })
  }

  /**
   * What comes out for the keys in which the states differ, and for keys that none of them has: events by the numbers of
   * keys. A key that is missing in it is not in the state (each room version, State resolution). Throws ResolutionFailed.
   */
  async resolve(request: ResolutionRequest): Promise<Map<number, number>> {
    const full = await this.#listFullConflictedSet(request)
    if (full.length === 0) return new Map()
    if (full.length > EVENTS_MAX) throw new ResolutionFailed(`${full.length} events would have to be looked at`)
    const { version } = request.room
    if (full.length <= INLINE_MAX) return this.#resolve(request, full, inline(version))
    return this.#thread.run(version.id, (resolving) => this.#resolve(request, full, resolving))
  }

  /** Ends the thread when it has done what it was given. */
  async close(): Promise<void> {
    await this.#thread.close()
  }

  async #listFullConflictedSet({ room, states, unconflicted }: ResolutionRequest): Promise<number[]> {
    const sets = states.map((state) => [...state.values()])
    const conflicted = [...new Set(sets.flat())]
    if (conflicted.length === 0 || room.version.stateResolution === 'v1') return conflicted
    const difference = await this.#chains.difference(room, sets, unconflicted)
    const subgraph = room.version.stateResolution === 'v2.1' ? await this.#chains.conflictedSubgraph(room, conflicted) : []
    return [...new Set([...conflicted, ...difference, ...subgraph])]
  }

  async #resolve(request: ResolutionRequest, full: readonly number[], resolving: Resolving): Promise<Map<number, number>> {
    const { room, states, unconflicted } = request
    const keys = new Map<number, number>()
    const loader = new Loader(this.#db, request.uncommitted ?? [], resolving)
    const cited = await loader.load(full, keys)
    // The first algorithm looks at what is in conflict alone.
    if (room.version.stateResolution !== 'v1') await loader.load([...cited])
    if (room.version.roomIdFromCreateEvent) {
      await loader.load([...(await findEventNids(this.#db, [createEventIdOfRoom(room.roomId)])).values()])
    }

    // Since room version 12 nothing is judged by what the states agree in.
    const isJudgedByAgreed = room.version.stateResolution !== 'v2.1'
    const needed = isJudgedByAgreed ? await findStateKeyNids(this.#db, await resolving.listKeys(full)) : []
    const agreed = await unconflicted.find([...new Set([...needed, ...keys.values()])])
    const judging = new Set(needed.flatMap((key) => agreed.get(key) ?? []))
    await loader.load([...judging])
    const resolved = await resolving.resolve({
      states: states.map((state) => [...state.values()]),
      full,
      unconflicted: [...judging],
      powerLine: await this.#listPowerLine(loader.loaded, request),
    })
    return new Map(resolved.flatMap((nid) => {
      const key = keys.get(nid)
      return key === undefined || agreed.has(key) ? [] : [[key, nid]]
    }))
  }

  async #listPowerLine(
    loaded: ReadonlySet<number>, { room, uncommitted = [] }: ResolutionRequest,
  ): Promise<[string, string | undefined][]> {
    if (room.version.stateResolution === 'v1') return []
    const [key] = await findStateKeyNids(this.#db, [{ type: 'm.room.power_levels', stateKey: '' }])
    if (key === undefined) return []
    const starts = [...loaded, ...uncommitted.flatMap((each) => each.authNids)]
    return (await listLine(this.#db, starts, key)).map(({ event_id: eventId, before }) => [eventId, before ?? undefined])
  }
}

interface Loaded {
  readonly nid: number
  readonly key: number
  readonly authNids: readonly number[]
  /** Undefined where the event was purged. */
  readonly row: ResolutionRow | undefined
}

/** Brings events to where they are resolved, each once. */
class Loader {
  readonly loaded = new Set<number>()
  readonly #db: Db
  readonly #uncommitted: ReadonlyMap<number, UncommittedEvent>
  readonly #resolving: Resolving

  constructor(db: Db, uncommitted: readonly UncommittedEvent[], resolving: Resolving) {
    this.#db = db
    this.#uncommitted = new Map(uncommitted.map((each) => [each.nid, each]))
    this.#resolving = resolving
  }

  /** Returns what the events cite; takes down their keys. */
  async load(nids: readonly number[], keys?: Map<number, number>): Promise<Set<number>> {
    const missing = nids.filter((nid) => !this.loaded.has(nid))
    const cited = new Set<number>()
    for (let at = 0; at < missing.length; at += PORTION) {
      const portion = missing.slice(at, at + PORTION)
      const rows = await this.#list(portion)
      for (const row of rows) {
        keys?.set(row.nid, row.key)
        for (const authNid of row.authNids) cited.add(authNid)
      }
      for (const nid of portion) this.loaded.add(nid)
      await this.#resolving.add(rows.flatMap(({ row }) => row ?? []))
      await yieldToLoop()
    }
    return cited
  }

  async #list(nids: readonly number[]): Promise<Loaded[]> {
    const pending = nids.flatMap((nid) => this.#uncommitted.get(nid) ?? []).map(({ nid, key, authNids, event }) => {
      const { eventId, json, rejected = false } = event
      return { nid, key, authNids, row: { nid, eventId, json: canonicalJson(json), isRejected: rejected, isRedacted: false } }
    })
    const stored = nids.filter((nid) => !this.#uncommitted.has(nid))
    const rows = stored.length === 0 ? [] : await listResolvableRows(this.#db, stored)
    return [...pending, ...rows.map((row) => ({ nid: row.nid, key: row.key_nid, authNids: row.auth_nids, row: rowOf(row) }))]
  }
}

function rowOf(row: Awaited<ReturnType<typeof listResolvableRows>>[number]): ResolutionRow | undefined {
  if (row.json === null) return undefined
  return { nid: row.nid, eventId: row.event_id, json: row.json, isRejected: row.is_rejected, isRedacted: row.is_redacted }
}

/** Few events are resolved here and now. */
function inline(version: RoomVersion): Resolving {
  const task = new ResolutionTask(version)
  return {
    add: async (rows) => task.add(rows),
    listKeys: async (full) => task.listKeys(full),
    resolve: async (input) => task.resolve(input),
  }
}
