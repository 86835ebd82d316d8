import { isJsonObject, ownValue, type JsonObject } from '../matrix/json.ts'
import type { RoomVersion } from '../matrix/room-versions.ts'
import type { Membership } from '../members/members.ts'
import { JoinedServers } from './joined-servers.ts'
import { RecentEvents } from './recent-events.ts'
import { MAIN_LINE, type StateReference } from './state/state-reference.ts'

/** An entry of a room's state other than a member. */
export interface StateEntry {
  readonly key: number
  readonly type: string
  readonly stateKey: string
  readonly nid: number
  readonly eventId: string
  readonly sender: string
  readonly content: JsonObject
}

/** A member, kept small since a room may have very many. */
export interface MemberEntry {
  readonly key: number
  readonly userId: string
  readonly nid: number
  readonly eventId: string
  readonly sender: string
  readonly membership: Membership
}

/** An event that the next one names as its predecessor. */
export interface Extremity {
  readonly nid: number
  readonly eventId: string
  readonly depth: number
  /** The state after it, where that is not the present one of the room. */
  readonly state?: StateReference | undefined
}

export interface RoomHead {
  readonly extremities: readonly Extremity[]
  readonly state: Iterable<StateEntry>
  readonly members: Iterable<MemberEntry>
  /** The position of the last live event. */
  readonly lastPos: number
  /** The position at which the state last changed. */
  readonly lastChange: number
  /** Every live event after this position is among the recent ones. */
  readonly recentFrom: number
  /** The positions of live events before which history was not known, latest first. */
  readonly breaks: readonly number[]
}

/** What an event will change once it is committed. */
export interface PendingChange {
  readonly extremities: readonly Extremity[]
  readonly state?: StateEntry
  readonly member?: MemberEntry
  /** What is left of an entry of the state whose event this one redacts. */
  readonly redacted?: StateEntry
  /** What the state becomes where an event does not simply add to it. */
  readonly resolved?: ResolvedState
}

/** How resolving forks changes the state of a room. */
export interface ResolvedState {
  readonly states: readonly StateEntry[]
  readonly members: readonly MemberEntry[]
  /** What the state does not have any more. */
  readonly endedStates: readonly StateEntry[]
  readonly endedMembers: readonly MemberEntry[]
}

/** So many extremities a room has at most: who forks it without end costs no more than that. */
const EXTREMITIES_MAX = 60
/** Of so many references it is remembered that they lead to another state than the present one. */
const UNLIKE_MAX = 10_000

/**
 * The extremities, latest first, without the oldest of too many. One that leads to the present state stays: it takes account of
 * those that are dropped.
 */
export function boundExtremities(extremities: readonly Extremity[]): readonly Extremity[] {
  if (extremities.length <= EXTREMITIES_MAX) return extremities
  const latest = extremities.slice(0, EXTREMITIES_MAX)
  const present = extremities.find(({ state }, index) => index > 0 && state === undefined)
  return present === undefined || latest.includes(present) ? latest : latest.with(-1, present)
}

/** A string with a type and a state key in it that no other pair has. */
export const stateName = (type: string, stateKey: string): string => `${type.length}:${type}:${stateKey}`

/**
 * A room in memory: its one writer. Readers see what is committed; whoever builds the next event sees what is pending,
 * so that nobody waits for a commit to build upon it.
 */
export class Room {
  readonly nid: number
  readonly roomId: string
  readonly version: RoomVersion
  readonly recent: RecentEvents
  /** Those that have users in it. */
  readonly servers: JoinedServers
  readonly #state = new Map<string, StateEntry>()
  readonly #members = new Map<string, MemberEntry>()
  readonly #pendingState = new Map<string, StateEntry>()
  readonly #pendingMembers = new Map<string, MemberEntry>()
  #extremities: readonly Extremity[]
  #lastPos: number
  #lastChange: number
  #joined = 0
  #invited = 0
  #isStale = false
  #inFlight = 0
  #quiet = Promise.withResolvers<void>()
  #held: Promise<void> | undefined
  #unlike = { lastChange: -1, references: new Set<string>() }

