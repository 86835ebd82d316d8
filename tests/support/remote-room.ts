import { authTypesFor } from '../../src/matrix/auth-events.ts'
import { buildEvent } from '../../src/matrix/build-event.ts'
import { encodeBase64 } from '../../src/matrix/base64.ts'
import { pduOf, type Pdu } from '../../src/matrix/event.ts'
import { referenceHash } from '../../src/matrix/hashes.ts'
import { roomIdOfCreateEvent, serverNameOf } from '../../src/matrix/ids.ts'
import type { JsonObject } from '../../src/matrix/json.ts'
import { stateKeyText, type FindState } from '../../src/matrix/room-state.ts'
import { findRoomVersion, type RoomVersion } from '../../src/matrix/room-versions.ts'
import { signingKeyFromSeed, verifyKeyFromBase64, type SigningKey } from '../../src/matrix/signing.ts'
import { resolveState } from '../../src/matrix/state-resolution/resolve-state.ts'
import type { ResolvableEvent } from '../../src/matrix/state-resolution/resolution.ts'
import type { RemoteRooms } from '../../src/rooms/remote-rooms.ts'
import type { ServerKeys } from '../../src/rooms/server-keys.ts'
import { checkByAuthEvents, checkByState } from '../../src/rooms/receive/judge.ts'
import { asVerified } from '../../src/matrix/verify-event.ts'

export interface Said {
  readonly sender: string
  readonly type: string
  readonly stateKey?: string
  readonly content?: JsonObject
  /** What it comes after; the ends of all that was said so far if undefined. */
  readonly prev?: readonly string[]
  readonly ts?: number
  readonly auth?: readonly string[]
  readonly redacts?: string
  /** In room versions 1 and 2. */
  readonly eventId?: string
}

type State = ReadonlyMap<string, string>

let roomCount = 0

/** The key by which a server of the tests signs. */
export function keyOf(serverName: string): SigningKey {
  return signingKeyFromSeed('test', Buffer.alloc(32, serverName))
}

/** Knows the keys of all servers of the tests, and those that it is told of. */
export function testKeys(others: ReadonlyMap<string, SigningKey> = new Map()): ServerKeys {
  const find = (serverName: string) => {
    const key = verifyKeyFromBase64((others.get(serverName) ?? keyOf(serverName)).publicKey)
    return key === undefined ? undefined : { key, validUntilTs: Number.MAX_SAFE_INTEGER }
  }
  return { load: () => Promise.resolve(find) }
}

/**
 * A room as the specification tells it, held whole in memory: what other servers say in it, and what state is where. The
 * engine is compared with it, and it answers the engine's questions.
 */
export class RemoteRoom implements RemoteRooms {
  readonly version: RoomVersion
  roomId: string
  readonly #pdus = new Map<string, ResolvableEvent>()
  readonly #after = new Map<string, State>()
  readonly #depths = new Map<string, number>()
  #ends: string[] = []
  #clock = 0
  /** What it does not tell when it is asked. */
  readonly hidden = new Set<string>()
  readonly asked: string[] = []

  constructor(version: RoomVersion, roomId: string, events: readonly JsonObject[]) {
    this.version = version
    this.roomId = roomId
    for (const json of events) this.add(pduOf(json, version))
  }

