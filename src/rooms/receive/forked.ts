import type { ChainPlace } from '../../matrix/auth-chains/chain-cover.ts'
import { serverNameOf } from '../../matrix/ids.ts'
import type { FindState } from '../../matrix/room-state.ts'
import type { Verdict } from '../../matrix/verdict.ts'
import type { Membership } from '../../members/members.ts'
import type { HeaderRow } from '../../store/known-events.ts'
import { listHeaders } from '../../store/known-events.ts'
import { hasToldState } from '../../store/state-at.ts'
import type { AuthChains } from '../auth-chains.ts'
import { pendingAuthState, redactedState } from '../build.ts'
import type { BuiltEvent, OpenedBranch, Standing } from '../draft.ts'
import { mergeStates } from '../merge-states.ts'
import { contentString } from '../room-event.ts'
import { boundExtremities, type Extremity, type Room } from '../room.ts'
import { ResolutionFailed } from '../resolution-thread.ts'
import { isSameReference, MAIN_LINE } from '../state-reference.ts'
import type { UncommittedEvent } from '../state-resolver.ts'
import { viewOf, withEntry, type StateDifferences, type StateView } from '../state-view.ts'
import { stripState } from '../stripped-state.ts'
import { branchOff, type Added, type Branching } from './branching.ts'
import type { CheckedPdu } from './check-pdus.ts'
import { checkByAuthEvents, checkByState } from './judge.ts'
import { redactionTarget } from './redactions.ts'
import type { Received } from './received.ts'
import { describeChanges, type ResolvedChangesDeps } from './resolved-changes.ts'
import { findStateBefore, readAuthState, type Before, type StateBeforeDeps, type Surroundings } from './state-before.ts'

export interface ForkedDeps extends StateBeforeDeps, ResolvedChangesDeps {
  readonly chains: AuthChains
}

export interface Judged {
  readonly status: 'accepted' | 'rejected' | 'soft-failed'
  readonly reason?: string
  /** Whether the state before it is all that refuses it. */
  readonly isByStateBefore?: boolean
}

/** An event that is judged and ready to be committed. */
export interface Placed {
  readonly judged: Judged
  readonly built: BuiltEvent
  /** Where it stands in the auth chains. */
  readonly places: ReadonlyMap<number, ChainPlace>
}

/** An event of which nothing can be said now: it may be judged when it comes again. */
export interface Unjudged {
  readonly unjudged: string
}

const SHOWN_STRIPPED: ReadonlySet<Membership | undefined> = new Set<Membership>(['invite', 'knock'])
const ACCEPTED = 0
/** Behind events that are no extremities, so many are looked at for extremities that they went on from. */
const WALK_MAX = 200

/**
 * Judges an event wherever in the graph it stands, and finds out what it makes of the state of its room. Who calls holds the
 * room, in which nothing is pending.
 */
export async function placeForked(
  deps: ForkedDeps, room: Room, received: Received, { now, policy, ...surroundings }: Surroundings & Pick<PlaceOptions, 'now' | 'policy'>,
): Promise<Placed | Unjudged> {
  const before = await findStateBefore(deps, room, received.checked.pdu, surroundings)
  return before === undefined ? UNKNOWN : placeAfter(deps, room, received, { before, now, policy })
}

const UNKNOWN: Unjudged = { unjudged: 'The state before it is not known.' }

export interface PlaceOptions {
  readonly before: Before
  readonly now: number
  /** Check 7, which may ask another server and is made before. */
  readonly policy: Verdict
  /** Whether it is the only extremity afterwards, whatever there was before. */
  readonly isAlone?: boolean
}

