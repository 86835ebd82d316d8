// A room that the scripted server holds: a line of events, the state before each of them, and what it answers about them.
import { authTypesFor } from '../../src/matrix/auth-events.ts'
import { buildEvent } from '../../src/matrix/build-event.ts'
import { canonicalJson } from '../../src/matrix/canonical-json.ts'
import { pduOf, type Pdu } from '../../src/matrix/event.ts'
import { roomIdOfCreateEvent, serverNameOf } from '../../src/matrix/ids.ts'
import type { JsonObject } from '../../src/matrix/json.ts'
import { stateKeyText } from '../../src/matrix/room-state.ts'
import { findRoomVersion, type RoomVersion } from '../../src/matrix/room-versions.ts'
import type { SigningKey } from '../../src/matrix/signing.ts'

interface Held {
  readonly pdu: Pdu
  readonly canonical: string
}

/** What somebody says in a room. */
export interface Said {
  readonly sender: string
  readonly type: string
  readonly stateKey?: string
  readonly content: JsonObject
}

export type FindKey = (serverName: string) => SigningKey

export class PeerRoom {
  roomId = ''
  readonly version: RoomVersion
  readonly #findKey: FindKey
  readonly #events = new Map<string, Held>()
  /** The present state: ids by type and state key. */
  readonly #state = new Map<string, string>()
  #last: Held | undefined

  constructor(version: string, findKey: FindKey) {
    const found = findRoomVersion(version)
    if (found === undefined) throw new Error(`There is no room version ${version}`)
    this.version = found
    this.#findKey = findKey
  }

  /** A public room with all these members, the first of whom has made it. */
  static create(version: string, members: readonly string[], findKey: FindKey): PeerRoom {
    const room = new PeerRoom(version, findKey)
    const [creator = ''] = members
    if (!room.version.roomIdFromCreateEvent) room.roomId = `!bench${Math.random().toString(36).slice(2)}:${serverNameOf(creator)}`
    const create = room.say({ sender: creator, type: 'm.room.create', stateKey: '', content: { room_version: version } })
    if (room.version.roomIdFromCreateEvent) room.roomId = roomIdOfCreateEvent(create.pdu.eventId)
    room.#join(creator)
    const users = room.version.creatorsPrivileged ? {} : { [creator]: 100 }
    room.say({ sender: creator, type: 'm.room.power_levels', stateKey: '', content: { users } })
    room.say({ sender: creator, type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'public' } })
    room.say({ sender: creator, type: 'm.room.history_visibility', stateKey: '', content: { history_visibility: 'shared' } })
    for (const member of members.slice(1)) room.#join(member)
    return room
  }

  /** Signs an event and appends it. */
  say({ sender, type, stateKey, content }: Said): Held {
    const serverName = serverNameOf(sender) ?? ''
    const authorised = { type, sender, stateKey, content }
    const built = buildEvent({
      version: this.version,
      fields: {
        type, sender, content,
        ...(stateKey === undefined ? {} : { stateKey }),
        ...(this.roomId === '' ? {} : { roomId: this.roomId }),
        prevEvents: this.#last === undefined ? [] : [this.#last.pdu.eventId],
        authEvents: authTypesFor(authorised, this.version).flatMap((key) => this.#state.get(stateKeyText(key)) ?? []),
        depth: (this.#last?.pdu.depth ?? 0) + 1,
        originServerTs: Date.now(),
      },
      serverName,
      key: this.#findKey(serverName),
    })
    if (!built.ok) throw new Error(built.message)
    return this.#add(built)
  }

  /** Takes in an event of another server as the end of the room. */
  take(json: JsonObject): Held {
    return this.#add({ pdu: pduOf(json, this.version), canonical: canonicalJson(json) })
  }

  /** Takes in state that another server tells. */
  takeState(events: readonly JsonObject[]): void {
    for (const json of events) this.#keep({ pdu: pduOf(json, this.version), canonical: canonicalJson(json) })
  }

  /** What an event of that user is to build upon (GET /make_join). */
  makeTemplate(userId: string): JsonObject {
    const said = { type: 'm.room.member', sender: userId, stateKey: userId, content: { membership: 'join' } }
    const event = {
      type: said.type, sender: userId, state_key: userId, content: said.content, room_id: this.roomId,
      prev_events: this.#last === undefined ? [] : [this.#last.pdu.eventId],
      auth_events: authTypesFor(said, this.version).flatMap((key) => this.#state.get(stateKeyText(key)) ?? []),
      depth: (this.#last?.pdu.depth ?? 0) + 1,
      origin_server_ts: Date.now(),
    }
    return { room_version: this.version.id, event }
  }

  find(eventId: string): Held | undefined {
    return this.#events.get(eventId)
  }

  last(): Held | undefined {
    return this.#last
  }

  /** The state before an event: that of all events of lesser depth, since they stand in a line. */
  stateBefore(eventId: string): Held[] {
    const depth = this.#events.get(eventId)?.pdu.depth ?? Number.POSITIVE_INFINITY
    return [...this.#state.values()].flatMap((each) => this.#events.get(each) ?? []).filter(({ pdu }) => pdu.depth < depth)
  }

  chainOf(events: readonly Held[]): Held[] {
    const chain = new Set<Held>()
    const waiting = events.flatMap(({ pdu }) => pdu.authEvents)
    for (let eventId = waiting.pop(); eventId !== undefined; eventId = waiting.pop()) {
      const held = this.#events.get(eventId)
      if (held === undefined || chain.has(held)) continue
      chain.add(held)
      waiting.push(...held.pdu.authEvents)
    }
    return [...chain]
  }

  /** Events before those, nearest first, as far as `isWanted` goes. */
  walkBack(from: readonly string[], limit: number, isWanted: (eventId: string) => boolean = () => true): Held[] {
    const found = new Map<string, Held>()
    const waiting = [...from]
    for (let eventId = waiting.shift(); eventId !== undefined && found.size < limit; eventId = waiting.shift()) {
      const held = this.#events.get(eventId)
      if (held === undefined || found.has(eventId) || !isWanted(eventId)) continue
      found.set(eventId, held)
      waiting.push(...held.pdu.prevEvents)
    }
    return [...found.values()]
  }

  #join(userId: string): void {
    const name = userId.slice(1, userId.indexOf(':'))
    this.say({ sender: userId, type: 'm.room.member', stateKey: userId, content: { membership: 'join', displayname: name } })
  }

  #add(held: Held): Held {
    this.#keep(held)
    this.#last = held
    return held
  }

  #keep(held: Held): void {
    const { eventId, type, stateKey } = held.pdu
    this.#events.set(eventId, held)
    if (stateKey !== undefined) this.#state.set(stateKeyText({ type, stateKey }), eventId)
  }
}
