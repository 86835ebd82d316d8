import { authorize, checkAuthEvents } from '../../matrix/auth-rules.ts'
import { pduOf, type Pdu } from '../../matrix/event.ts'
import { isJsonObject, LOSSLESS, parseJson } from '../../matrix/json.ts'
import { stateKeyText, type FindState } from '../../matrix/room-state.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { ResolvableEvent, StateMap } from '../../matrix/state-resolution/resolution.ts'
import type { Db } from '../../store/database.ts'
import { listEvents } from '../../store/rooms/events.ts'
import { listGraph, type GraphRow } from '../../store/rooms/room-graph.ts'
import type { Reference } from '../../store/rooms/state-at.ts'
import { stateAfter, stateBefore } from '../state/state-reference.ts'
import type { ServerKeys } from '../server-keys.ts'
import { checkIntegrity, listKeysOf } from './check-integrity.ts'
import type { CheckCounts, Finding } from './finding.ts'
import { ReplayedStates } from './replayed-states.ts'
import { inGraph, orderRoom, type RoomOrder } from './room-order.ts'
import { compareStates, readStoredState } from './stored-states.ts'

export interface CheckedRoom {
  readonly nid: number
  readonly version: RoomVersion
}

export interface RoomCheckParts {
  readonly db: Db
  readonly keys: ServerKeys
}

const PAGE_SIZE = 500
const STATUS_NAMES = ['accepted', 'rejected', 'soft-failed', 'outlier'] as const
/** Whole states are compared at so many places of branches at most, besides the present one. */
const BRANCH_STATES_MAX = 100
const NOW = Number.MAX_SAFE_INTEGER

/**
 * Goes through all events of a room and says what does not hold: ids, content hashes and signatures, the verdicts of the
 * authorisation rules, and whether the states that are stored are those to which the events lead (Server-Server API, Checks
 * performed on receipt of a PDU). Changes nothing. It holds the room's state events in memory.
 */
export class RoomCheck {
  readonly counts: CheckCounts = { events: 0, withoutBody: 0, withoutKey: 0, states: 0 }
  readonly #parts: RoomCheckParts
  readonly #room: CheckedRoom
  readonly #stateEvents = new Map<string, ResolvableEvent>()
  readonly #comparedBranches = new Set<string>()
  /** The state events of the room's graph by id. */
  readonly #rows = new Map<string, GraphRow & { readonly state_key: string }>()

  constructor(parts: RoomCheckParts, room: CheckedRoom) {
    this.#parts = parts
    this.#room = room
  }

