import type { RoomVersion } from '../../../../src/matrix/room-versions.ts'
import type { Dice } from './dice.ts'

/** What a text holds beside Canonical JSON: one thing at a time, since the peers differ about each in another way. */
export type Oddness = typeof ODDNESSES[number]
export const ODDNESSES = [
  'nothing', 'big integers', 'floats', 'other floats', 'negative zero', 'keys twice', 'half pairs',
] as const

const KEYS = [
  'membership', 'creator', 'join_rule', 'allow', 'ban', 'events', 'events_default', 'kick', 'redact', 'state_default', 'users',
  'users_default', 'invite', 'aliases', 'history_visibility', 'redacts', 'join_authorised_via_users_server', 'notifications',
  'body', 'third_party_invite', 'signed', '__proto__', 'constructor', '', 'é', '\u{1f600}', '\uffff', '10', '9', 'a b',
  'm.federate',
]
const TYPES = [
  'm.room.member', 'm.room.create', 'm.room.join_rules', 'm.room.power_levels', 'm.room.aliases', 'm.room.history_visibility',
  'm.room.redaction', 'm.room.message', 'm.room.topic', 'm.room.third_party_invite', 'x',
]
const EXTRA = ['origin', 'prev_state', 'membership', 'replaces_state', 'unsigned', 'redacts', 'prev_content', 'org.test.key']
const ODD_NUMBERS: Readonly<Partial<Record<Oddness, readonly string[]>>> = {
  'big integers': ['9007199254740993', '-9007199254740993', '18446744073709551616', '123456789012345678901234567890'],
  // As Python writes them, which most servers of the old room versions are made of.
  'floats': ['1.5', '0.1', '1.0', '1e-07', '1e+22', '123456.789'],
  'other floats': ['1.50', '1e3', '1E3', '1e-7', '100000000000000000000.0'],
  'negative zero': ['-0'],
}
const STRINGS = [
  '', 'a', 'é', '\u{1f600}', '\u0000', '\u001f', '\u007f', '"', '\\', '/', '\u2028', 'a\nb\tc\b\f\r', '<&>', '\ufeff',
]

/** The text of an event as another server could have written it, with keys in any order and numbers in any form. */
export function randomEventText(dice: Dice, version: RoomVersion, oddness: Oddness): string {
  const type = dice.pick(TYPES)
  const reference = (): string => version.eventFormat === 'v1' ? '["$r:a.test",{"sha256":"AAAA"}]' : `"$${dice.text(43)}"`
  const references = (): string => `[${Array.from({ length: dice.below(3) }, reference).join(',')}]`
  const members: [string, string][] = [
    ['type', JSON.stringify(type)], ['sender', '"@a:a.test"'], ['content', randomObject(dice, oddness, 3)],
    ['prev_events', references()], ['auth_events', references()], ['depth', String(1 + dice.below(100))],
    ['origin_server_ts', '1700000000000'], ['hashes', `{"sha256":"${dice.text(43)}"}`], ['signatures', '{}'],
  ]
  if (type === 'm.room.create') members.push(['state_key', '""'])
  else if (dice.chance(0.7)) members.push(['state_key', JSON.stringify(dice.pick(['', 'x', '@a:a.test']))])
  if (version.eventFormat === 'v1') members.push(['event_id', `"$${dice.text(10)}:a.test"`])
  if (!(version.roomIdFromCreateEvent && type === 'm.room.create')) {
    members.push(['room_id', version.roomIdFromCreateEvent ? `"!${dice.text(43)}"` : '"!room:a.test"'])
  }
  for (const key of EXTRA) {
    if (!dice.chance(0.15)) continue
    const values: Readonly<Record<string, string>> = { unsigned: randomObject(dice, oddness, 1), redacts: '"$x:a.test"' }
    members.push([key, values[key] ?? randomText(dice, oddness, 1)])
  }
  const gap = dice.pick(['', '', ' ', '\n\t'])
  return `{${dice.shuffled(members).map(([key, value]) => `${gap}"${key}"${gap}:${gap}${value}`).join(`${gap},`)}${gap}}`
}

function randomText(dice: Dice, oddness: Oddness, depth: number): string {
  const deeper = depth > 0 ? 1 : 0
  const kind = dice.weighted([[3, 'number'], [4, 'string'], [1, 'word'], [3 * deeper, 'object'], [2 * deeper, 'array']])
  switch (kind) {
    case 'number': return randomNumber(dice, oddness)
    case 'string': return randomString(dice, oddness)
    case 'word': return dice.pick(['true', 'false', 'null'])
    case 'array': return `[${Array.from({ length: dice.below(4) }, () => randomText(dice, oddness, depth - 1)).join(',')}]`
    default: return randomObject(dice, oddness, depth)
  }
}

function randomObject(dice: Dice, oddness: Oddness, depth: number): string {
  const names = dice.shuffled(KEYS).slice(0, dice.below(7))
  if (oddness === 'keys twice' && names.length > 0 && dice.chance(0.3)) names.push(dice.pick(names))
  return `{${names.map((name) => `${JSON.stringify(name)}:${randomText(dice, oddness, depth - 1)}`).join(',')}}`
}

function randomNumber(dice: Dice, oddness: Oddness): string {
  const small = String(dice.below(2000) - 1000)
  const safe = ['0', '9007199254740991', '-9007199254740991', small, small]
  if (oddness === 'nothing' || dice.chance(0.5)) return dice.pick(safe)
  return dice.pick(ODD_NUMBERS[oddness] ?? safe)
}

function randomString(dice: Dice, oddness: Oddness): string {
  const string = Array.from({ length: dice.below(4) }, () => dice.pick(STRINGS)).join('')
  const text = JSON.stringify(string)
  if (dice.chance(0.7)) return text
  if (oddness === 'half pairs') return dice.pick(['"\\ud800"', '"\\udc00x"', '"\\ud83d\\ude00"'])
  // The same string with all of it escaped.
  return `"${[...string].map((character) => [...character].flatMap((one) => Array.from({ length: one.length }, (_, at) =>
    `\\u${one.charCodeAt(at).toString(16).padStart(4, '0')}`)).join('')).join('')}"`
}
