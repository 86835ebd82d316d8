import type { Pdu } from './event.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from './json.ts'
import type { StateKey } from './room-state.ts'
import type { RoomVersion } from './room-versions.ts'

/** What decides which state authorises an event. */
export type AuthorisedEvent = Pick<Pdu, 'type' | 'sender' | 'stateKey' | 'content'>

const CREATE: StateKey = { type: 'm.room.create', stateKey: '' }
const POWER_LEVELS: StateKey = { type: 'm.room.power_levels', stateKey: '' }
const JOIN_RULES: StateKey = { type: 'm.room.join_rules', stateKey: '' }
const MEMBERSHIPS_BY_JOIN_RULES: ReadonlySet<JsonValue | undefined> = new Set(['join', 'invite', 'knock'])

/**
 * Which entries of the room's state an event cites as its auth events, where the room has them (Server-Server API, Auth
 * events selection).
 */
export function authTypesFor(event: AuthorisedEvent, version: RoomVersion): readonly StateKey[] {
  if (event.type === 'm.room.create') return []
  const keys = [POWER_LEVELS, memberKey(event.sender)]
  // Since room version 12 the room's id stands for the create event, which is not cited.
  if (!version.roomIdFromCreateEvent) keys.unshift(CREATE)
  if (event.type === 'm.room.member') addMembershipKeys(keys, event, version)
  return keys
}

function addMembershipKeys(keys: StateKey[], { sender, stateKey, content }: AuthorisedEvent, version: RoomVersion): void {
  const membership = ownValue(content, 'membership')
  if (stateKey !== undefined && stateKey !== sender) keys.push(memberKey(stateKey))
  if (MEMBERSHIPS_BY_JOIN_RULES.has(membership)) keys.push(JOIN_RULES)
  if (membership === 'invite') {
    const token = thirdPartyTokenOf(content)
    if (token !== undefined) keys.push({ type: 'm.room.third_party_invite', stateKey: token })
  }
  if (membership === 'join' && version.restrictedJoins) {
    const authoriser = ownValue(content, 'join_authorised_via_users_server')
    const isCited = typeof authoriser === 'string' && authoriser !== sender && authoriser !== stateKey
    if (isCited) keys.push(memberKey(authoriser))
  }
}

/** The token that ties an invite to the third-party invite it accepts. */
function thirdPartyTokenOf(content: JsonObject): string | undefined {
  const invite = ownValue(content, 'third_party_invite')
  const signed = isJsonObject(invite) ? ownValue(invite, 'signed') : undefined
  const token = isJsonObject(signed) ? ownValue(signed, 'token') : undefined
  return typeof token === 'string' ? token : undefined
}

function memberKey(userId: string): StateKey {
  return { type: 'm.room.member', stateKey: userId }
}
