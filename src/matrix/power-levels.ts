import { isJsonObject, isRawNumber, ownValue, type JsonObject, type JsonValue } from './json.ts'
import type { FindState, StateEvent } from './room-state.ts'
import type { RoomVersion } from './room-versions.ts'

/** The power levels of a room, as its version reads them. */
export interface PowerLevels {
  readonly version: RoomVersion
  /** The creators: above every level in versions that privilege them, at 100 elsewhere until power levels are set. */
  readonly creators: readonly string[]
  /** The content of `m.room.power_levels`, or undefined where the room has none. */
  readonly content: JsonObject | undefined
}

export type PowerLevelAction = 'ban' | 'kick' | 'redact' | 'invite'

const STATE_DEFAULT = 50
const CREATOR_LEVEL = 100
const NOTIFICATION_DEFAULT = 50
const DEFAULTS: Readonly<Record<PowerLevelAction, number>> = { ban: 50, kick: 50, redact: 50, invite: 0 }
const STRING_LEVEL = /^\s*[+-]?\d+\s*$/

/** The power levels that a state gives (Client-Server API, m.room.power_levels; each room version, Authorisation rules). */
export function powerLevelsOf(version: RoomVersion, findState: FindState): PowerLevels {
  const create = findState('m.room.create', '')
  return {
    version,
    creators: create === undefined ? [] : listCreators(version, create),
    content: findState('m.room.power_levels', '')?.content,
  }
}

/** Who created the room: one user, or in room version 12 also those that the create event adds. */
export function listCreators(version: RoomVersion, create: StateEvent): readonly string[] {
  if (version.creatorInContent) {
    const creator = ownValue(create.content, 'creator')
    return typeof creator === 'string' ? [creator] : []
  }
  const additional = version.creatorsPrivileged ? ownValue(create.content, 'additional_creators') : undefined
  if (!Array.isArray(additional)) return [create.sender]
  return [...new Set([create.sender, ...additional.filter((creator) => typeof creator === 'string')])]
}

/** The level of a user; infinite for the creators of a version 12 room. */
export function userLevel({ version, creators, content }: PowerLevels, userId: string): number {
  if (version.creatorsPrivileged && creators.includes(userId)) return Number.POSITIVE_INFINITY
  if (content === undefined) return !version.creatorsPrivileged && creators.includes(userId) ? CREATOR_LEVEL : 0
  const users = ownValue(content, 'users')
  const level = isJsonObject(users) ? readLevel(ownValue(users, userId), version) : undefined
  return level ?? readLevel(ownValue(content, 'users_default'), version) ?? 0
}

/** The level that sending an event of the type needs (Server-Server API, Required Power Level). */
export function requiredLevel({ version, content }: PowerLevels, type: string, isState: boolean): number {
  const events = content === undefined ? undefined : ownValue(content, 'events')
  const level = isJsonObject(events) ? readLevel(ownValue(events, type), version) : undefined
  if (level !== undefined) return level
  const name = isState ? 'state_default' : 'events_default'
  const byDefault = content === undefined ? undefined : readLevel(ownValue(content, name), version)
  return byDefault ?? (isState ? STATE_DEFAULT : 0)
}

/** The level that banning, kicking, redacting or inviting needs. */
export function actionLevel({ version, content }: PowerLevels, action: PowerLevelAction): number {
  const level = content === undefined ? undefined : readLevel(ownValue(content, action), version)
  return level ?? DEFAULTS[action]
}

/** The level that a notification such as `room` needs (Client-Server API, sender_notification_permission). */
export function notificationLevel({ version, content }: PowerLevels, key: string): number {
  const notifications = content === undefined ? undefined : ownValue(content, 'notifications')
  const level = isJsonObject(notifications) ? readLevel(ownValue(notifications, key), version) : undefined
  return level ?? NOTIFICATION_DEFAULT
}

/**
 * The level that a value stands for, or undefined if it is none. Since room version 10 only integers are; before,
 * strings of an integer are too, and up to version 5 floats, cut at the point (room version 1, Deprecated event content schemas).
 */
export function readLevel(value: JsonValue | undefined, version: RoomVersion): number | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (version.integerPowerLevels) return undefined
  if (typeof value === 'string') return STRING_LEVEL.test(value) ? finite(Number(value.trim())) : undefined
  const number = isRawNumber(value) ? Number(value.rawJSON) : value
  return typeof number === 'number' && !version.strictCanonicalJson ? finite(Math.trunc(number)) : undefined
}

function finite(level: number): number | undefined {
  return Number.isFinite(level) ? level : undefined
}