  constructor(identity: { nid: number, roomId: string, version: RoomVersion }, head: RoomHead) {
    this.nid = identity.nid
    this.roomId = identity.roomId
    this.version = identity.version
    this.#extremities = head.extremities
    this.#lastPos = head.lastPos
    this.#lastChange = head.lastChange
    this.recent = new RecentEvents(head.recentFrom, head.breaks)
    this.servers = new JoinedServers(head.lastChange)
    for (const entry of head.state) this.#state.set(stateName(entry.type, entry.stateKey), entry)
    for (const member of head.members) this.#setMember(member)
  }

  // What is committed, for readers.

  /** The position of the last live event. */
  lastPos(): number {
    return this.#lastPos
  }

  /** The position at which the state last changed: on the main line it has been the present one since. */
  lastChange(): number {
    return this.#lastChange
  }

  /** An entry of the state that is no member. */
  state(type: string, stateKey = ''): StateEntry | undefined {
    return this.#state.get(stateName(type, stateKey))
  }

  /** The entries of the state that are no members. */
  listState(): Iterable<StateEntry> {
    return this.#state.values()
  }

  /** A field of the content of a state event, where it is a string. */
  stateString(type: string, field: string): string | undefined {
    const entry = this.state(type)
    const value = entry === undefined ? undefined : ownValue(entry.content, field)
    return typeof value === 'string' ? value : undefined
  }

  member(userId: string): MemberEntry | undefined {
    return this.#members.get(userId)
  }

  membershipOf(userId: string): Membership {
    return this.#members.get(userId)?.membership ?? 'leave'
  }

  listMembers(): Iterable<MemberEntry> {
    return this.#members.values()
  }

  joinedCount(): number {
    return this.#joined
  }

  invitedCount(): number {
    return this.#invited
  }

  /** How many entries the state has, members and all: what a room costs in memory. */
  entryCount(): number {
    return this.#state.size + this.#members.size
  }

  // What is pending, for who builds.

  pendingState(type: string, stateKey = ''): StateEntry | undefined {
    return this.#pendingState.get(stateName(type, stateKey)) ?? this.state(type, stateKey)
  }

  pendingMember(userId: string): MemberEntry | undefined {
    return this.#pendingMembers.get(userId) ?? this.member(userId)
  }

  /** Whether the next event will be built upon another state than the committed one. */
  hasPendingState(): boolean {
    return this.#pendingState.size > 0 || this.#pendingMembers.size > 0
  }

  extremities(): readonly Extremity[] {
    return this.#extremities
  }

