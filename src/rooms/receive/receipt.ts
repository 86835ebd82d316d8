import { allow, type Verdict } from '../../matrix/verdict.ts'
import type { Place } from '../../store/rooms/events.ts'
import { findHeaders, type HeaderRow } from '../../store/rooms/known-events.ts'
import { StaleUnit } from '../../streams/committer.ts'
import type { AuthChains } from '../auth-chains/auth-chains.ts'
import { pendingAuthState, take } from '../build-next.ts'
import type { BuiltEvent } from '../draft.ts'
import type { EventNumbers } from '../event-numbers.ts'
import type { KnownState } from '../outliers.ts'
import { prepareDrafts, type PrepareParts } from '../prepare.ts'
import { checkPolicy, findPolicyServer, type PolicyServers } from '../policy-servers.ts'
import type { Room } from '../room.ts'
import type { Rooms } from '../rooms.ts'
import type { StatesAt } from '../state/state-at.ts'
import { MAIN_LINE } from '../state/state-reference.ts'
import type { RoomWriter } from '../writer.ts'
import type { CheckedPdu } from './check-pdus.ts'
import { ForkedRun, type ForkedParts, type Judged, type Unjudged } from './forked-run.ts'
import { inOrder } from './in-order.ts'
import { checkByAuthEvents, checkByState, isOtherCreate } from './judge.ts'
import { gatherAuth } from './missing-auth.ts'
import { gatherMissing, lacksPredecessor } from './missing-events.ts'
import { fetchStateAfter, type MissingStateParts, type ToldState } from './missing-state.ts'
import { findPlaces } from './places.ts'
import { findTakenIds } from './same-ids.ts'
import type { ReceiptLookups } from './receipt-lookups.ts'
import { draftOf, isPlaced, referenceAfter, type Outcome, type Received, type ReceiveOptions } from './received.ts'
import { findEarlyRedactions, redactionTarget } from './redactions.ts'
import { findStateBefore, withCited, type Before } from './state-before.ts'

export interface ReceiptParts extends ForkedParts, MissingStateParts, PrepareParts {
  readonly lookups: ReceiptLookups
  readonly policyServers: PolicyServers
  readonly rooms: Rooms
  readonly writer: RoomWriter
  readonly numbers: EventNumbers
  readonly chains: AuthChains
  readonly statesAt: StatesAt
  now(): number
}

/** The receipt of some events in a room. What it finds out of them is noted in `outcomes`, and not asked again. */
export class Receipt {
  readonly #parts: ReceiptParts
  readonly #room: Room
  readonly #options: ReceiveOptions
  readonly #outcomes: Map<string, Outcome>
  #headers: ReadonlyMap<string, HeaderRow> = new Map()
  #behind: ReadonlySet<string> = new Set()
  #known = new Map<string, KnownState>()
  readonly #told = new Map<string, ToldState>()
  /** The missing predecessors of which nobody told. */
  readonly #untold = new Set<string>()
  /** How often others were asked what authorises an event, after they told the state before it. */
  #authAsked = 0
  /** What the redactions among the events redact. */
  readonly #redacted = new Set<string>()
  /** What is on its way to the database. */
  #commits: Promise<unknown>[] = []

  constructor(parts: ReceiptParts, room: Room, options: ReceiveOptions, outcomes: Map<string, Outcome>) {
    this.#parts = parts
    this.#room = room
    this.#options = options
    this.#outcomes = outcomes
  }

