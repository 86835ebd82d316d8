import type { Pdu } from '../matrix/event.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { RoomVersion } from '../matrix/room-versions.ts'
import type { Members, Membership } from '../members/members.ts'
import type { Db } from '../store/database.ts'
import { insertRoom } from '../store/rooms/rooms.ts'
import type { Change } from '../streams/changes.ts'
import { StaleUnit, tooManyWrites, type Committer, type Unit } from '../streams/committer.ts'
import type { ChainedEvent, ChainPlace } from '../matrix/auth-chains/chain-cover.ts'
import type { AuthChains } from './auth-chains/auth-chains.ts'
import {
  buildNext, checkRedaction, listAuthNids, pendingAuthState, signNext, take, templateNext, type BuildInput, type Signer,
} from './build-next.ts'
import { buildAmongMany, namesTooFew } from './build-among-many.ts'
import { correctState, remoteMembersOf } from './state/correct-state.ts'
import type { BuiltEvent, Draft, PreparedDraft } from './draft.ts'
import type { EventCache } from './event-cache.ts'
import type { EventNumbers } from './event-numbers.ts'
import { breaksHistory, eventRows, type MessageClasses } from './event-rows.ts'
import { findPolicyServer, recommended, type PolicyServers } from './policy-servers.ts'
import { prepareOwn, type PrepareParts } from './prepare.ts'
import { describeEvent } from './reading/read-event.ts'
import { ReferenceHashes } from './reference-hashes.ts'
import type { RoomEvent } from './room-event.ts'
import { Room, type RoomHead } from './room.ts'
import type { Rooms } from './rooms.ts'
import type { ResolvedChanges } from './receive/resolved-changes.ts'
import type { StateResolver } from './state/state-resolver.ts'
import { summaryRows } from './summary.ts'

export interface AppendOptions {
  /** Stores the answer to a request with a transaction id together with its effect. */
  readonly transaction?: { readonly key: Buffer, answer(eventIds: readonly string[]): unknown } | undefined
  /** Where the events stand in the auth chains, if that was told before. */
  readonly places?: ReadonlyMap<number, ChainPlace> | undefined
}

export interface NewRoom {
  readonly version: RoomVersion
  /** Undefined where the version takes the id from the create event. */
  readonly roomId: string | undefined
  readonly create: Draft
  /** What follows the create event, given the room's ids; where it throws there is no room. */
  rest(room: { readonly nid: number, readonly roomId: string }): readonly Draft[] | Promise<readonly Draft[]>
}

export interface WriterParts extends PrepareParts {
  readonly db: Db
  readonly rooms: Rooms
  readonly events: EventCache
  readonly members: Members
  readonly committer: Committer
  readonly numbers: EventNumbers
  readonly signer: Signer
  readonly messageClasses: MessageClasses
  readonly chains: AuthChains
  readonly resolver: Pick<StateResolver, 'resolve'>
  readonly policyServers: PolicyServers
}

const NO_ROOM = -1
const EMPTY_HEAD: RoomHead = { extremities: [], state: [], members: [], lastPos: 0, lastChange: 0, recentFrom: 0, breaks: [] }

/** How often an event is built anew when what it was built upon was not committed. */
const ATTEMPTS_MAX = 5

/** The only door into a room: builds events upon what is pending and commits them together. */
export class RoomWriter {
  readonly #parts: WriterParts
  readonly #hashes: ReferenceHashes
  readonly #signing: Pick<BuildInput, 'signer' | 'referenceHashOf'>

  constructor(parts: WriterParts) {
    this.#parts = parts
    this.#hashes = new ReferenceHashes(parts.events)
    this.#signing = { signer: parts.signer, referenceHashOf: (eventId) => this.#hashes.find(eventId) }
  }