  /** How many users will be joined once all that is pending is committed. */
  pendingJoinedCount(): number {
    let count = this.#joined
    for (const [userId, pending] of this.#pendingMembers) {
      count += Number(pending.membership === 'join') - Number(this.#members.get(userId)?.membership === 'join')
    }
    return count
  }

  /** Whether something that was built here is not settled yet. */
  isBusy(): boolean {
    return this.#inFlight > 0
  }

  /** What is pending, to go back to when an event after it may not be sent. */
  markPending(): () => void {
    const extremities = this.#extremities
    const state = new Map(this.#pendingState)
    const members = new Map(this.#pendingMembers)
    return () => {
      this.#extremities = extremities
      replaceAll(this.#pendingState, state)
      replaceAll(this.#pendingMembers, members)
    }
  }

  beginFlight(): void {
    this.#inFlight += 1
  }

  endFlight(): void {
    this.#inFlight -= 1
    if (this.#inFlight > 0) return
    const { resolve } = this.#quiet
    this.#quiet = Promise.withResolvers<void>()
    resolve()
  }

  /** Resolves when all that was built here is settled. */
  async quiet(): Promise<void> {
    while (this.isBusy()) await this.#quiet.promise
  }

  /** Resolves when nobody holds the room; undefined when nobody does. */
  held(): Promise<void> | undefined {
    return this.#held
  }

  /** Runs work while nobody else builds upon this room, each after the other. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    while (this.#held !== undefined) await this.#held
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    try {
      return await work()
    } finally {
      this.#held = undefined
      resolve()
    }
  }

  /** Whether a reference was found to lead to another state than the present one, which has not changed since. */
  isKnownUnlike({ branch, at }: StateReference): boolean {
    return this.#unlike.lastChange === this.#lastChange && this.#unlike.references.has(`${branch} ${at}`)
  }

  noteUnlike({ branch, at }: StateReference): void {
    const isFull = this.#unlike.references.size >= UNLIKE_MAX
    if (isFull || this.#unlike.lastChange !== this.#lastChange) this.#unlike = { lastChange: this.#lastChange, references: new Set() }
    this.#unlike.references.add(`${branch} ${at}`)
  }

  /** Whether somebody works on it, so that it must not be forgotten. */
  isInUse(): boolean {
    return this.isBusy() || this.#held !== undefined
  }

  /** Takes an event that was built, so that the next is built upon it. */
  pend({ extremities, state, member, redacted, resolved }: PendingChange): void {
    this.#extremities = extremities
    const ended = resolved?.endedStates.map((entry) => ({ ...entry, content: {} })) ?? []
    for (const entry of [...resolved?.states ?? [], ...ended]) this.#pendingState.set(stateName(entry.type, entry.stateKey), entry)
    for (const entry of resolved?.members ?? []) this.#pendingMembers.set(entry.userId, entry)
    for (const entry of resolved?.endedMembers ?? []) this.#pendingMembers.set(entry.userId, { ...entry, membership: 'leave' })
    for (const entry of [state, redacted]) if (entry !== undefined) this.#pendingState.set(stateName(entry.type, entry.stateKey), entry)
    if (member !== undefined) this.#pendingMembers.set(member.userId, member)
  }

  /** Takes over what has been committed. */
  commit({ extremities, state, member, redacted, resolved }: PendingChange, pos: number): void {
    this.#lastPos = pos
    if (resolved !== undefined) this.#resolve(resolved, pos)
    if (state !== undefined || member !== undefined || resolved !== undefined) {
      this.#lastChange = pos
      // Where an event went on without others, the state after those is what it was before.
      this.#extremities = this.#extremities.map((each) => (
        extremities.indexOf(each) > 0 && each.state === undefined ? { ...each, state: { branch: MAIN_LINE, at: pos - 1 } } : each
      ))
    }
    for (const entry of [state, redacted]) if (entry !== undefined) this.#setState(entry)
    if (member !== undefined) {
      this.#setMember(member, pos)
      if (this.#pendingMembers.get(member.userId) === member) this.#pendingMembers.delete(member.userId)
    }
  }

  /** What is left of an entry whose event was redacted by history that came late: nothing else changes. */
  redact(entry: StateEntry): void {
    this.#setState(entry)
  }

  /** Takes over a change of the state that came without an event; what the extremities lead to was meant to be so. */
  correct(resolved: ResolvedState, pos: number): void {
    this.#lastPos = pos
    this.#lastChange = pos
    this.#resolve(resolved, pos)
  }

  /** Something that this memory holds was not committed: it must be read anew, and nothing built upon it may be written. */
  spoil(): void {
    this.#isStale = true
  }

  isStale(): boolean {
    return this.#isStale
  }

  /** Who resolves forks holds the room, so that nothing else is pending. */
  #resolve({ states, members, endedStates, endedMembers }: ResolvedState, pos: number): void {
    for (const entry of states) this.#state.set(stateName(entry.type, entry.stateKey), entry)
    for (const { type, stateKey } of endedStates) this.#state.delete(stateName(type, stateKey))
    for (const member of members) this.#setMember(member, pos)
    for (const member of endedMembers) {
      this.#setMember({ ...member, membership: 'leave' }, pos)
      this.#members.delete(member.userId)
    }
    this.#pendingState.clear()
    this.#pendingMembers.clear()
  }

  #setState(entry: StateEntry): void {
    const name = stateName(entry.type, entry.stateKey)
    this.#state.set(name, entry)
    if (this.#pendingState.get(name) === entry) this.#pendingState.delete(name)
  }

  #setMember(member: MemberEntry, pos?: number): void {
    const before = this.#members.get(member.userId)?.membership
    const joined = Number(member.membership === 'join') - Number(before === 'join')
    this.#joined += joined
    this.servers.add(member.userId, joined, pos)
    this.#invited += Number(member.membership === 'invite') - Number(before === 'invite')
    this.#members.set(member.userId, member)
  }
}

function replaceAll<K, V>(map: Map<K, V>, entries: ReadonlyMap<K, V>): void {
  map.clear()
  for (const [key, value] of entries) map.set(key, value)
}

/** What a room was created with. */
export function createContent(room: Room): JsonObject {
  const content = room.state('m.room.create')?.content
  return isJsonObject(content) ? content : {}
}
