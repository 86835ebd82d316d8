import type { ChainPlace } from '../../matrix/auth-chains/chain-cover.ts'
import { serverNameOf } from '../../matrix/ids.ts'
import { redactedContent } from '../../matrix/redaction.ts'
import type { FindState } from '../../matrix/room-state.ts'
import type { Verdict } from '../../matrix/verdict.ts'
import type { Membership } from '../../members/members.ts'
import { hasToldState } from '../../store/rooms/state-at.ts'
import type { AuthChains } from '../auth-chains/auth-chains.ts'
import { redactedState } from '../build-next.ts'
import type { BuiltEvent, OpenedBranch, Standing } from '../draft.ts'
import { mergeStates } from '../state/merge-states.ts'
import { ResolutionFailed } from '../state/resolution-thread.ts'
import { contentString } from '../room-event.ts'
import { boundExtremities, type Extremity, type Room, type StateEntry } from '../room.ts'
import { isSameReference, MAIN_LINE, type StateReference } from '../state/state-reference.ts'
import type { UncommittedEvent } from '../state/state-resolver.ts'
import { viewOf, type StateDifferences, type StateView } from '../state/state-view.ts'
import { stripState } from '../stripped-state.ts'
import { branchOff, type Added, type Branching } from './branching.ts'
import { findAmong, GrowingState, listJudgingKeys, type NumberedKey } from './growing-state.ts'
import { listPassed } from './forward-extremities.ts'
import { checkByAuthEvents, checkByState } from './judge.ts'
import { PresentCheck } from './present-check.ts'
import { redactionTarget } from './redactions.ts'
import type { Received } from './received.ts'
import { describeChanges, type EntryEvent, type ResolvedChanges, type ResolvedChangesParts } from './resolved-changes.ts'
import type { Before, StateBeforeParts } from './state-before.ts'

export interface ForkedParts extends StateBeforeParts, ResolvedChangesParts {
  readonly chains: AuthChains
}

export interface Judged {
  readonly status: 'accepted' | 'rejected' | 'soft-failed'
  readonly reason?: string
  /** Whether the state before it is all that refuses it. */
  readonly isByStateBefore?: boolean
}

/** An event of which nothing can be said now: it may be judged when it comes again. */
export interface Unjudged {
  readonly unjudged: string
}

export interface ForkedRunOptions {
  /** What comes before the first event. */
  readonly before: Before
  readonly now: number
  /** Whether the last of them is the only extremity afterwards, whatever there was before. */
  readonly isAlone?: boolean
}

/** An event that was judged. */
interface Taken {
  readonly received: Received
  readonly status: Judged['status']
  readonly added: Added | undefined
  readonly branching: Branching
  readonly opens: OpenedBranch | undefined
  readonly prevNids: readonly number[]
  readonly missing: readonly string[]
  readonly extremities: readonly Extremity[]
  readonly target: BuiltEvent['prepared']['target']
  readonly redacted: StateEntry | undefined
  readonly replacedNid: number | undefined
}

const SHOWN_STRIPPED: ReadonlySet<Membership | undefined> = new Set<Membership>(['invite', 'knock'])
const MAIN = { branch: undefined, opens: undefined, steps: [] } as const
const UNCHANGED: ResolvedChanges = { log: [], resolved: { states: [], members: [], endedStates: [], endedMembers: [] } }
/** So much is committed together. */
const EVENTS_MAX = 100
const BYTES_MAX = 1024 * 1024

/**
 * Judges events wherever in the graph they stand, of which each follows the one before and no other, and finds out what they make
 * of the state of their room: once for all of them. Who calls holds the room, in which nothing is pending.
 */
export class ForkedRun {
  readonly #parts: ForkedParts
  readonly #room: Room
  readonly #options: ForkedRunOptions
  readonly #taken: Taken[] = []
  readonly #places = new Map<number, ChainPlace>()
  /** The state after the last event. */
  readonly #state: GrowingState
  readonly #present: PresentCheck
  /** Events of the state that are not stored, or otherwise. */
  readonly #unstored = new Map<number, EntryEvent>()
  readonly #uncommitted: UncommittedEvent[] = []
  /** The extremities after the last event, and the state after that of them which is one of these. */
  #extremities: readonly Extremity[]
  #last: { readonly nid: number, readonly view: StateView } | undefined
  /** What is no extremity any more when something follows. */
  #passed: ReadonlySet<number> | undefined
  /** Where the state after the last event is told, and whether nobody else can have gone on from there. */
  #told: { readonly reference: StateReference, readonly isOurs: boolean } | undefined
  #bytes = 0

