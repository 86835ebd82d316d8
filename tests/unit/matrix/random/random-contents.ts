import { isJsonObject, setOwn, type JsonObject, type JsonValue } from '../../../../src/matrix/json.ts'
import type { RoomVersion } from '../../../../src/matrix/room-versions.ts'
import { signingKeyFromSeed, signJson } from '../../../../src/matrix/signing.ts'
import type { Dice } from './dice.ts'

export const USERS = [
  '@alice:a.test', '@bob:b.test', '@carol:a.test', '@dave:c.test:8448', '@erin:b.test', '@frank:a.test', '@Grace Ü:c.test:8448',
]
export const SERVERS = ['a.test', 'b.test', 'c.test:8448']
export const TOKENS = ['token1', 'token2']
export const EVENT_TYPES = ['m.room.message', 'm.room.topic', 'm.room.name', 'org.test.custom', 'm.room.server_acl']
const LEVELS = [-5, 0, 0, 1, 20, 25, 49, 50, 50, 51, 75, 99, 100, 100, 101]
const JOIN_RULES = [
  'public', 'invite', 'knock', 'knock', 'restricted', 'restricted', 'restricted', 'knock_restricted', 'knock_restricted',
  'private',
]
const ACTIONS = ['ban', 'kick', 'invite', 'redact']
const DEFAULTS = ['users_default', 'events_default', 'state_default']

const keys = [1, 2, 3].map((seed) => signingKeyFromSeed(String(seed), Buffer.alloc(32, seed)))

/** A level in one of the forms that the room version allows. */
function randomLevel(dice: Dice, version: RoomVersion): JsonValue {
  return version.integerPowerLevels || dice.chance(0.88) ? dice.pick(LEVELS) : wordedLevel(dice, version)
}

/** A level as a string, which counts as one up to room version 9, or as a float, which does up to version 5. */
function wordedLevel(dice: Dice, version: RoomVersion): JsonValue {
  const level = dice.pick(LEVELS)
  if (!version.strictCanonicalJson && dice.chance(0.2)) return level + dice.pick([0.5, -0.25, 0.999])
  const digits = String(Math.abs(level))
  const sign = level < 0 ? '-' : ''
  return dice.pick([`${sign}${digits}`, ` ${sign}${digits} `, `${sign || '+'}${digits}`, `${sign}00${digits}`])
}

/** What is no level in any room version. */
function badLevel(dice: Dice, version: RoomVersion): JsonValue {
  if (dice.chance(0.2)) return wordedLevel(dice, version)
  return dice.pick<JsonValue>([null, 'fifty', '', '0x10', '5 0', '12.5', '1_0', true, [], {}, 'NaN'])
}

export function randomPowerLevels(dice: Dice, version: RoomVersion, creators: readonly string[]): JsonObject {
  const content: Record<string, JsonValue> = {}
  for (const name of [...ACTIONS, 'invite', ...DEFAULTS]) if (dice.chance(0.4)) content[name] = randomLevel(dice, version)
  const users: Record<string, JsonValue> = {}
  for (const user of USERS) {
    if (version.creatorsPrivileged && creators.includes(user)) continue
    // Peers are where the rules are the finest.
    if (dice.chance(0.6)) users[user] = dice.chance(0.5) ? dice.pick([50, 100]) : randomLevel(dice, version)
  }
  if (dice.chance(0.9)) content['users'] = users
  const events = levelsOf(dice, version, [...EVENT_TYPES, 'm.room.power_levels', 'm.room.redaction'])
  // Rooms in which many may change the levels are those that ask the rules about the changes.
  if (dice.chance(0.5)) content['events'] = { ...events, 'm.room.power_levels': dice.pick([0, 1, 20]) }
  else if (dice.chance(0.4)) content['events'] = events
  if (dice.chance(0.5)) content['notifications'] = levelsOf(dice, version, ['room', 'room', 'other'])
  return content
}

function levelsOf(dice: Dice, version: RoomVersion, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter(() => dice.chance(0.35)).map((name) => [name, randomLevel(dice, version)]))
}

/** The same, which seldom breaks the form. */
export function changedPowerLevels(
  dice: Dice, version: RoomVersion, current: JsonObject, creators: readonly string[],
): JsonObject {
  const content = wellFormedChange(dice, version, current, creators)
  const names = ['users', 'users', 'events', 'notifications', ...ACTIONS, ...DEFAULTS]
  if (dice.chance(0.1)) content[dice.pick(names)] = badLevel(dice, version)
  if (dice.chance(0.08)) spoilMap(dice, version, content, creators)
  return content
}

