import { authTypesFor } from '../../../src/matrix/auth-events.ts'
import { authorize, type AuthorizableEvent } from '../../../src/matrix/auth-rules.ts'
import { pduOf, type Pdu } from '../../../src/matrix/event.ts'
import type { JsonObject, JsonValue } from '../../../src/matrix/json.ts'
import { stateKeyText, type FindState } from '../../../src/matrix/room-state.ts'
import { findRoomVersion, type RoomVersion } from '../../../src/matrix/room-versions.ts'
import type { Verdict } from '../../../src/matrix/verdict.ts'

export const ALICE = '@alice:a.test'
export const BOB = '@bob:a.test'
export const CAROL = '@carol:b.test'
export const DAVE = '@dave:b.test'

export interface EventInput {
  readonly id: string
  readonly type: string
  readonly sender: string
  readonly stateKey?: string
  readonly content?: JsonObject
  readonly authEvents?: readonly string[]
  readonly prevEvents?: readonly string[]
  readonly originServerTs?: number
  readonly depth?: number
  readonly redacts?: string
  readonly roomId?: string
}

/** The room version of that id, which the tests know to be there. */
export function versionOf(id: string): RoomVersion {
  const version = findRoomVersion(id)
  if (version === undefined) throw new Error(`no room version ${id}`)
  return version
}

/** The id of a room in the tests: in room version 12 that of the create event `create`. */
export function roomIdIn(version: RoomVersion): string {
  return version.roomIdFromCreateEvent ? `!${CREATE_HASH}` : '!room:a.test'
}

const CREATE_HASH = 'c'.repeat(43)

/** The id of the create event in the tests. */
export const CREATE_ID = `$${CREATE_HASH}`

/** An event that was not signed, since no rule that is tested with it looks at signatures. */
export function eventOf(version: RoomVersion, input: EventInput): Pdu {
  const isImplied = version.roomIdFromCreateEvent && input.type === 'm.room.create'
  const reference = (id: string): JsonValue => version.eventFormat === 'v1' ? [id, {}] : id
  const json: Record<string, JsonValue> = {
    type: input.type,
    sender: input.sender,
    content: input.content ?? {},
    auth_events: (input.authEvents ?? []).map(reference),
    prev_events: (input.prevEvents ?? ['$previous']).map(reference),
    depth: input.depth ?? 1,
    origin_server_ts: input.originServerTs ?? 1,
  }
  if (input.stateKey !== undefined) json['state_key'] = input.stateKey
  if (input.redacts !== undefined) json['redacts'] = input.redacts
  if (!isImplied || input.roomId !== undefined) json['room_id'] = input.roomId ?? roomIdIn(version)
  return pduOf(json, version, input.id)
}

/** A room's state by which events are judged. Members are given by their membership, all else by content. */
export interface RoomInput {
  readonly create?: JsonObject
  readonly members?: Readonly<Record<string, string>>
  readonly joinRule?: string
  readonly powerLevels?: JsonObject
  readonly more?: readonly EventInput[]
}

/** The state of a room that Alice created. */
export function stateOf(version: RoomVersion, room: RoomInput): FindState {
  const events = [
    createEvent(version, room.create),
    ...Object.entries(room.members ?? {}).map(([userId, membership]) => memberEvent(version, userId, membership)),
    ...(room.more ?? []).map((input) => eventOf(version, input)),
  ]
  if (room.joinRule !== undefined) events.push(settingOf(version, 'm.room.join_rules', { join_rule: room.joinRule }))
  if (room.powerLevels !== undefined) events.push(settingOf(version, 'm.room.power_levels', room.powerLevels))
  const state = new Map(events.map((event) => [keyOf(event), event]))
  return (type, stateKey) => state.get(stateKeyText({ type, stateKey }))
}

/** Alice's create event. */
export function createEvent(version: RoomVersion, content: JsonObject = {}): Pdu {
  const creator = version.creatorInContent ? { creator: ALICE } : {}
  const full = { room_version: version.id, ...creator, ...content }
  return eventOf(version, { id: CREATE_ID, type: 'm.room.create', sender: ALICE, stateKey: '', content: full, prevEvents: [] })
}

function memberEvent(version: RoomVersion, userId: string, membership: string): Pdu {
  return eventOf(version, { id: `$member-${userId}`, type: 'm.room.member', sender: userId, stateKey: userId, content: { membership } })
}

function settingOf(version: RoomVersion, type: string, content: JsonObject): Pdu {
  return eventOf(version, { id: `$${type}`, type, sender: ALICE, stateKey: '', content })
}

/** The verdict on an event in a room; nobody but the sender's server has signed it unless that is said. */
export function judge(version: RoomVersion, room: RoomInput, input: Omit<EventInput, 'id'>, isSignedBy: readonly string[] = []): Verdict {
  const event: AuthorizableEvent = eventOf(version, { id: '$judged:a.test', ...input })
  return authorize(version, event, stateOf(version, room), { isSignedBy: (serverName) => isSignedBy.includes(serverName) })
}

/** A membership that is to be judged. */
export function membership(sender: string, target: string, kind: string, more: JsonObject = {}): Omit<EventInput, 'id'> {
  return { type: 'm.room.member', sender, stateKey: target, content: { membership: kind, ...more } }
}

/** The key of a state event. */
export function keyOf(event: Pdu): string {
  return stateKeyText({ type: event.type, stateKey: event.stateKey ?? '' })
}

/** The ids that an event cites when it is sent in this state. */
export function authEventsIn(version: RoomVersion, event: EventInput, state: ReadonlyMap<string, string>): readonly string[] {
  const question = { type: event.type, sender: event.sender, stateKey: event.stateKey, content: event.content ?? {} }
  return authTypesFor(question, version).flatMap((key) => state.get(stateKeyText(key)) ?? [])
}