/** The same where it is known what comes before the event. */
export async function placeAfter(
  deps: ForkedDeps, room: Room, received: Received, { before, now, policy, isAlone = false }: PlaceOptions,
): Promise<Placed | Unjudged> {
  const { checked: { pdu }, prepared, nid } = received
  const auth = await readAuthState(deps, room, pdu, before.view)
  const judged = await judge(deps, room, received, { before, policy, findState: auth.findState })
  // Who lies about a state and is faster must not have the events of others refused for good.
  const isByTold = judged.isByStateBefore === true && (before.missing.length > 0 || await hasToldState(deps.db, room.nid))
  if (isByTold) return { unjudged: judged.reason ?? '' }
  const added = judged.status === 'rejected' ? undefined : addedBy(received)
  const after = added === undefined ? before.view : withEntry(before.view, added.key, added.entry)
  const places = placeInChains(deps.chains, room, received)
  const isTaken = judged.status === 'accepted' && received.place === undefined
  const known = isAlone ? [] : room.extremities()
  const extremities = isTaken ? await listExtremities(deps, known, received, before.prev) : room.extremities()
  const differences = isTaken ? await resolve(deps, room, received, extremities, after) : new Map<number, undefined>()
  // What fills a gap has no position of its own by which the main line would tell.
  const isMain = received.place === undefined && followsMainLine(before, differences, added)
  const present = { branch: MAIN_LINE, at: room.lastPos() }
  const branching = isMain ? MAIN : await branchOff(deps.db, { room: room.nid, nid, before: before.view, added, present })
  const own = { nid, eventId: pdu.eventId, type: pdu.type, stateKey: pdu.stateKey, sender: pdu.sender, content: pdu.content }
  const { log, resolved } = await describeChanges(deps, room, differences, own)
  const standing: Standing = {
    status: judged.status, place: received.place, ...branching, log, wasOutlier: received.wasOutlier,
    opens: openedBy(deps, room, received, before, branching),
    missing: before.missing, isBehind: received.isBehind,
  }
  // What changes without the event being an extremity changes for none of them.
  const stays = (each: Extremity): Extremity => received.isBehind && log.length > 0 ? { ...each, state: each.state ?? present } : each
  const target = judged.status === 'accepted' ? redactionTarget(room.version, received, auth.findState) : undefined
  const redacted = redactedState(room, target)
  await deps.events.branches.load([(branching.opens?.parent ?? branching.branch)?.branch ?? MAIN_LINE])
  return {
    judged, places,
    built: {
      nid, pdu, standing,
      prepared: { ...prepared, target },
      canonical: received.checked.canonical,
      receivedAt: now,
      prevNids: before.prev.map((header) => header.nid),
      authNids: received.cited.map((event) => event.nid),
      replacesNid: auth.replacedNid,
      redactedBy: received.redactedBy,
      strippedState: showsRoom(received) ? stripState(room, pdu) : undefined,
      change: {
        extremities: extremities.map((each) => each.nid === nid ? { ...each, state: branching.branch } : stays(each)),
        ...(log.length === 0 ? {} : { resolved }),
        ...(redacted === undefined ? {} : { redacted }),
      },
    },
  }
}

/** Once only: an outlier may have its place already, and gets it elsewhere if it has none. */
function placeInChains(
  chains: AuthChains, room: Room, { nid, prepared, cited, wasOutlier, checked: { pdu: { type, stateKey } } }: Received,
): ReadonlyMap<number, ChainPlace> {
  if (wasOutlier) return new Map()
  return chains.assign(room, [{ nid, type, stateKey, key: prepared.key, authNids: cited.map((event) => event.nid) }])
}

/**
 * The branch that begins with an event, also where nothing goes on upon it but it has to be noted that a state was told. What lets
 * us in rests on one too, but of that nothing better is ever to be had.
 */
function openedBy(
  { serverName }: ForkedDeps, room: Room, { checked: { pdu } }: Received, { missing }: Before, { opens }: Branching,
): OpenedBranch | undefined {
  const isTold = missing.length > 0 && serverNameOf(pdu.sender) !== serverName
  if (opens === undefined && !isTold) return undefined
  return { parent: { branch: MAIN_LINE, at: room.lastPos() }, depth: 1, ...opens, isTold }
}

const MAIN = { branch: undefined, opens: undefined, steps: [] } as const

/** Checks 4 to 7. What fills a gap is history: whether its sender could say it today is not asked. */
async function judge(
  deps: ForkedDeps,
  room: Room,
  { checked, cited, place }: Received,
  { before, policy, findState }: Pick<PlaceOptions, 'before' | 'policy'> & { readonly findState: FindState },
): Promise<Judged> {
  const byAuthEvents = checkByAuthEvents(room.version, checked, cited, room.state('m.room.create'))
  if (!byAuthEvents.allowed) return { status: 'rejected', reason: byAuthEvents.reason }
  const byStateBefore = checkByState(room.version, checked, findState)
  if (!byStateBefore.allowed) return { status: 'rejected', reason: byStateBefore.reason, isByStateBefore: true }
  if (place !== undefined) return { status: 'accepted' }
  const byPresent = before.isPresent ? byStateBefore : await checkByPresent(deps, room, checked, before)
  if (!byPresent.allowed) return { status: 'soft-failed', reason: byPresent.reason }
  return policy.allowed ? { status: 'accepted' } : { status: 'soft-failed', reason: policy.reason }
}