  constructor(parts: ForkedParts, room: Room, options: ForkedRunOptions) {
    this.#parts = parts
    this.#room = room
    this.#options = options
    this.#extremities = room.extremities()
    this.#state = new GrowingState(parts, room.nid, options.before.view)
    this.#present = new PresentCheck({
      events: parts.events,
      room,
      unstored: this.#unstored,
      resolve: () => this.#merge([...this.#views(), this.#state.view()]),
      // The present state takes account of what it was resolved from.
      isResolved: options.before.isPresent || isAmong(options.before.view, this.#views()),
    })
  }

  /** Whether an event can be taken after those before it. */
  goesOnWith({ checked: { pdu }, place, isBehind }: Received): boolean {
    const last = this.#taken.at(-1)
    if (last === undefined || place !== undefined || isBehind || last.received.place !== undefined || last.received.isBehind) return false
    const { before, isAlone } = this.#options
    // What follows the present state alone needs none of this.
    const isLinear = before.isPresent && last.extremities.length === 1
    const isFull = this.#taken.length >= EVENTS_MAX || this.#bytes >= BYTES_MAX
    if (isLinear || isFull || isAlone === true || showsRoom(last.received)) return false
    return pdu.prevEvents.length === 1 && pdu.prevEvents[0] === last.received.eventId
  }

  has(eventId: string): boolean {
    return this.#taken.some(({ received }) => received.eventId === eventId)
  }

  /** Reads together what judging those of these will need that follow. */
  async prepare(coming: readonly Received[]): Promise<void> {
    const { version } = this.#room
    const end = coming.findIndex(({ checked: { pdu } }, index) => {
      const before = index === 0 ? this.#taken.at(-1)?.received.eventId : coming[index - 1]?.eventId
      return index === EVENTS_MAX || before === undefined || !pdu.prevEvents.includes(before)
    })
    const following = end < 0 ? coming : coming.slice(0, end)
    const keys = await Promise.all(following.map(({ checked: { pdu } }) => listJudgingKeys(this.#parts, version, pdu)))
    await this.#state.load(keys.flat().map(({ key }) => key))
  }

  /** Judges the next event. Nothing is changed where nothing can be said of it. */
  async take(received: Received, policy: Verdict): Promise<Judged | Unjudged> {
    const { before } = this.#options
    const { checked: { pdu, canonical }, prepared, nid } = received
    const isFirst = this.#taken.length === 0
    const keys = await listJudgingKeys(this.#parts, this.#room.version, pdu)
    const findState = findAmong(await this.#state.list(keys, this.#unstored))
    const judged = await this.#judge(received, { policy, keys, findState })
    // Who lies about a state and is faster must not have the events of others refused for good.
    const isByTold = judged.isByStateBefore === true && (before.missing.length > 0 || await hasToldState(this.#parts.db, this.#room.nid))
    if (isByTold) return { unjudged: judged.reason ?? '' }
    const { status } = judged
    const replacedNid = pdu.stateKey === undefined ? undefined : this.#state.nidOf(prepared.key)
    const added = status === 'rejected' ? undefined : addedBy(received)
    const branching = await this.#branchOff(received, added)
    this.#placeInChains(received)
    this.#add(received, added, status)
    const prevNids = isFirst ? before.prev.map((header) => header.nid) : [this.#taken.at(-1)?.received.nid ?? 0]
    const passed = this.#passed ?? await listPassed(this.#parts.db, before.prev)
    const isLive = status === 'accepted' && received.place === undefined
    if (isLive) this.#follow(received, passed, branching)
    this.#passed = new Set(isLive ? [nid] : [nid, ...passed])
    const target = status === 'accepted' ? redactionTarget(this.#room.version, received, findState) : undefined
    const missing = isFirst ? before.missing : []
    this.#taken.push({
      received, status, added, branching, prevNids, target, replacedNid,
      opens: this.#openedBy(received, missing, branching),
      missing,
      extremities: this.#extremities,
      redacted: this.#redact(target),
    })
    this.#bytes += canonical.length
    return judged
  }

  /** The events as they are committed, and where they stand in the auth chains. */
  async finish(): Promise<{ readonly built: readonly BuiltEvent[], readonly places: ReadonlyMap<number, ChainPlace> }> {
    const { events } = this.#parts
    const differences = this.#last === undefined ? new Map<number, undefined>() : await this.#resolve()
    const changes = await describeChanges(this.#parts, this.#room, differences, this.#unstored)
    const [first] = this.#taken
    const isMain = this.#taken.length === 1 && first !== undefined && this.#followsMainLine(first, differences)
    const opened = this.#taken.flatMap(({ opens, branching }) => (opens?.parent ?? branching.branch)?.branch ?? MAIN_LINE)
    const own = new Set(this.#taken.map(({ received }) => received.nid))
    if (!isMain) await events.branches.load([...new Set(opened)].filter((branch) => !own.has(branch)))
    const built = this.#taken.map((taken) => (
      this.#build(taken, isMain, taken.received.nid === this.#last?.nid ? changes : UNCHANGED)
    ))
    return { built, places: this.#places }
  }

  async #judge(
    { checked, cited, place }: Received,
    { policy, keys, findState }: { readonly policy: Verdict, readonly keys: readonly NumberedKey[], readonly findState: FindState },
  ): Promise<Judged> {
    const { version } = this.#room
    const byAuthEvents = checkByAuthEvents(version, checked, cited, this.#room.state('m.room.create'))
    if (!byAuthEvents.allowed) return { status: 'rejected', reason: byAuthEvents.reason }
    const byStateBefore = checkByState(version, checked, findState)
    if (!byStateBefore.allowed) return { status: 'rejected', reason: byStateBefore.reason, isByStateBefore: true }
    // What fills a gap is history: whether its sender could say it today is not asked.
    if (place !== undefined) return { status: 'accepted' }
    const isPresent = this.#options.before.isPresent && this.#taken.length === 0
    const byPresent = isPresent ? byStateBefore : await this.#present.check(checked, keys)
    if (!byPresent.allowed) return { status: 'soft-failed', reason: byPresent.reason }
    return policy.allowed ? { status: 'accepted' } : { status: 'soft-failed', reason: policy.reason }
  }

  async #branchOff({ nid }: Received, added: Added | undefined): Promise<Branching> {
    const { reference, isOurs = false } = this.#told ?? {}
    const branching = isOurs && reference !== undefined ? goOn(reference, added) : await branchOff(this.#parts.db, {
      room: this.#room.nid, nid, added, present: this.#base(),
      before: reference === undefined ? this.#options.before.view : viewOf(reference),
    })
    if (branching.branch !== undefined) this.#told = { reference: branching.branch, isOurs: isOurs || branching.steps.length > 0 }
    return branching
  }

  /** Once only: an outlier may have its place already, and gets it elsewhere if it has none. */
  #placeInChains({ nid, prepared, cited, wasOutlier, checked: { pdu: { type, stateKey } } }: Received): void {
    if (wasOutlier) return
    const authNids = cited.map((event) => event.nid)
    const places = this.#parts.chains.assign(this.#room, [{ nid, type, stateKey, key: prepared.key, authNids }])
    for (const [placed, place] of places) this.#places.set(placed, place)
  }

  /** The state goes on with an event, also where that failed softly. */
  #add(received: Received, added: Added | undefined, status: Judged['status']): void {
    if (added === undefined) return
    const { nid, eventId, cited, wasOutlier, redactedBy, checked: { pdu } } = received
    const content = redactedBy === undefined ? pdu.content : redactedContent(pdu.json, this.#room.version)
    const event = { nid, eventId, type: pdu.type, stateKey: pdu.stateKey, sender: pdu.sender, content }
    this.#unstored.set(nid, event)
    if (!wasOutlier) this.#uncommitted.push({ nid, key: added.key, event: pdu, authNids: cited.map((each) => each.nid) })
    this.#state.add(added.key, added.entry)
    if (status === 'accepted') this.#present.note(added.key, event)
  }

  /** The forward extremities after an event that was accepted, it first unless others come after it already. */
  #follow({ nid, eventId, isBehind, checked: { pdu } }: Received, passed: ReadonlySet<number>, { branch }: Branching): void {
    const others = this.#options.isAlone === true ? [] : this.#extremities.filter((each) => !passed.has(each.nid))
    if (!isBehind) this.#extremities = boundExtremities([{ nid, eventId, depth: pdu.depth, state: branch }, ...others])
    else if (others.length > 0) this.#extremities = others
    this.#last = { nid, view: this.#state.view() }
  }

  /** What a redaction leaves of the state, now and where the resolution brings it back. */
  #redact(target: Taken['target']): StateEntry | undefined {
    if (target?.stateKey === undefined) return undefined
    this.#unstored.set(target.nid, { ...target, content: redactedContent(target.pdu, this.#room.version) })
    return redactedState(this.#room, target)
  }

  /**
   * The branch that begins with an event, also where nothing goes on upon it but it has to be noted that a state was told. What lets
   * us in rests on one too, but of that nothing better is ever to be had.
   */
  #openedBy({ checked: { pdu } }: Received, missing: readonly string[], { opens }: Branching): OpenedBranch | undefined {
    const isWider = this.#taken.length === 0 && this.#options.before.isWider === true
    const isTold = isWider || (missing.length > 0 && serverNameOf(pdu.sender) !== this.#parts.serverName)
    if (opens === undefined && !isTold) return undefined
    return { parent: this.#base(), depth: 1, ...opens, isTold }
  }

  /** The present end of the main line. */
  #base(): StateReference {
    return { branch: MAIN_LINE, at: this.#room.lastPos() }
  }

  /** The states after the extremities. */
  #views(): StateView[] {
    return this.#extremities.map(({ nid, state }) => nid === this.#last?.nid ? this.#last.view : viewOf(state ?? this.#base()))
  }

  /** How the state of the room changes: to what the states after all of its extremities resolve. */
  async #resolve(): Promise<StateDifferences> {
    const views = this.#views()
    // Where the states after the extremities are those that they were, so is what they resolve to.
    const before = this.#room.extremities().map((each) => viewOf(each.state ?? this.#base()))
    if (views.every((view) => isAmong(view, before)) && before.every((view) => isAmong(view, views))) return new Map()
    return this.#merge(views)
  }

  /** What cannot be resolved leaves the room as it is; the next event tries again. */
  #merge(views: readonly StateView[]): Promise<StateDifferences> {
    const merge = { room: this.#room, base: this.#base(), views, uncommitted: this.#uncommitted }
    return mergeStates(this.#parts, merge).catch((error: unknown) => {
      if (!(error instanceof ResolutionFailed)) throw error
      return new Map()
    })
  }

  /** Whether the state of the room stays what it was, and what the event adds to it. What fills a gap has no position of its own. */
  #followsMainLine({ received: { place }, added }: Taken, differences: StateDifferences): boolean {
    if (!this.#options.before.isPresent || place !== undefined) return false
    if (added === undefined) return differences.size === 0
    return differences.size === 1 && differences.get(added.key)?.nid === added.entry.nid
  }

  #build(taken: Taken, isMain: boolean, { log, resolved }: ResolvedChanges): BuiltEvent {
    const { received, status, branching: { branch, steps }, opens, target, redacted, extremities } = taken
    const { nid, checked, prepared, cited, place, wasOutlier, isBehind, redactedBy } = received
    const { missing } = taken
    const standing: Standing = { status, place, branch, opens, steps, ...(isMain ? MAIN : {}), log, wasOutlier, missing, isBehind }
    // What changes without the event being an extremity changes for none of them.
    const stays = (each: Extremity): Extremity => isBehind && log.length > 0 ? { ...each, state: each.state ?? this.#base() } : each
    return {
      nid, standing, redactedBy,
      pdu: checked.pdu,
      prepared: { ...prepared, target },
      canonical: checked.canonical,
      receivedAt: received.learnedAt ?? this.#options.now,
      prevNids: taken.prevNids,
      authNids: cited.map((event) => event.nid),
      replacesNid: taken.replacedNid,
      strippedState: showsRoom(received) ? stripState(this.#room, checked.pdu, prepared.inviter) : undefined,
      change: {
        extremities: extremities.map((each) => each.nid === nid ? isMain ? { ...each, state: undefined } : each : stays(each)),
        ...(log.length === 0 ? {} : { resolved }),
        // What takes the place of the redacted event is the state, and not what is left of that.
        ...(redacted === undefined || log.some(({ key }) => key === redacted.key) ? {} : { redacted }),
      },
    }
  }
}

/** Whether a state is one of others, as far as that can be seen without looking into them. */
function isAmong(view: StateView, views: readonly StateView[]): boolean {
  return view.changes.size === 0 && views.some((each) => each.changes.size === 0 && isSameReference(each.base, view.base))
}

/** The next step of a branch of which this is the end. */
function goOn(end: StateReference, added: Added | undefined): Branching {
  if (added === undefined) return { branch: end, opens: undefined, steps: [] }
  const seq = end.at + 1
  return { branch: { branch: end.branch, at: seq }, opens: undefined, steps: [{ branch: end.branch, seq, ...added }] }
}

function addedBy({ checked: { pdu }, prepared, nid }: Received): Added | undefined {
  if (pdu.stateKey === undefined) return undefined
  const membership = pdu.type === 'm.room.member' ? contentString(pdu, 'membership') ?? 'leave' : null
  return { key: prepared.key, entry: { nid, membership } }
}

function showsRoom({ prepared, checked: { pdu } }: Received): boolean {
  return prepared.localMember !== undefined && SHOWN_STRIPPED.has(contentString(pdu, 'membership') as Membership | undefined)
}