  /** A public room of somebody else. */
  static create(version: string, creator: string): RemoteRoom {
    const found = findRoomVersion(version)
    if (found === undefined) throw new Error(`No room version ${version}`)
    roomCount += 1
    const room = new RemoteRoom(found, `!room${roomCount}:${serverNameOf(creator)}`, [])
    const content = { room_version: version, ...(found.creatorInContent ? { creator } : {}) }
    // Where the create event gives the room its id, no two may say the same at the same time.
    const create = room.say({ sender: creator, type: 'm.room.create', stateKey: '', content, ts: roomCount * 1_000 })
    if (found.roomIdFromCreateEvent) room.roomId = roomIdOfCreateEvent(create)
    room.say({ sender: creator, type: 'm.room.member', stateKey: creator, content: { membership: 'join' } })
    const users = found.creatorsPrivileged ? {} : { [creator]: 100 }
    room.say({ sender: creator, type: 'm.room.power_levels', stateKey: '', content: { users } })
    room.say({ sender: creator, type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'public' } })
    return room
  }

  /** Takes in an event whose predecessors it has. */
  add(pdu: Pdu): void {
    const before = this.stateBefore(pdu.prevEvents)
    const rejected = !this.#isAllowed(pdu, before)
    const after = new Map(before)
    if (!rejected && pdu.stateKey !== undefined) after.set(stateKeyText({ type: pdu.type, stateKey: pdu.stateKey }), pdu.eventId)
    this.#pdus.set(pdu.eventId, { ...pdu, rejected })
    this.#after.set(pdu.eventId, after)
    this.#depths.set(pdu.eventId, pdu.depth)
    this.#clock = Math.max(this.#clock, pdu.originServerTs)
    this.#ends = [...this.#ends.filter((eventId) => !pdu.prevEvents.includes(eventId)), pdu.eventId]
  }

  /** Somebody says something; returns the id of the event. */
  say(said: Said, key?: SigningKey): string {
    const pdu = this.build(said, key)
    this.add(pdu)
    return pdu.eventId
  }

  /** An event that nobody has said yet. */
  build({ sender, type, stateKey, content = {}, prev = this.#ends, ts, auth, redacts, eventId }: Said, key?: SigningKey): Pdu {
    const serverName = serverNameOf(sender) ?? ''
    this.#clock += 1
    const state = this.stateBefore(prev)
    const cited = authTypesFor({ type, sender, stateKey, content }, this.version).flatMap((key) => state.get(stateKeyText(key)) ?? [])
    const built = buildEvent({
      version: this.version,
      fields: {
        type, sender, content,
        ...(stateKey === undefined ? {} : { stateKey }),
        ...(redacts === undefined ? {} : { redacts }),
        ...(eventId === undefined ? {} : { eventId }),
        ...(this.version.roomIdFromCreateEvent && type === 'm.room.create' ? {} : { roomId: this.roomId }),
        prevEvents: prev,
        authEvents: auth ?? cited,
        depth: Math.max(0, ...prev.map((eventId) => this.#depths.get(eventId) ?? 0)) + 1,
        originServerTs: ts ?? this.#clock,
      },
      serverName,
      key: key ?? keyOf(serverName),
      referenceHashOf: (eventId) => encodeBase64(referenceHash(this.json(eventId), this.version)),
    })
    if (!built.ok) throw new Error(built.message)
    return built.pdu
  }

  json(eventId: string): JsonObject {
    const pdu = this.#pdus.get(eventId)
    if (pdu === undefined) throw new Error(`${eventId} was never said`)
    return pdu.json
  }

  jsons(eventIds: readonly string[]): JsonObject[] {
    return eventIds.map((eventId) => this.json(eventId))
  }

  listIds(): string[] {
    return [...this.#pdus.keys()]
  }

  isRejected(eventId: string): boolean {
    return this.#pdus.get(eventId)?.rejected === true
  }

  prevOf(eventId: string): readonly string[] {
    return this.#pdus.get(eventId)?.prevEvents ?? []
  }

  ends(): readonly string[] {
    return this.#ends
  }

  stateAfter(eventId: string): State {
    return this.#after.get(eventId) ?? new Map()
  }

  /** What the states after some events resolve to, by whole states and whole chains. */
  stateBefore(prev: readonly string[]): State {
    return resolveState(this.version, prev.map((eventId) => this.stateAfter(eventId)), { findEvent: (eventId) => this.#pdus.get(eventId) })
  }

  #isAllowed(pdu: Pdu, before: State): boolean {
    const checked = { ok: true, eventId: pdu.eventId, pdu: asVerified(pdu), canonical: '', isAuthorised: true } as const
    const cited = pdu.authEvents.flatMap((eventId) => this.#pdus.get(eventId) ?? [])
      .map((event) => ({ ...event, rejected: event.rejected === true }))
    const findState: FindState = (type, stateKey) => this.#pdus.get(before.get(stateKeyText({ type, stateKey })) ?? '')
    return checkByAuthEvents(this.version, checked, cited, findState('m.room.create', '')).allowed
      && checkByState(this.version, checked, findState).allowed
  }

  // What it answers.

  listMissingEvents(_: string, __: string, range: { earliest: readonly string[], latest: readonly string[], limit: number }) {
    this.asked.push('missing')
    const found: string[] = []
    const waiting = [...range.latest.flatMap((eventId) => this.prevOf(eventId))]
    for (let eventId = waiting.shift(); eventId !== undefined && found.length < range.limit; eventId = waiting.shift()) {
      if (range.earliest.includes(eventId) || found.includes(eventId) || this.hidden.has(eventId)) continue
      found.push(eventId)
      waiting.push(...this.prevOf(eventId))
    }
    return Promise.resolve(this.jsons(found.toReversed()))
  }

  async findStateIds(_: string, __: string, eventId: string) {
    this.asked.push('state_ids')
    const state = [...this.stateBefore(this.prevOf(eventId)).values()]
    return { state, authChain: this.chainOf(state) }
  }

  async findState(server: string, roomId: string, eventId: string) {
    const { state, authChain } = await this.findStateIds(server, roomId, eventId)
    return { state: this.jsons(state), authChain: this.jsons(authChain) }
  }

  findEvent(_: string, eventId: string) {
    this.asked.push('event')
    return Promise.resolve(this.#pdus.get(eventId)?.json)
  }

  listEventAuth(_: string, __: string, eventId: string) {
    this.asked.push('event_auth')
    return Promise.resolve(this.jsons(this.chainOf([eventId])))
  }

  backfill(_: string, __: string, eventIds: readonly string[], limit: number) {
    this.asked.push('backfill')
    const found: string[] = []
    const waiting = [...eventIds]
    for (let eventId = waiting.shift(); eventId !== undefined && found.length < limit; eventId = waiting.shift()) {
      if (found.includes(eventId)) continue
      found.push(eventId)
      waiting.push(...this.prevOf(eventId))
    }
    return Promise.resolve(this.jsons(found))
  }

  chainOf(eventIds: readonly string[]): string[] {
    const chain = new Set<string>()
    const waiting = eventIds.flatMap((eventId) => this.#pdus.get(eventId)?.authEvents ?? [])
    for (let eventId = waiting.pop(); eventId !== undefined; eventId = waiting.pop()) {
      if (chain.has(eventId)) continue
      chain.add(eventId)
      waiting.push(...this.#pdus.get(eventId)?.authEvents ?? [])
    }
    return [...chain]
  }
}