  /**
   * Appends events to a room, all of them or none; resolves with them after COMMIT, in order.
   * Throws M_FORBIDDEN where the auth rules say no, M_TOO_LARGE, M_BAD_JSON, M_LIMIT_EXCEEDED while too much is waiting.
   */
  async append(room: Room, drafts: readonly Draft[], options: AppendOptions = {}): Promise<RoomEvent[]> {
    let current = room
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(current, drafts, options)
      } catch (error) {
        if (!(error instanceof StaleUnit) || attempt === ATTEMPTS_MAX) throw error
        current = await this.#parts.rooms.get(room.roomId)
      }
    }
  }

  async #attempt(room: Room, drafts: readonly Draft[], options: AppendOptions): Promise<RoomEvent[]> {
    const prepared = await prepareOwn(this.#parts, room, drafts)
    await this.#parts.chains.prepare(room, drafts.flatMap((draft) => listAuthNids(room, draft)))
    const { numbers } = this.#parts
    while (!this.#hashes.has(room, drafts)) await this.#hashes.load(room, drafts)
    // Not in a function of its own: between its end and what follows somebody else might take hold of the room.
    for (let held = room.held(); held !== undefined || !numbers.has(drafts.length); held = room.held()) await (held ?? numbers.draw())
    if (!this.#parts.rooms.isCurrent(room)) throw new StaleUnit('The room was read anew')
    // Who is told before anything was built spoils nothing for those who wait already.
    if (this.#parts.committer.isBusy()) throw tooManyWrites()
    const isWatched = drafts.some((draft) => findPolicyServer(room, draft) !== undefined)
    if (isWatched) return room.hold(() => this.#appendRecommended(room, prepared, options))
    const [alone] = prepared.length === 1 && namesTooFew(room) ? prepared : []
    if (alone !== undefined) return room.hold(() => this.#appendAmongMany(room, alone, options))
    return this.commit(room, this.#build(room, prepared), options)
  }

  /** An event as it would be appended, for what another server has to sign before it is said. Throws as `append` does. */
  async propose(room: Room, draft: Draft): Promise<Pdu> {
    await prepareOwn(this.#parts, room, [draft])
    await this.#getReady(room, draft)
    return signNext({ room, draft, ...this.#signing }).pdu
  }

  /** The same for somebody of another server to complete and sign (Server-Server API, GET /make_join). Throws M_FORBIDDEN. */
  async template(room: Room, draft: Draft): Promise<JsonObject> {
    await this.#getReady(room, draft)
    return templateNext({ room, draft, ...this.#signing })
  }

  async #getReady(room: Room, draft: Draft): Promise<void> {
    while (!this.#hashes.has(room, [draft])) await this.#hashes.load(room, [draft])
    for (let held = room.held(); held !== undefined; held = room.held()) await held
  }

  /**
   * Makes a room with its first events, all of them or none. Before room version 12 its id is given; since then it is
   * that of the create event. Throws as `append` does.
   */
  async found({ version, roomId, create, rest }: NewRoom, options: AppendOptions = {}): Promise<{ room: Room, events: RoomEvent[] }> {
    const { rooms, numbers, committer } = this.#parts
    if (committer.isBusy()) throw tooManyWrites()
    const { first, nid } = await this.#begin(version, roomId, create)
    const id = first.pdu.roomId
    const room = new Room({ nid, roomId: id, version }, EMPTY_HEAD)
    room.pend(first.change)
    const others = await prepareOwn(this.#parts, room, await rest(room))
    while (!numbers.has(others.length)) await numbers.draw()
    const built = [first, ...this.#build(room, others)]
    if (committer.isBusy()) throw tooManyWrites()
    rooms.add(room)
    const events = await this.commit(room, built, options)
    return { room, events }
  }

  /**
   * Changes the state of a room without an event: clients are told at the position at which we learned it. It is the state after
   * the events with the numbers `after`, too. Who calls holds the room, in which nothing is pending.
   */
  correct(room: Room, changes: ResolvedChanges, after: readonly number[]): Promise<void> {
    return correctState(this.#parts, room, changes, after)
  }

  /**
   * Runs work in the room that everybody finds, while nothing is pending in it and nobody else builds upon it; for who knew the
   * room a while ago, since it may have been read anew. Throws M_FORBIDDEN where there is no such room any more.
   */
  async holdSettled<T>(roomId: string, work: (room: Room) => Promise<T>): Promise<T> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const room = await this.#parts.rooms.get(roomId)
      const done = await room.hold(async () => {
        await this.settle(room)
        return this.#parts.rooms.isCurrent(room) ? { value: await work(room) } : undefined
      })
      if (done !== undefined) return done.value
    }
    throw new StaleUnit('The room was read anew again and again')
  }

  /** Resolves when everything that was built in the room before is committed, or known not to be. */
  async settle(room: Room): Promise<void> {
    try {
      await this.#parts.committer.submit({ positions: 0, rows: () => ({}), committed: () => [], isStale: () => room.isStale() })
    } catch (error) {
      if (!(error instanceof StaleUnit)) throw error
      await room.quiet()
    }
  }

  /**
   * Builds the create event and gives its room a number. Where its hash is the room's id, two rooms that somebody makes alike
   * within one millisecond would be one: the later of them is dated a little later still.
   */
  async #begin(version: RoomVersion, roomId: string | undefined, create: Draft): Promise<{ first: BuiltEvent, nid: number }> {
    const { db, numbers, signer } = this.#parts
    const room = new Room({ nid: NO_ROOM, roomId: roomId ?? '', version }, EMPTY_HEAD)
    for (let originServerTs = create.originServerTs ?? signer.now(); ; originServerTs += 1) {
      const [prepared] = await prepareOwn(this.#parts, { nid: NO_ROOM }, [{ ...create, originServerTs }])
      while (!numbers.has(1)) await numbers.draw()
      if (prepared === undefined) throw new Error('Nothing was prepared')
      const goBack = room.markPending()
      const first = this.#buildNext(room, prepared)
      goBack()
      const nid = await insertRoom(db, { roomId: first.pdu.roomId, version: version.id, createdAt: first.receivedAt })
      if (nid !== undefined) return { first, nid }
      if (!version.roomIdFromCreateEvent) throw new Error(`The room id ${first.pdu.roomId} is taken`)
    }
  }

  /** Where a policy server has its say, nobody else builds upon the room until it is heard. */
  async #appendRecommended(room: Room, prepared: readonly PreparedDraft[], options: AppendOptions): Promise<RoomEvent[]> {
    const { numbers, signer, policyServers } = this.#parts
    const nids = prepared.map(() => numbers.take())
    const built: BuiltEvent[] = []
    try {
      for (const [index, draft] of prepared.entries()) {
        const receivedAt = signer.now()
        const signed = signNext({ room, draft: draft.draft, ...this.#signing })
        checkRedaction(room, draft, pendingAuthState(room))
        const event = { room, prepared: draft, nid: nids[index] ?? numbers.take(), receivedAt }
        built.push(take({ ...event, ...await recommended(policyServers, room, signed) }))
        this.#hashes.note(room, signed.pdu)
      }
    } catch (error) {
      // What is pending already will never be committed.
      if (built.length > 0) room.spoil()
      throw error
    }
    return this.commit(room, built, options)
  }

  /** Where an event of ours cannot name all ends of the room, what it follows and what it leads to is found out as for those of others. */
  async #appendAmongMany(room: Room, prepared: PreparedDraft, options: AppendOptions): Promise<RoomEvent[]> {
    const { rooms, numbers, signer, chains } = this.#parts
    const { draft } = prepared
    await this.settle(room)
    while (!this.#hashes.has(room, [draft])) await this.#hashes.load(room, [draft])
    if (!rooms.isCurrent(room)) throw new StaleUnit('The room was read anew')
    checkRedaction(room, prepared, pendingAuthState(room))
    const signed = signNext({ room, draft, ...this.#signing })
    this.#hashes.note(room, signed.pdu)
    await chains.prepare(room, signed.authNids)
    while (!numbers.has(1)) await numbers.draw()
    const nid = numbers.take()
    const forked = await buildAmongMany(this.#parts, room, { ...signed, prepared, nid, now: signer.now() })
    if (!rooms.isCurrent(room)) throw new StaleUnit('The room was read anew')
    if (forked === undefined) return this.commit(room, this.#build(room, [prepared]), options)
    for (const { change } of forked.built) room.pend(change)
    return this.commit(room, forked.built, { ...options, places: forked.places })
  }

  /** Builds one event upon the other; where one may not be sent, none is taken. */
  #build(room: Room, prepared: readonly PreparedDraft[]): BuiltEvent[] {
    const goBack = prepared.length > 1 ? room.markPending() : undefined
    try {
      return prepared.map((draft) => this.#buildNext(room, draft))
    } catch (error) {
      goBack?.()
      throw error
    }
  }

  #buildNext(room: Room, prepared: PreparedDraft): BuiltEvent {
    const built = buildNext({ room, prepared, nid: this.#parts.numbers.take(), ...this.#signing })
    this.#hashes.note(room, built.pdu)
    return built
  }

  /**
   * Commits events that are pending in the room, all of them or none; resolves with them. What they cite has been prepared in
   * the auth chains. Throws StaleUnit where something that they are built upon was not committed.
   */
  async commit(room: Room, built: readonly BuiltEvent[], { transaction, places: given }: AppendOptions = {}): Promise<RoomEvent[]> {
    for (const { pdu } of built) this.#hashes.note(room, pdu)
    const summaries = summaryRows(room, built)
    const places = given ?? this.#parts.chains.assign(room, built.map(chainedEvent))
    const answer = transaction === undefined ? undefined : JSON.stringify(transaction.answer(built.map(({ pdu }) => pdu.eventId)))
    let committed: RoomEvent[] = []
    const unit: Unit = {
      positions: built.length,
      bytes: built.reduce((sum, { canonical }) => sum + canonical.length, 0),
      rows: (first) => ({
        ...eventRows(room, built, first, { classes: this.#parts.messageClasses, places }),
        ...(summaries.length === 0 ? {} : { room_summaries: summaries }),
        ...(
          transaction === undefined || answer === undefined ? {} : {
            transactions: [[transaction.key, answer, built[0]?.receivedAt ?? 0]],
          }
        ),
      }),
      committed: (first) => {
        committed = built.map((event, index) => this.#commit(room, event, first + index))
        return built.flatMap((event, index) => changesOf(room, event, first + index))
      },
      isStale: () => room.isStale(),
      failed: () => room.spoil(),
    }
    room.beginFlight()
    try {
      await this.#parts.committer.submit(unit)
      return committed
    } catch (error) {
      // What was built is pending and will never be committed: nothing may be built upon it.
      room.spoil()
      throw error
    } finally {
      room.endFlight()
    }
  }

  /** Brings memory up to date with a committed event. */
  #commit(room: Room, built: BuiltEvent, pos: number): RoomEvent {
    const { events, members } = this.#parts
    const event = describeBuilt(room, built, pos)
    const { change, standing, prepared: { target } } = built
    if (standing?.place === undefined) room.commit(change, pos)
    else if (change.redacted !== undefined) room.redact(change.redacted)
    const changes = standing?.log.map((each) => ({ ...each, pos }))
    if (event.pos !== undefined && event.status === 'accepted') room.recent.push(event, event.branch === undefined ? undefined : changes)
    if (standing !== undefined && breaksHistory(standing)) room.recent.breakAt(pos)
    if (standing?.opens !== undefined) events.branches.add(built.nid, standing.opens.parent)
    events.put(event)
    for (const { user, membership, eventNid } of listLocalMemberships(built)) {
      members.apply(user, { room: room.nid, roomId: room.roomId, membership, eventNid, pos, forgotten: false })
    }
    if (target !== undefined) this.#redact(room, target, event.eventId)
    return event
  }

  #redact(room: Room, target: RoomEvent, redactedBy: string): void {
    const known = room.recent.find(target.nid) ?? this.#parts.events.peek(target.nid) ?? target
    if (known.redactedBy !== undefined) return
    const redacted = describeEvent({ ...known, redactedBy }, known.pdu, room.version)
    room.recent.replace(redacted)
    this.#parts.events.put(redacted)
  }
}

/** What of the memberships of users of this server an event changes. */
function listLocalMemberships(
  { nid, change: { member }, prepared: { localMember }, standing }: BuiltEvent,
): { readonly user: number, readonly membership: Membership, readonly eventNid: number }[] {
  if (standing !== undefined) return standing.log.flatMap(({ localMember: user, membership, nid: current, replacedNid }) => (
    user === undefined ? [] : [{ user, membership: (membership ?? 'leave') as Membership, eventNid: current ?? replacedNid ?? nid }]
  ))
  return member === undefined || localMember === undefined ? [] : [{ user: localMember, membership: member.membership, eventNid: nid }]
}

function changesOf(room: Room, built: BuiltEvent, pos: number): Change[] {
  const { standing } = built
  const isSeen = standing === undefined || standing.log.length > 0 || (standing.status === 'accepted' && standing.place === undefined)
  const event: Change[] = isSeen ? [{ kind: 'event', room: room.nid, pos }] : []
  return [
    ...event,
    ...listLocalMemberships(built).map(({ user }): Change => ({ kind: 'membership', user, room: room.nid, pos })),
    ...listRemoteMembers(built).map((userId): Change => ({ kind: 'remote-membership', userId, room: room.nid, pos })),
  ]
}

/** The users of other servers whose memberships an event changes. */
function listRemoteMembers({ change: { member }, prepared: { localMember }, standing }: BuiltEvent): string[] {
  if (standing !== undefined) return remoteMembersOf(standing.log)
  return member === undefined || localMember !== undefined ? [] : [member.userId]
}

function chainedEvent({ nid, pdu, prepared, authNids }: BuiltEvent): ChainedEvent {
  return { nid, type: pdu.type, stateKey: pdu.stateKey, key: prepared.key, authNids }
}

function describeBuilt(room: Room, built: BuiltEvent, pos: number): RoomEvent {
  const { nid, prepared, pdu, receivedAt, replacesNid, redactedBy, standing } = built
  const { draft, relation } = prepared
  return describeEvent({
    nid,
    eventId: pdu.eventId,
    room: room.nid,
    roomId: room.roomId,
    senderNid: prepared.senderNid,
    depth: pdu.depth,
    receivedAt,
    pos: standing?.place === undefined ? pos : undefined,
    place: standing?.place ?? { pos, offset: 0 },
    branch: standing?.branch,
    status: standing?.status ?? 'accepted',
    redactedBy,
    replacesNid,
    relType: relation?.relType,
    relatesTo: relation?.eventId,
    threadRoot: prepared.threadRoot,
    deviceId: draft.deviceId,
    txnId: draft.txnId,
  }, pdu.json, room.version)
}
