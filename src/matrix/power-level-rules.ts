import type { Pdu } from './event.ts'
import { isUserId } from './ids.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from './json.ts'
import { readLevel, userLevel, type PowerLevels } from './power-levels.ts'
import type { RoomVersion } from './room-versions.ts'
import { allow, reject, type Verdict } from './verdict.ts'

const SINGLE_LEVELS = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite']
const NONE: JsonObject = {}

/**
 * The rules for `m.room.power_levels`: its form, and that nobody gives or takes what they do not have (each room
 * version, Authorisation rules). `levels` are the current ones.
 */
export function authorizePowerLevels(version: RoomVersion, event: Pick<Pdu, 'sender' | 'content'>, levels: PowerLevels): Verdict {
  const problem = findPowerLevelProblem(version, event.content, levels.creators)
  if (problem !== undefined) return reject(problem)
  const current = levels.content
  if (current === undefined) return allow
  const senderLevel = userLevel(levels, event.sender)
  const maps = version.checksNotificationLevels ? ['events', 'notifications'] : ['events']
  const refused = findUnreadable(version, event.content, maps)
    ?? findOverreach(version, current, event.content, SINGLE_LEVELS, senderLevel)
    ?? firstOf(maps, (map) => findOverreachIn(version, mapOf(current, map), mapOf(event.content, map), senderLevel))
    ?? findOverreachIn(version, mapOf(current, 'users'), mapOf(event.content, 'users'), senderLevel)
    ?? findPeerDemotion(version, mapOf(current, 'users'), mapOf(event.content, 'users'), event.sender, senderLevel)
  return refused === undefined ? allow : reject(refused)
}

/** Why the content is no form of power levels that the room version takes, or undefined if it is one. */
export function findPowerLevelProblem(
  version: RoomVersion, content: JsonObject, creators: readonly string[],
): string | undefined {
  const users = ownValue(content, 'users')
  const unreadable = version.integerPowerLevels ? findUnreadable(version, content, ['events', 'notifications']) : undefined
  if (unreadable !== undefined) return unreadable
  if (users === undefined) return undefined
  if (!isLevelMap(users, version) || !Object.keys(users).every(isUserId)) return 'users is no object of users and their levels.'
  // Room version 12: creators stand above all levels, so none can be given to them.
  const listsCreator = version.creatorsPrivileged && creators.some((creator) => Object.hasOwn(users, creator))
  return listsCreator ? 'users lists a creator of the room.' : undefined
}

/**
 * A level in none of the forms that the room version reads. Before version 10 it is refused where it would be compared with
 * the current level (room version 1, Deprecated event content schemas): there the other servers refuse it as well.
 */
function findUnreadable(version: RoomVersion, content: JsonObject, maps: readonly string[]): string | undefined {
  for (const name of SINGLE_LEVELS) {
    if (Object.hasOwn(content, name) && readLevel(content[name], version) === undefined) return `${name} is no integer.`
  }
  return firstOf(maps, (name) => {
    const map = ownValue(content, name)
    return map === undefined || isLevelMap(map, version) ? undefined : `${name} is no object of integers.`
  })
}

function isLevelMap(value: JsonValue, version: RoomVersion): value is JsonObject {
  return isJsonObject(value) && Object.values(value).every((level) => readLevel(level, version) !== undefined)
}

function findOverreachIn(version: RoomVersion, current: JsonObject, wanted: JsonObject, senderLevel: number): string | undefined {
  return findOverreach(version, current, wanted, new Set([...Object.keys(current), ...Object.keys(wanted)]), senderLevel)
}

/** A level that is added, changed or removed must not be above the sender's, neither before nor after. */
function findOverreach(
  version: RoomVersion, current: JsonObject, wanted: JsonObject, names: Iterable<string>, senderLevel: number,
): string | undefined {
  for (const name of names) {
    const before = readLevel(ownValue(current, name), version)
    const after = readLevel(ownValue(wanted, name), version)
    if (before === after) continue
    if ((before ?? -Infinity) > senderLevel) return `${name} is above the sender's level.`
    if ((after ?? -Infinity) > senderLevel) return `${name} would be above the sender's level.`
  }
  return undefined
}

/** The level of another user who stands as high as the sender stays as it is. */
function findPeerDemotion(
  version: RoomVersion, current: JsonObject, wanted: JsonObject, sender: string, senderLevel: number,
): string | undefined {
  return firstOf(Object.keys(current), (user) => {
    const before = readLevel(ownValue(current, user), version)
    const isChanged = before !== readLevel(ownValue(wanted, user), version)
    const isRefused = user !== sender && isChanged && before !== undefined && before >= senderLevel
    return isRefused ? `${user} has the sender's level or a higher one.` : undefined
  })
}

function mapOf(content: JsonObject, name: string): JsonObject {
  const map = ownValue(content, name)
  return isJsonObject(map) ? map : NONE
}

function firstOf(names: readonly string[], find: (name: string) => string | undefined): string | undefined {
  for (const name of names) {
    const found = find(name)
    if (found !== undefined) return found
  }
  return undefined
}