  async run(given: readonly CheckedPdu[]): Promise<void> {
    const ordered = await this.#gather(given)
    try {
      const coming = await this.#prepare(ordered)
      for (let received = coming.shift(); received !== undefined; received = coming.shift()) await this.#takeOne(received, coming)
    } finally {
      // Whoever fails first is told of; the others fail for the same reason.
      const results = await Promise.allSettled(this.#commits)
      for (const result of results) if (result.status === 'rejected') throw result.reason
    }
  }

  /** The events that are new, with those missing before them, predecessors first; and what authorises them. */
  async #gather(given: readonly CheckedPdu[]): Promise<CheckedPdu[]> {
    const { origin, filling } = this.#options
    const { batch, headers, behind } = await gatherMissing(this.#parts, this.#room, given, { origin, isHistory: filling !== undefined })
    this.#headers = headers
    this.#behind = behind
    const taken = await findTakenIds(this.#parts.events, this.#room.version, [...batch.values()])
    for (const eventId of taken) this.#note(eventId, 'dropped', 'Another event has this id.')
    const fresh = new Map([...batch].filter(([eventId]) => !taken.has(eventId) && !isPlaced(headers.get(eventId))))
    for (const { eventId } of given) if (!fresh.has(eventId) && !this.#outcomes.has(eventId)) this.#note(eventId, 'known')
    // The state before what is missing is asked for as well, and brings what authorises those after it.
    const isAsked = (event: CheckedPdu): boolean => !lacksPredecessor(event, batch, headers)
    this.#known = await gatherAuth(this.#parts, this.#room, fresh, { origin, isAsked })
    return inOrder([...fresh.values()], ({ pdu }) => [...pdu.prevEvents, ...pdu.authEvents])
  }

  async #prepare(ordered: readonly CheckedPdu[]): Promise<Received[]> {
    const { db, numbers, chains } = this.#parts
    const room = this.#room
    const prepared = await prepareDrafts(this.#parts, room, ordered.map((checked) => draftOf(checked, room.version)))
    const { filling } = this.#options
    const places = filling === undefined ? new Map<string, Place>() : await findPlaces(db, room.nid, ordered, filling)
    const redactions = await findEarlyRedactions(this.#parts, room, ordered)
    await chains.prepare(room, [...this.#known.values()].map(({ nid }) => nid))
    while (!numbers.has(ordered.length)) await numbers.draw()
    return ordered.flatMap((checked, index): Received[] => {
      const each = prepared[index]
      const header = this.#headers.get(checked.eventId)
      if (each === undefined || (header !== undefined && header.room_nid !== room.nid)) return []
      // History that leads to nothing of ours belongs nowhere.
      if (filling !== undefined && !places.has(checked.eventId)) return []
      const nid = header?.nid ?? numbers.take()
      const cited = checked.pdu.authEvents.flatMap((eventId) => this.#known.get(eventId) ?? [])
      const { pdu } = checked
      // Those after it may cite it before it is committed; how it fares is known by then.
      this.#known.set(checked.eventId, { ...pdu, nid, rejected: false })
      return [{
        eventId: checked.eventId, checked, nid, cited,
        prepared: each,
        wasOutlier: header !== undefined,
        learnedAt: header?.received_at,
        place: places.get(checked.eventId),
        isBehind: this.#behind.has(checked.eventId),
        redactedBy: redactions.get(checked.eventId),
      }]
    })
  }

  /** Takes an event, and of those that come next what can be taken together with it. */
  async #takeOne(received: Received, coming: Received[]): Promise<void> {
    const { eventId, checked: { pdu } } = received
    if (isOtherCreate(pdu, this.#room.pendingState('m.room.create'))) return this.#drop(eventId, 'The room has another create event.')
    await this.#fetchStates(received)
    const cited = await this.#findCited(received)
    if (cited.length < pdu.authEvents.length) {
      // Who does not tell what authorises it cannot be believed the state after it.
      this.#untold.add(eventId)
      return this.#drop(eventId, 'An auth event is missing.')
    }
    const citing = await this.#withRedactions({ ...received, cited })
    const policy = received.place === undefined ? await checkPolicy(this.#parts.policyServers, this.#room, pdu) : allow
    const current = await this.#asWritten(citing)
    for (let held = this.#room.held(); held !== undefined; held = this.#room.held()) await held
    const built = policy.allowed ? this.#follow(current) : undefined
    if (built !== undefined) {
      this.#commits.push(this.#parts.writer.commit(this.#room, [built]))
      return this.#note(eventId, 'accepted')
    }
    return this.#room.hold(() => this.#takeForked(current, policy, coming))
  }

  /** What authorises an event; whoever told the state before it may have told that, too, and is asked for it else. */
  async #findCited(received: Received): Promise<KnownState[]> {
    const { eventId, checked, checked: { pdu: { authEvents } } } = received
    if (this.#listCited(received).length === authEvents.length || this.#authAsked === AUTH_ASKED_MAX) return this.#listCited(received)
    this.#authAsked += 1
    const known = await gatherAuth(this.#parts, this.#room, new Map([[eventId, checked]]), {
      origin: this.#options.origin, isAsked: () => true,
    })
    for (const [each, event] of known) if (!this.#known.has(each)) this.#known.set(each, event)
    await this.#parts.chains.prepare(this.#room, [...known.values()].map(({ nid }) => nid))
    return this.#listCited(received)
  }

  /** What is redacted and what redacts it may have come together: each is known only when it is committed. */
  async #withRedactions(received: Received): Promise<Received> {
    const { eventId, checked, prepared } = received
    const { draft: { redacts }, target } = prepared
    if (redacts !== undefined) this.#redacted.add(redacts)
    const isRedacted = this.#redacted.has(eventId) && received.redactedBy === undefined
    const lacksTarget = redacts !== undefined && target === undefined && this.#outcomes.has(redacts)
    if (!isRedacted && !lacksTarget) return received
    await Promise.all(this.#commits)
    const [again] = lacksTarget ? await prepareDrafts(this.#parts, this.#room, [prepared.draft]) : []
    const redactions = isRedacted ? await findEarlyRedactions(this.#parts, this.#room, [checked]) : undefined
    return { ...received, prepared: again ?? prepared, redactedBy: redactions?.get(eventId) ?? received.redactedBy }
  }

  /** What others tell of the states after predecessors that are missing is asked for before anybody is kept waiting. */
  async #fetchStates({ checked: { pdu } }: Received): Promise<void> {
    for (const eventId of pdu.prevEvents) {
      const kind = this.#outcomes.get(eventId)?.kind
      const isThere = (kind !== undefined && kind !== 'dropped') || isPlaced(this.#headers.get(eventId))
      if (isThere || this.#told.has(eventId)) continue
      // Where one of the states is not told the event is dropped, whatever the others are.
      if (this.#untold.has(eventId) || this.#told.size + this.#untold.size === STATES_MAX) return
      const told = await fetchStateAfter(this.#parts, this.#room, eventId, this.#options.origin)
      if (told === undefined) {
        this.#untold.add(eventId)
        return
      }
      this.#told.set(eventId, told)
    }
  }

  /** The states that others tell may hold events which are on their way here, and are outliers then. */
  async #asWritten(received: Received): Promise<Received> {
    const { eventId, wasOutlier, checked: { pdu } } = received
    const header = wasOutlier || this.#told.size === 0 ? undefined : (await findHeaders(this.#parts.db, [eventId])).get(eventId)
    if (header === undefined) return received
    this.#known.set(eventId, { ...pdu, nid: header.nid, rejected: false })
    return { ...received, nid: header.nid, wasOutlier: true, learnedAt: header.received_at }
  }

  /** An event that follows the present state of the room is taken without a query, as our own are. */
  #follow(received: Received): BuiltEvent | undefined {
    const { checked, cited, prepared, nid, wasOutlier, place, isBehind, redactedBy } = received
    const room = this.#room
    const { pdu } = checked
    if (wasOutlier || place !== undefined || isBehind || redactedBy !== undefined || !this.#isPresent(received)) return undefined
    const state = pendingAuthState(room)
    if (!checkByAuthEvents(room.version, checked, cited, state('m.room.create', '')).allowed) return undefined
    if (!checkByState(room.version, checked, state).allowed) return undefined
    if (!this.#parts.rooms.isCurrent(room)) throw new StaleUnit('The room was read anew')
    const target = redactionTarget(room.version, received, state)
    return take({
      room, nid, pdu,
      prepared: { ...prepared, target },
      canonical: checked.canonical,
      receivedAt: this.#parts.now(),
      prevNids: this.#listPrevNids(pdu.prevEvents),
      authNids: cited.map((event) => event.nid),
    })
  }

  /** Whether the state before an event is the present one, and what it adds leaves no other extremity with another state. */
  #isPresent({ checked: { pdu } }: Received): boolean {
    const room = this.#room
    const extremities = new Map(room.extremities().map((each) => [each.eventId, each]))
    const isEachPresent = pdu.prevEvents.length > 0 && pdu.prevEvents.every((eventId) => {
      const extremity = extremities.get(eventId)
      if (extremity !== undefined) return extremity.state === undefined
      const header = this.#headers.get(eventId)
      const isHere = header?.status === ACCEPTED && header.room_nid === room.nid
      const reference = isHere ? referenceAfter(header) : undefined
      return reference?.branch === MAIN_LINE && reference.at >= room.lastChange() && !room.hasPendingState()
    })
    return isEachPresent && (pdu.stateKey === undefined || [...extremities.keys()].every((eventId) => pdu.prevEvents.includes(eventId)))
  }

  #listPrevNids(prevEvents: readonly string[]): number[] {
    const extremities = new Map(this.#room.extremities().map((each) => [each.eventId, each.nid]))
    return prevEvents.flatMap((eventId) => extremities.get(eventId) ?? this.#headers.get(eventId)?.nid ?? [])
  }

  /** Nobody builds upon the room meanwhile, and all that was pending is committed. */
  async #takeForked(received: Received, policy: Verdict, coming: Received[]): Promise<void> {
    const { rooms, writer } = this.#parts
    const room = this.#room
    await Promise.all(this.#commits)
    await writer.settle(room)
    if (!rooms.isCurrent(room)) throw new StaleUnit('The room was read anew')
    const before = await findStateBefore(this.#parts, room, received.checked.pdu, { told: this.#told, near: this.#options.near })
    if (before === undefined) return this.#drop(received.eventId, 'The state before it is not known.', received.wasOutlier)
    const { run, first } = await this.#judge(received, policy, before)
    if ('unjudged' in first) return this.#drop(received.eventId, first.unjudged, received.wasOutlier)
    this.#noteRejected(received, first)
    const judged = [{ eventId: received.eventId, ...first }, ...await this.#goOn(run, coming)]
    const { built, places } = await run.finish()
    if (!rooms.isCurrent(room)) throw new StaleUnit('The room was read anew')
    for (const { change } of built) room.pend(change)
    await writer.commit(room, built, { places })
    for (const { eventId, status, reason } of judged) this.#note(eventId, status, reason)
  }

  /** Judges an event by the state before it; where that rests on what another server told, also with what the event cites. */
  async #judge(received: Received, policy: Verdict, before: Before): Promise<{ run: ForkedRun, first: Judged | Unjudged }> {
    const now = this.#parts.now()
    const run = new ForkedRun(this.#parts, this.#room, { before, now })
    const first = await run.take(received, policy)
    const wider = 'unjudged' in first ? await withCited(this.#parts, this.#room, before, received.cited) : undefined
    if (wider === undefined) return { run, first }
    const again = new ForkedRun(this.#parts, this.#room, { before: wider, now })
    return { run: again, first: await again.take(received, policy) }
  }

  /** Takes from what comes next the events of which each follows the one before and needs nothing else. */
  async #goOn(run: ForkedRun, coming: Received[]): Promise<(Judged & { readonly eventId: string })[]> {
    const judged: (Judged & { readonly eventId: string })[] = []
    await run.prepare(coming)
    for (let next = coming[0]; next !== undefined && run.goesOnWith(next); next = coming[0]) {
      const received = await this.#asWritten(await this.#withTarget({ ...next, cited: this.#listCited(next) }))
      const verdict = this.#isPlain(received, run) ? await run.take(received, allow) : undefined
      if (verdict === undefined || 'unjudged' in verdict) break
      coming.shift()
      const { redacts } = received.prepared.draft
      if (redacts !== undefined) this.#redacted.add(redacts)
      this.#noteRejected(received, verdict)
      judged.push({ eventId: received.eventId, ...verdict })
    }
    return judged
  }

  /** With the event that a redaction redacts, where that has been committed since the redaction was prepared. */
  async #withTarget(received: Received): Promise<Received> {
    const { draft, target } = received.prepared
    if (draft.redacts === undefined || target !== undefined || !this.#outcomes.has(draft.redacts)) return received
    const [prepared = received.prepared] = await prepareDrafts(this.#parts, this.#room, [draft])
    return { ...received, prepared }
  }

  /** Whether nothing has to be committed or asked before an event is taken. */
  #isPlain({ eventId, cited, redactedBy, checked: { pdu }, prepared: { draft: { redacts }, target } }: Received, run: ForkedRun): boolean {
    const room = this.#room
    if (cited.length < pdu.authEvents.length || isOtherCreate(pdu, room.pendingState('m.room.create'))) return false
    if (findPolicyServer(room, { type: pdu.type, stateKey: pdu.stateKey }) !== undefined) return false
    if (redactedBy === undefined && this.#redacted.has(eventId)) return false
    return redacts === undefined || target !== undefined || !run.has(redacts)
  }

  /** What was rejected authorises nothing. */
  #noteRejected({ eventId, nid, checked: { pdu } }: Received, { status }: Judged): void {
    if (status === 'rejected') this.#known.set(eventId, { ...pdu, nid, rejected: true })
  }

  #listCited({ checked: { pdu } }: Received): KnownState[] {
    return pdu.authEvents.flatMap((each) => this.#known.get(each) ?? [])
  }

  /** What is known apart from the course of the room stays so, and authorises others. */
  #drop(eventId: string, reason: string, wasOutlier = false): void {
    if (!wasOutlier) this.#known.delete(eventId)
    this.#note(eventId, 'dropped', reason)
  }

  #note(eventId: string, kind: Outcome['kind'], reason?: string): void {
    this.#outcomes.set(eventId, { eventId, kind, reason })
  }
}

const ACCEPTED = 0
/** So many states are asked for in one receipt: each may take a question for every event that is unknown in it. */
const STATES_MAX = 20
const AUTH_ASKED_MAX = 10
