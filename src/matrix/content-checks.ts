import { isRoomAlias, isUserId } from './ids.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from './json.ts'
import { findPowerLevelProblem } from './power-level-rules.ts'
import { findRetentionProblem } from './retention.ts'
import type { RoomVersion } from './room-versions.ts'
import { compileServerAcl } from './server-acl.ts'
import type { Errcode } from '../spec/errcodes.ts'

/** An event that a client wants to send. */
export interface ContentQuestion {
  readonly version: RoomVersion
  readonly roomId: string
  readonly serverName: string
  readonly creators: readonly string[]
  readonly type: string
  readonly isState: boolean
  readonly content: JsonObject
}

/** Why a client may not send a content. */
export interface ContentProblem {
  readonly errcode: Errcode
  readonly message: string
}

type Check = (question: ContentQuestion) => ContentProblem | undefined

const VISIBILITIES: ReadonlySet<JsonValue | undefined> = new Set(['world_readable', 'shared', 'invited', 'joined'])
const GUEST_ACCESS: ReadonlySet<JsonValue | undefined> = new Set(['can_join', 'forbidden'])

const STATE_CHECKS: ReadonlyMap<string, Check> = new Map([
  ['m.room.create', () => invalidParam('A room begins only once.')],
  ['m.room.power_levels', checkPowerLevels],
  ['m.room.canonical_alias', checkCanonicalAlias],
  ['m.room.server_acl', checkServerAcl],
  ['m.room.tombstone', checkTombstone],
  ['m.room.member', checkMember],
  ['m.room.join_rules', checkJoinRules],
  ['m.room.history_visibility', checkHistoryVisibility],
  ['m.room.guest_access', checkGuestAccess],
  ['m.room.encryption', checkEncryption],
  ['m.room.retention', checkRetention],
])

/**
 * Looks at what a client sends before an event is made of it: the rooms of the federation take many a content that does
 * harm, so it is stopped here. What needs more than the content, as whether an alias exists, is asked by the room.
 */
export function findContentProblem(question: ContentQuestion): ContentProblem | undefined {
  const check = question.isState ? STATE_CHECKS.get(question.type) : undefined
  return check?.(question) ?? checkMentions(question)
}

/** The content of a create event that a client wishes for (Client-Server API, POST …/createRoom; room version 12, rule 1.4). */
export function findCreationProblem(version: RoomVersion, content: JsonObject): ContentProblem | undefined {
  const additional = ownValue(content, 'additional_creators')
  const federate = ownValue(content, 'm.federate')
  if (version.creatorsPrivileged && additional !== undefined && !(Array.isArray(additional) && additional.every(isUserId))) {
    return invalidParam('additional_creators is no list of user ids.')
  }
  return federate === undefined || typeof federate === 'boolean' ? undefined : badJson('m.federate is no boolean.')
}

/** Levels are integers in what we send, also in the room versions that would take strings (B40, B42). */
function checkPowerLevels({ version, content, creators }: ContentQuestion): ContentProblem | undefined {
  const problem = findPowerLevelProblem({ ...version, integerPowerLevels: true }, content, creators)
  return problem === undefined ? undefined : badJson(problem)
}

function checkCanonicalAlias({ content }: ContentQuestion): ContentProblem | undefined {
  const alias = ownValue(content, 'alias')
  const others = ownValue(content, 'alt_aliases')
  const isCleared = alias === undefined || alias === null || alias === ''
  if (!isCleared && !isRoomAlias(alias)) return invalidParam('alias is no room alias.')
  if (others === undefined || others === null) return undefined
  return Array.isArray(others) && others.every(isRoomAlias) ? undefined : invalidParam('alt_aliases is no list of room aliases.')
}

/** Who shuts out the own server could not undo it. */
function checkServerAcl({ content, serverName }: ContentQuestion): ContentProblem | undefined {
  for (const key of ['allow', 'deny']) {
    const entries = ownValue(content, key)
    if (entries !== undefined && !isStrings(entries)) return badJson(`${key} is no list of strings.`)
  }
  return compileServerAcl(content).allows(serverName) ? undefined : badJson('This would shut out your own server.')
}

function checkTombstone({ content, roomId }: ContentQuestion): ContentProblem | undefined {
  return ownValue(content, 'replacement_room') === roomId ? invalidParam('A room does not replace itself.') : undefined
}

function checkMember({ content }: ContentQuestion): ContentProblem | undefined {
  if (typeof ownValue(content, 'membership') !== 'string') return badJson('membership is no string.')
  for (const key of ['displayname', 'avatar_url', 'reason']) {
    const value = ownValue(content, key)
    if (value !== undefined && value !== null && typeof value !== 'string') return badJson(`${key} is no string.`)
  }
  return undefined
}

function checkJoinRules({ content }: ContentQuestion): ContentProblem | undefined {
  return typeof ownValue(content, 'join_rule') === 'string' ? undefined : badJson('join_rule is no string.')
}

function checkHistoryVisibility({ content }: ContentQuestion): ContentProblem | undefined {
  const visibility = ownValue(content, 'history_visibility')
  return VISIBILITIES.has(visibility) ? undefined : badJson('history_visibility is none of the four.')
}

function checkGuestAccess({ content }: ContentQuestion): ContentProblem | undefined {
  const access = ownValue(content, 'guest_access')
  return GUEST_ACCESS.has(access) ? undefined : badJson('guest_access is neither can_join nor forbidden.')
}

function checkEncryption({ content }: ContentQuestion): ContentProblem | undefined {
  return typeof ownValue(content, 'algorithm') === 'string' ? undefined : badJson('algorithm is no string.')
}

function checkRetention({ content }: ContentQuestion): ContentProblem | undefined {
  const problem = findRetentionProblem(content)
  return problem === undefined ? undefined : badJson(problem)
}

/** Client-Server API, User and room mentions. */
function checkMentions({ content }: ContentQuestion): ContentProblem | undefined {
  const mentions = ownValue(content, 'm.mentions')
  if (mentions === undefined) return undefined
  if (!isJsonObject(mentions)) return badJson('m.mentions is no object.')
  const users = ownValue(mentions, 'user_ids')
  const room = ownValue(mentions, 'room')
  if (users !== undefined && !isStrings(users)) return badJson('user_ids of m.mentions is no list of strings.')
  return room === undefined || typeof room === 'boolean' ? undefined : badJson('room of m.mentions is no boolean.')
}

function isStrings(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function badJson(message: string): ContentProblem {
  return { errcode: 'M_BAD_JSON', message }
}

function invalidParam(message: string): ContentProblem {
  return { errcode: 'M_INVALID_PARAM', message }
}
