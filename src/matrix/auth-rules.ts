import { authTypesFor } from './auth-events.ts'
import type { Pdu } from './event.ts'
import { isUserId, roomIdOfCreateEvent, serverNameOf } from './ids.ts'
import { ownValue } from './json.ts'
import { authorizeMembership, membershipOf } from './membership-rules.ts'
import { authorizePowerLevels } from './power-level-rules.ts'
import { actionLevel, powerLevelsOf, requiredLevel, userLevel, type PowerLevels } from './power-levels.ts'
import { stateKeyText, type FindState } from './room-state.ts'
import { findRoomVersion, type RoomVersion } from './room-versions.ts'
import { redactsOf } from './redaction.ts'
import { allow, reject, type Verdict } from './verdict.ts'

/** What of an event the rules look at. */
export type AuthorizableEvent =
  Pick<Pdu, 'eventId' | 'roomId' | 'type' | 'sender' | 'stateKey' | 'content' | 'prevEvents' | 'json'>

export interface AuthorizeOptions {
  /**
   * Whether the event is validly signed by a server other than its sender's. It is asked for restricted joins alone. Who
   * judges an event that was accepted before, or builds one, answers yes.
   */
  readonly isSignedBy: (serverName: string) => boolean
}

/** An event among the `auth_events` of another, and whether it was rejected itself. */
export type CitedEvent = Pick<Pdu, 'roomId' | 'type' | 'stateKey'> & { readonly rejected: boolean }

/**
 * The authorisation rules of the room version that look at a state: of the event's auth events, before the event, or
 * the current one (each room version, Authorisation rules). The rules on the list of auth events itself are `checkAuthEvents`.
 */
export function authorize(
  version: RoomVersion, event: AuthorizableEvent, findState: FindState, options: AuthorizeOptions,
): Verdict {
  if (event.type === 'm.room.create') return authorizeCreate(version, event)
  const create = findState('m.room.create', '')
  if (create === undefined) return reject('The room has no create event.')
  if (version.roomIdFromCreateEvent && roomIdOfCreateEvent(create.eventId) !== event.roomId) {
    return reject('The room id is not that of the create event.')
  }
  if (ownValue(create.content, 'm.federate') === false && serverNameOf(event.sender) !== serverNameOf(create.sender)) {
    return reject('The room is not federated, and the sender is of another server.')
  }
  if (event.type === 'm.room.aliases' && version.authorizesAliases) return authorizeAliases(event)
  const levels = powerLevelsOf(version, findState)
  if (event.type === 'm.room.member') return authorizeMembership({ version, event, create, findState, levels, ...options })
  return authorizeOther(version, event, findState, levels)
}

/** Rule 1: the first event of a room. */
function authorizeCreate(version: RoomVersion, event: AuthorizableEvent): Verdict {
  if (event.prevEvents.length > 0) return reject('A create event has no previous events.')
  if (version.roomIdFromCreateEvent) {
    // The id of the room is the hash of this event, so the event cannot state it.
    if (Object.hasOwn(event.json, 'room_id')) return reject('The create event states a room id.')
  } else if (serverNameOf(event.roomId) !== serverNameOf(event.sender)) {
    return reject('The room id is of another server than the sender.')
  }
  const roomVersion = ownValue(event.content, 'room_version')
  if (roomVersion !== undefined && (typeof roomVersion !== 'string' || findRoomVersion(roomVersion) === undefined)) {
    return reject('The room version is unknown.')
  }
  if (version.creatorInContent && ownValue(event.content, 'creator') === undefined) return reject('No creator is named.')
  const additional = ownValue(event.content, 'additional_creators')
  if (version.creatorsPrivileged && additional !== undefined && !(Array.isArray(additional) && additional.every(isUserId))) {
    return reject('additional_creators is no list of user ids.')
  }
  return allow
}

/** Rule 4 of room versions 1 to 5: a server lists its own aliases, whoever of it sends them. */
function authorizeAliases(event: AuthorizableEvent): Verdict {
  if (event.stateKey === undefined) return reject('Aliases have a state key.')
  return event.stateKey === serverNameOf(event.sender) ? allow : reject('The aliases are of another server than the sender.')
}

/** The rules for all that is neither a create event nor a membership. */
function authorizeOther(version: RoomVersion, event: AuthorizableEvent, findState: FindState, levels: PowerLevels): Verdict {
  if (membershipOf(findState, event.sender) !== 'join') return reject('The sender is not in the room.')
  const senderLevel = userLevel(levels, event.sender)
  if (event.type === 'm.room.third_party_invite') {
    return senderLevel >= actionLevel(levels, 'invite') ? allow : reject('The sender may not invite.')
  }
  if (requiredLevel(levels, event.type, event.stateKey !== undefined) > senderLevel) {
    return reject(`The sender may not send ${event.type}.`)
  }
  if (event.stateKey?.startsWith('@') && event.stateKey !== event.sender) return reject('The state key is another user.')
  if (event.type === 'm.room.power_levels') return authorizePowerLevels(version, event, levels)
  if (event.type === 'm.room.redaction' && version.authorizesRedactions) return authorizeRedaction(version, event, levels)
  return allow
}

/** Rule 11 of room versions 1 and 2: the redact level, or the server that made the redacted event. */
function authorizeRedaction(version: RoomVersion, event: AuthorizableEvent, levels: PowerLevels): Verdict {
  if (userLevel(levels, event.sender) >= actionLevel(levels, 'redact')) return allow
  const redacts = redactsOf(event.json, version)
  const sameServer = redacts !== undefined && serverNameOf(redacts) === serverNameOf(event.eventId)
  return sameServer ? allow : reject('The sender may not redact events of other servers.')
}

/**
 * Whether a redaction is to be carried out, which since room version 3 is asked when both events are there and not by the
 * auth rules (each room version, Handling redactions).
 */
export function mayRedact(
  levels: PowerLevels, redaction: Pick<Pdu, 'sender' | 'roomId'>, target: Pick<Pdu, 'sender' | 'roomId'>,
): boolean {
  if (redaction.roomId !== target.roomId) return false
  if (userLevel(levels, redaction.sender) >= actionLevel(levels, 'redact')) return true
  return serverNameOf(redaction.sender) === serverNameOf(target.sender)
}

/**
 * The rules on the list of auth events: no two of one key, none that the selection does not name, none rejected, all of the
 * same room, and a create event among them where the version wants one (each room version, "Considering the event's
 * auth_events").
 */
export function checkAuthEvents(version: RoomVersion, event: AuthorizableEvent, cited: readonly CitedEvent[]): Verdict {
  if (event.type === 'm.room.create') return cited.length === 0 ? allow : reject('A create event cites no events.')
  const expected = new Set(authTypesFor(event, version).map(stateKeyText))
  const seen = new Set<string>()
  for (const { roomId, type, stateKey, rejected } of cited) {
    const key = stateKey === undefined ? '' : stateKeyText({ type, stateKey })
    if (seen.has(key)) return reject('Two auth events have the same type and state key.')
    if (!expected.has(key)) return reject(`${type} does not authorise this event.`)
    if (rejected) return reject('An auth event was rejected.')
    if (roomId !== event.roomId) return reject('An auth event is of another room.')
    seen.add(key)
  }
  if (!version.roomIdFromCreateEvent && !seen.has(stateKeyText({ type: 'm.room.create', stateKey: '' }))) {
    return reject('The create event is not among the auth events.')
  }
  return allow
}