/** The power levels with a few changes, all of the right form. */
export function wellFormedChange(
  dice: Dice, version: RoomVersion, current: JsonObject, creators: readonly string[],
): Record<string, JsonValue> {
  const content: Record<string, JsonValue> = { ...current }
  const changes = dice.weighted([[1, 0], [7, 1], [3, 2], [1, 4]])
  for (let change = 0; change < changes; change += 1) {
    const where = dice.weighted([[4, 'single'], [4, 'events'], [6, 'notifications'], [9, 'users']])
    if (where === 'single') setOrDrop(dice, content, dice.pick([...ACTIONS, ...DEFAULTS]), randomLevel(dice, version))
    else changeMap(dice, version, content, where, creators)
  }
  return content
}

function changeMap(
  dice: Dice, version: RoomVersion, content: Record<string, JsonValue>, where: string, creators: readonly string[],
): void {
  const map = mapIn(content, where)
  const users = USERS.filter((user) => !version.creatorsPrivileged || !creators.includes(user))
  const names = { users, events: [...EVENT_TYPES, 'm.room.power_levels'], notifications: ['room', 'room', 'other'] }[where] ?? []
  // What is there already is what the current levels forbid to change.
  const present = Object.keys(map)
  const name = present.length > 0 && dice.chance(0.6) ? dice.pick(present) : dice.pick(names)
  setOrDrop(dice, map, name, randomLevel(dice, version))
  content[where] = map
}

/** A name or a level that does not belong into the map. */
function spoilMap(dice: Dice, version: RoomVersion, content: Record<string, JsonValue>, creators: readonly string[]): void {
  const where = dice.pick(['users', 'users', 'events', 'notifications'])
  const map = mapIn(content, where)
  const odd = where === 'users' ? ['nobody', '@bob', ...creators] : ['__proto__', 'constructor', '']
  if (dice.chance(0.4)) map[dice.pick(USERS)] = badLevel(dice, version)
  else setOwn(map, dice.pick(odd), randomLevel(dice, version))
  content[where] = map
}

function mapIn(content: JsonObject, where: string): Record<string, JsonValue> {
  const map = content[where]
  return isJsonObject(map) ? { ...map } : {}
}

function setOrDrop(dice: Dice, object: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (dice.chance(0.25)) delete object[name]
  else object[name] = value
}

export function randomJoinRules(dice: Dice): JsonObject {
  if (dice.chance(0.02)) return dice.pick<JsonObject>([{}, { join_rule: 'PUBLIC' }, { join_rule: '' }])
  const rule = dice.pick(JOIN_RULES)
  if (!rule.endsWith('restricted')) return { join_rule: rule }
  return { join_rule: rule, allow: [{ type: 'm.room_membership', room_id: '!other:a.test' }] }
}

/** A third-party invite, whose keys stand where each generation of clients has put them. */
export function randomThirdPartyInvite(dice: Dice): JsonObject {
  const listed = keys.filter(() => dice.chance(0.5))
    .map(({ publicKey }) => ({ public_key: publicKey, key_validity_url: 'https://id.test' }))
  const content: Record<string, JsonValue> = { display_name: 'Someone', key_validity_url: 'https://id.test' }
  if (dice.chance(0.7)) content['public_key'] = dice.pick(keys).publicKey
  if (dice.chance(0.5)) content['public_keys'] = listed
  return content
}

/** What redeems a third-party invite. */
export function randomSigned(dice: Dice, target: string): JsonValue {
  const mxid = dice.chance(0.9) ? target : dice.pick(USERS)
  const token = dice.weighted([[5, TOKENS[0] ?? ''], [5, TOKENS[1] ?? ''], [1, 'unknown']])
  const signed = signJson({ mxid, token }, 'id.test', dice.pick(keys))
  const doubly = dice.chance(0.2) ? signJson(signed, dice.pick(['id.test', 'other.test']), dice.pick(keys)) : signed
  if (!dice.chance(0.14)) return { display_name: 'Someone', signed: doubly }
  const { mxid: _, ...withoutUser } = signed
  const { token: __, ...withoutToken } = signed
  const { signatures: ___, ...unsigned } = signed
  return dice.pick<JsonValue>([
    {}, { signed: withoutUser }, { signed: withoutToken }, { signed: unsigned }, { signed: { ...signed, added: 1 } },
    { signed: { ...unsigned, signatures: {} } }, { signed: 'yes' },
  ])
}