/**
 * Check 6, by the present state. What the event brings along of state that we did not know is part of it, as with the other
 * servers: after a gap nobody who came in it would be heard otherwise.
 */
async function checkByPresent(deps: ForkedDeps, room: Room, checked: CheckedPdu, before: Before): Promise<Verdict> {
  const base = { branch: MAIN_LINE, at: room.lastPos() }
  const views = room.extremities().map((each) => viewOf(each.state ?? base))
  // The present state takes account of what it was resolved from.
  if (isAmong(before.view, views)) return checkByState(room.version, checked, pendingAuthState(room))
  views.push(before.view)
  const changes = await mergeStates(deps, { room, base, views }).catch(asNothing)
  const { findState } = await readAuthState(deps, room, checked.pdu, { base, changes })
  return checkByState(room.version, checked, findState)
}

/** Whether a state is one of others, as far as that can be seen without looking into them. */
function isAmong(view: StateView, views: readonly StateView[]): boolean {
  return view.changes.size === 0 && views.some((each) => each.changes.size === 0 && isSameReference(each.base, view.base))
}

/** What cannot be resolved leaves the room as it is; the next event tries again. */
function asNothing(error: unknown): StateDifferences {
  if (!(error instanceof ResolutionFailed)) throw error
  return new Map()
}

function addedBy({ checked: { pdu }, prepared, nid }: Received): Added | undefined {
  if (pdu.stateKey === undefined) return undefined
  const membership = pdu.type === 'm.room.member' ? contentString(pdu, 'membership') ?? 'leave' : null
  return { key: prepared.key, entry: { nid, membership } }
}

/** Whether the state of the room stays what it was, and what the event adds to it. */
function followsMainLine(before: Before, differences: StateDifferences, added: Added | undefined): boolean {
  if (!before.isPresent) return false
  if (added === undefined) return differences.size === 0
  return differences.size === 1 && differences.get(added.key)?.nid === added.entry.nid
}

/** The forward extremities after an event that was accepted, it first unless others come after it already. */
async function listExtremities(
  { db }: ForkedDeps, known: readonly Extremity[], { nid, eventId, isBehind, checked: { pdu } }: Received, prev: readonly HeaderRow[],
): Promise<readonly Extremity[]> {
  const passed = new Set(prev.map((header) => header.nid))
  // What was rejected or failed softly was no extremity, so that those it went on from may still be.
  let walking = prev.filter((header) => header.status !== ACCEPTED)
  while (walking.length > 0 && passed.size < WALK_MAX) {
    const behind = walking.flatMap((header) => header.prev_nids).filter((each) => !passed.has(each))
    for (const each of behind) passed.add(each)
    walking = (await listHeaders(db, behind)).filter((header) => header.status !== ACCEPTED)
  }
  const others = known.filter((each) => !passed.has(each.nid))
  if (isBehind) return others.length === 0 ? known : others
  return boundExtremities([{ nid, eventId, depth: pdu.depth }, ...others])
}

/** How the state of the room changes: to what the states after all of its extremities resolve. */
async function resolve(
  deps: ForkedDeps, room: Room, received: Received, extremities: readonly Extremity[], after: StateView,
): Promise<StateDifferences> {
  const { nid, prepared, wasOutlier, checked: { pdu }, cited } = received
  const base = { branch: MAIN_LINE, at: room.lastPos() }
  const views = extremities.map((each) => each.nid === nid ? after : viewOf(each.state ?? base))
  // Where the states after the extremities are those that they were, so is what they resolve to.
  const before = room.extremities().map((each) => viewOf(each.state ?? base))
  if (views.every((view) => isAmong(view, before)) && before.every((view) => isAmong(view, views))) return new Map()
  const own: UncommittedEvent = { nid, key: prepared.key, event: pdu, authNids: cited.map((event) => event.nid) }
  const uncommitted = wasOutlier || pdu.stateKey === undefined ? [] : [own]
  return mergeStates(deps, { room, base, views, uncommitted }).catch(asNothing)
}

function showsRoom({ prepared, checked: { pdu } }: Received): boolean {
  return prepared.localMember !== undefined && SHOWN_STRIPPED.has(contentString(pdu, 'membership') as Membership | undefined)
}
