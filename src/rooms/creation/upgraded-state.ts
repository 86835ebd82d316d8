import {
  isJsonObject, objectAt, ownValue, setOwn, type JsonObject, type JsonValue, type MutableJsonObject,
} from '../../matrix/json.ts'
import { readLevel } from '../../matrix/power-levels.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { Draft } from '../draft.ts'
import type { Room, StateEntry } from '../room.ts'
import { firstPowerLevels } from './presets.ts'

/** What is taken along besides the power levels, in this order (Client-Server API, Room upgrades). */
const TAKEN_TYPES = [
  'm.room.join_rules', 'm.room.history_visibility', 'm.room.guest_access', 'm.room.server_acl', 'm.room.encryption',
  'm.room.name', 'm.room.avatar', 'm.room.topic',
]

const SPACE = 'm.space'
const CREATOR_LEVEL = 100
/** In the versions whose creators stand above all levels, closing a room is for them and those near them. */
const TOMBSTONE_LEVEL_UNDER_CREATORS = 150

/** The state that the new room takes over, apart from its power levels; for a space, also what is in it. */
export function takenState(room: Room, version: RoomVersion, sender: string): Draft[] {
  const taken = TAKEN_TYPES.flatMap((type) => room.pendingState(type) ?? [])
  return [...taken, ...listChildren(room)].map(({ type, stateKey, content }) => ({
    type, sender, stateKey, content: type === 'm.room.join_rules' ? joinRulesFor(version, content) : content,
  }))
}

/** The rooms of a space; one that was taken out has left an empty entry. */
function listChildren(room: Room): StateEntry[] {
  if (room.stateString('m.room.create', 'type') !== SPACE) return []
  return [...room.listState()].filter(({ type, content }) => type === 'm.space.child' && Object.keys(content).length > 0)
}

/** A rule that the version does not know would let nobody in without saying so; being invited is what is left. */
function joinRulesFor(version: RoomVersion, content: JsonObject): JsonObject {
  const rule = ownValue(content, 'join_rule')
  const isUnknown = (rule === 'knock' && !version.knocking) || (rule === 'restricted' && !version.restrictedJoins)
    || (rule === 'knock_restricted' && !version.knockRestricted)
  return isUnknown ? { join_rule: 'invite' } : content
}

export interface TakenPowerLevels {
  /** What the room has in the end. */
  readonly content: JsonObject
  /** What it needs first, so that the creator can set everything else; undefined where that is the same. */
  readonly atFirst: JsonObject | undefined
}

/** The power levels of the new room: those of the old one as the new version can read them. */
export function takenPowerLevels(room: Room, version: RoomVersion, creators: readonly string[]): TakenPowerLevels {
  const [creator = ''] = creators
  const old = room.pendingState('m.room.power_levels')?.content
  if (old === undefined) return same(firstPowerLevels({ version, creator, equals: [], preset: 'private_chat', override: {} }))
  const content = withIntegers(old, room.version)
  const users = objectAt(content, 'users')
  if (version.creatorsPrivileged) {
    const others = Object.fromEntries(Object.entries(users).filter(([userId]) => !creators.includes(userId)))
    const events = { ...objectAt(content, 'events'), 'm.room.tombstone': tombstoneLevel(content) }
    return same({ ...content, users: others, events })
  }
  // Who stood above all levels as a creator had none of his own.
  const kept = room.version.creatorsPrivileged ? { ...content, users: { ...users, [creator]: CREATOR_LEVEL } } : content
  const needed = highestNeeded(kept)
  const own = levelAt(objectAt(kept, 'users'), creator) ?? levelAt(kept, 'users_default') ?? 0
  if (own >= needed) return same(kept)
  return { content: kept, atFirst: { ...kept, users: { ...objectAt(kept, 'users'), [creator]: needed } } }
}

const same = (content: JsonObject): TakenPowerLevels => ({ content, atFirst: undefined })

function tombstoneLevel(content: JsonObject): number {
  const before = levelAt(objectAt(content, 'events'), 'm.room.tombstone')
  return before === undefined || before === CREATOR_LEVEL ? TOMBSTONE_LEVEL_UNDER_CREATORS : before
}

/** The level that setting the state of a room and banning in it need. */
function highestNeeded(content: JsonObject): number {
  const events = Object.values(objectAt(content, 'events')).filter((level): level is number => typeof level === 'number')
  return Math.max(levelAt(content, 'state_default') ?? 50, levelAt(content, 'ban') ?? 50, ...events)
}

/** Older versions read levels from texts; newer ones take integers only. */
function withIntegers(content: JsonObject, version: RoomVersion): JsonObject {
  const convert = (value: JsonValue): JsonValue => readLevel(value, version) ?? value
  const each = (levels: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(levels).map(([name, level]) => [name, convert(level)]))
  const converted: MutableJsonObject = {}
  for (const [key, value] of Object.entries(content)) {
    setOwn(converted, key, isJsonObject(value) ? each(value) : convert(value))
  }
  return converted
}

/** What the old room's power levels become, so that nobody goes on there (Client-Server API, Room upgrades, step 6). */
export function closedPowerLevels(content: JsonObject): JsonObject {
  const above = Math.max(50, (levelAt(content, 'users_default') ?? 0) + 1)
  const raise = (key: string): number => Math.max(above, levelAt(content, key) ?? 0)
  return { ...content, events_default: raise('events_default'), invite: raise('invite') }
}

function levelAt(object: JsonObject, key: string): number | undefined {
  const level = ownValue(object, key)
  return typeof level === 'number' ? level : undefined
}