  /** What was found, as it is found; `onProgress` is told how many of the events have been looked at. */
  async * run(onProgress: (done: number, of: number) => void): AsyncGenerator<Finding> {
    const graph: GraphRow[] = []
    for (let page = await this.#page(0); page.length > 0; page = await this.#page(page.at(-1)?.nid ?? 0)) graph.push(...page)
    for (const row of graph) if (isStateRow(row)) this.#rows.set(row.event_id, row)
    const order = orderRoom(graph)
    const states = new ReplayedStates(this.#room.version, order.followers, (eventId) => this.#stateEvents.get(eventId))
    for (let at = 0; at < order.order.length; at += PAGE_SIZE) {
      yield* this.#checkPage(order, order.order.slice(at, at + PAGE_SIZE), states)
      onProgress(Math.min(at + PAGE_SIZE, order.order.length), order.order.length)
    }
    yield* this.#comparePresent(order, states)
  }

  #page(after: number): Promise<GraphRow[]> {
    return listGraph(this.#parts.db, this.#room.nid, { after, limit: PAGE_SIZE })
  }

  async * #checkPage(order: RoomOrder, rows: readonly GraphRow[], states: ReplayedStates): AsyncGenerator<Finding> {
    const { version } = this.#room
    const pdus = await this.#readBodies(rows)
    const findKey = await this.#parts.keys.load([...pdus.values()].flatMap((pdu) => listKeysOf(pdu, version)))
    for (const row of rows) {
      this.counts.events += 1
      const pdu = pdus.get(row.nid)
      if (pdu === undefined) this.counts.withoutBody += 1
      else yield* await checkIntegrity(pdu, version, findKey, this.counts)
      if (pdu?.stateKey !== undefined) this.#stateEvents.set(pdu.eventId, { ...pdu, rejected: row.status === 1 })
      yield* this.#checkStanding(order, row, pdu, states)
    }
  }

  async #readBodies(rows: readonly GraphRow[]): Promise<Map<number, Pdu>> {
    const pdus = new Map<number, Pdu>()
    for (const { nid, event_id: eventId, json } of await listEvents(this.#parts.db, rows.map((row) => row.nid))) {
      const parsed = json === null ? undefined : parseJson(json, LOSSLESS)
      if (parsed?.ok === true && isJsonObject(parsed.value)) pdus.set(nid, pduOf(parsed.value, this.#room.version, eventId))
    }
    return pdus
  }

  /** Replays one event: the state before it, the verdict on it, the state after it. */
  async * #checkStanding(order: RoomOrder, row: GraphRow, pdu: Pdu | undefined, states: ReplayedStates): AsyncGenerator<Finding> {
    const byCited = pdu === undefined ? undefined : this.#judgeByCited(order, row, pdu)
    if (!inGraph(row)) {
      if (byCited !== undefined) yield { kind: 'auth', eventId: row.event_id, message: `It is kept, but ${byCited}` }
      return
    }
    // What was not accepted makes no gaps that somebody could want to be filled.
    const hasGap = row.has_gap || (pdu !== undefined && new Set(pdu.prevEvents).size > row.prev_nids.length)
    const reached = hasGap ? undefined : states.before({ nid: row.nid, prevNids: row.prev_nids })
    const replayed = reached === undefined || pdu === undefined ? reached : this.#widen(order, row, pdu, { reached, states })
    const before = replayed ?? await this.#readState(stateBefore(inCourse(row)))
    if (pdu !== undefined) yield* this.#checkVerdict(row, pdu, byCited ?? this.#judge(pdu, before))
    if (replayed !== undefined) yield* this.#compareBranch(row, replayed)
    const isTaken = row.state_key !== null && row.status !== 1
    states.keep(row.nid, before, isTaken ? { type: row.type, stateKey: row.state_key, eventId: row.event_id } : undefined)
  }

  /** Where the states before an event rest on what was told, and refuse it, it was judged with what it cites. */
  #widen(
    { rows }: RoomOrder, row: GraphRow, pdu: Pdu,
    { reached, states }: { readonly reached: Map<string, string>, readonly states: ReplayedStates },
  ): Map<string, string> {
    if (!row.is_told || this.#judge(pdu, reached) === undefined) return reached
    const cited = row.auth_nids.flatMap((nid) => this.#stateEvents.get(rows.get(nid)?.event_id ?? '') ?? [])
    const entries = cited.map(({ type, stateKey = '', eventId }) => [stateKeyText({ type, stateKey }), eventId] as const)
    return states.merge([reached, new Map([...reached, ...entries])])
  }

  * #checkVerdict(row: GraphRow, pdu: Pdu, refusal: string | undefined): Generator<Finding> {
    const isRejected = row.status === 1
    if (isRejected === (refusal !== undefined)) return
    const status = STATUS_NAMES[row.status] ?? 'something unknown'
    const message = isRejected ? 'It is stored as rejected, but the rules allow it.' : `It is stored as ${status}, but ${refusal}`
    yield { kind: 'auth', eventId: pdu.eventId, message }
  }

  /** Why the rules refuse an event by the events that it cites. */
  #judgeByCited({ rows }: RoomOrder, row: GraphRow, pdu: Pdu): string | undefined {
    const other = row.auth_nids.map((nid) => rows.get(nid)).find((each) => each?.state_key === null)
    if (other !== undefined) return `${other.type} is no state and does not authorise this event.`
    const cited = row.auth_nids.flatMap((nid) => this.#stateEvents.get(rows.get(nid)?.event_id ?? '') ?? [])
    if (cited.length < row.auth_nids.length) return undefined
    const citations = checkAuthEvents(this.#room.version, pdu, cited.map((event) => ({ ...event, rejected: event.rejected === true })))
    if (!citations.allowed) return citations.reason
    const state = new Map(cited.map((event) => [stateKeyText({ type: event.type, stateKey: event.stateKey ?? '' }), event.eventId]))
    const create = [...this.#stateEvents.values()].find(({ type }) => type === 'm.room.create')
    if (this.#room.version.roomIdFromCreateEvent && create !== undefined) {
      state.set(stateKeyText({ type: 'm.room.create', stateKey: '' }), create.eventId)
    }
    return this.#judge(pdu, state)
  }

  #judge(pdu: Pdu, state: StateMap): string | undefined {
    const findState: FindState = (type, stateKey) => this.#stateEvents.get(state.get(stateKeyText({ type, stateKey })) ?? '')
    // Whether another server vouched for a restricted join was seen to when it was received.
    const verdict = authorize(this.#room.version, pdu, findState, { isSignedBy: () => true })
    return verdict.allowed ? undefined : verdict.reason
  }

  async * #compareBranch(row: GraphRow, before: StateMap): AsyncGenerator<Finding> {
    if (row.state_branch === null || this.#comparedBranches.size >= BRANCH_STATES_MAX) return
    const reference = stateBefore(inCourse(row))
    const name = `${reference?.branch} ${reference?.at}`
    if (this.#comparedBranches.has(name)) return
    this.#comparedBranches.add(name)
    for (const message of compareStates(await this.#readState(reference), before)) yield { kind: 'state', eventId: row.event_id, message }
  }

  async * #comparePresent(order: RoomOrder, states: ReplayedStates): AsyncGenerator<Finding> {
    const ends = order.ends.flatMap((nid) => states.at(nid) ?? [])
    if (ends.length === 0) {
      yield { kind: 'graph', eventId: undefined, message: 'No event of the room is the last one.' }
      return
    }
    const replayed = states.merge(ends.map((state) => new Map(state)))
    const stored = await this.#readState({ branch: 0, at: NOW })
    for (const message of compareStates(stored, replayed)) yield { kind: 'state', eventId: undefined, message }
  }

  /** A state that was told before a gap may have events that were only found a place behind it later. */
  async #readState(reference: Reference | undefined): Promise<Map<string, string>> {
    this.counts.states += 1
    if (reference === undefined) return new Map()
    const state = await readStoredState(this.#parts.db, this.#room.nid, reference, (eventId) => {
      const row = this.#rows.get(eventId)
      return row === undefined ? undefined : { type: row.type, stateKey: row.state_key }
    })
    const rows = [...state.values()].flatMap((eventId) => this.#stateEvents.has(eventId) ? [] : this.#rows.get(eventId) ?? [])
    const pdus = rows.length === 0 ? new Map<number, Pdu>() : await this.#readBodies(rows)
    for (const { nid, status } of rows) {
      const pdu = pdus.get(nid)
      if (pdu !== undefined) this.#stateEvents.set(pdu.eventId, { ...pdu, rejected: status === 1 })
    }
    return state
  }
}

function isStateRow(row: GraphRow): row is GraphRow & { readonly state_key: string } {
  return row.state_key !== null
}

function inCourse(row: GraphRow): Parameters<typeof stateAfter>[0] {
  return {
    pos: row.pos ?? undefined,
    branch: row.state_branch === null ? undefined : { branch: row.state_branch, at: row.state_seq ?? 0 },
    stateKey: row.state_key ?? undefined,
    status: STATUS_NAMES[row.status] ?? 'rejected',
  }
}
