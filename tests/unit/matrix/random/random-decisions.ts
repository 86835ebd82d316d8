import { authTypesFor } from '../../../../src/matrix/auth-events.ts'
import { pduOf } from '../../../../src/matrix/event.ts'
import { serverNameOf } from '../../../../src/matrix/ids.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/matrix/json.ts'
import { stateKeyText } from '../../../../src/matrix/room-state.ts'
import type { RoomVersion } from '../../../../src/matrix/room-versions.ts'
import type { Dice } from './dice.ts'
import {
  changedPowerLevels, EVENT_TYPES, randomJoinRules, randomPowerLevels, randomSigned, randomThirdPartyInvite, SERVERS, TOKENS,
  USERS,
} from './random-contents.ts'
import { idOf, roomIdOf, wireEvent, type EventDraft } from './random-events.ts'

/** A question to the auth rules: an event, the state that it is sent into, and what of that it cites. */
export interface Decision {
  readonly event: JsonObject
  readonly state: readonly JsonObject[]
  readonly cited: readonly JsonObject[]
  /** Which of the cited events were rejected themselves. */
  readonly rejected: readonly JsonObject[]
}

interface Room {
  readonly version: RoomVersion
  readonly roomId: string
  readonly create: JsonObject
  readonly creators: readonly string[]
  readonly state: Map<string, JsonObject>
  /** An event of another room, for those who cite it. */
  readonly stranger: JsonObject
}

const MEMBERSHIPS = ['join', 'invite', 'leave', 'ban', 'knock']

/** So many questions about one random room. */
export function randomDecisions(dice: Dice, version: RoomVersion, count: number): readonly Decision[] {
  const room = randomRoom(dice, version)
  return Array.from({ length: count }, () => randomDecision(dice, room))
}

/** A create event; `federate` is what it may say of `m.federate`. */
export function randomCreate(
  dice: Dice, version: RoomVersion, federate: readonly JsonValue[] = [true, true, false, false, false, false, 'no', null],
): JsonObject {
  const sender = dice.weighted([[6, '@alice:a.test'], [1, '@bob:b.test']])
  const content: Record<string, JsonValue> = {}
  if (dice.chance(0.9) || version.id !== '1') content['room_version'] = version.id
  if (version.creatorInContent) content['creator'] = sender
  if (dice.chance(0.3)) content['m.federate'] = dice.pick(federate)
  if (version.creatorsPrivileged && dice.chance(0.35)) content['additional_creators'] = USERS.filter(() => dice.chance(0.2))
  const roomId = `!${dice.text(10)}:${serverNameOf(sender) ?? ''}`
  return wireEvent(dice, version, roomId, { type: 'm.room.create', sender, stateKey: '', content, prevEvents: [], depth: 1 })
}

function randomRoom(dice: Dice, version: RoomVersion): Room {
  const create = randomCreate(dice, version)
  const content = create['content'] as JsonObject
  const sender = String(create['sender'])
  const additional = Array.isArray(content['additional_creators']) ? content['additional_creators'] as readonly string[] : []
  const roomId = roomIdOf(create, version)
  const stranger = wireEvent(dice, version, roomIdOf(randomCreate(dice, version), version), {
    type: 'm.room.join_rules', sender, stateKey: '', content: { join_rule: 'public' },
  })
  const room: Room = { version, roomId, create, creators: [sender, ...additional], state: new Map(), stranger }
  keepCreate(dice, room)
  for (const user of USERS) {
    const membership = user === sender
      ? dice.weighted([[14, 'join'], [1, 'leave'], [1, undefined]])
      : dice.weighted([[9, 'join'], [3, 'invite'], [2, 'leave'], [3, 'ban'], [2, 'knock'], [2, undefined]])
    if (membership === undefined) continue
    const by = membership === 'invite' || membership === 'ban' ? sender : user
    keep(room, made(dice, room, { type: 'm.room.member', sender: by, stateKey: user, content: { membership } }))
  }
  if (dice.chance(0.9)) keep(room, made(dice, room, setting('m.room.join_rules', sender, randomJoinRules(dice))))
  if (dice.chance(0.88)) {
    keep(room, made(dice, room, setting('m.room.power_levels', sender, randomPowerLevels(dice, version, room.creators))))
  }
  for (const token of TOKENS) {
    if (!dice.chance(0.85)) continue
    const draft = { type: 'm.room.third_party_invite', sender: dice.pick(USERS.slice(0, 3)), stateKey: token }
    keep(room, made(dice, room, { ...draft, content: randomThirdPartyInvite(dice) }))
  }
  return room
}

/** The create event, which seldom is not there or, in room version 12, another room's. */
function keepCreate(dice: Dice, room: Room): void {
  const which = dice.weighted([[97, 'its own'], [2, 'none'], [1, 'another']])
  if (which === 'its own') keep(room, room.create)
  else if (which === 'another' && room.version.roomIdFromCreateEvent) keep(room, randomCreate(dice, room.version))
}

function setting(type: string, sender: string, content: JsonObject): EventDraft {
  return { type, sender, stateKey: '', content }
}

function made(dice: Dice, room: Room, draft: EventDraft): JsonObject {
  return wireEvent(dice, room.version, room.roomId, draft)
}

function keep(room: Room, event: JsonObject): void {
  room.state.set(stateKeyText({ type: String(event['type']), stateKey: String(event['state_key']) }), event)
}

function randomDecision(dice: Dice, room: Room): Decision {
  const event = randomEvent(dice, room)
  const pdu = pduOf(event, room.version)
  const selected = authTypesFor(pdu, room.version)
    .map((key) => room.state.get(stateKeyText(key))).filter((found) => found !== undefined)
  const cited = dice.chance(0.92) ? selected : spoiledSelection(dice, room, selected)
  const rejected = dice.chance(0.02) ? cited.filter(() => dice.chance(0.5)) : []
  return { event, state: [...room.state.values()], cited, rejected }
}

function spoiledSelection(dice: Dice, room: Room, selected: readonly JsonObject[]): readonly JsonObject[] {
  const another = (type: string, stateKey: string): JsonObject =>
    made(dice, room, { type, sender: dice.pick(USERS), stateKey, content: { membership: 'join', join_rule: 'public' } })
  const twice = dice.pick(selected.length > 0 ? selected : [room.stranger])
  const spoil = dice.weighted<() => readonly JsonObject[]>([
    [3, () => [...selected, another(String(twice['type']), String(twice['state_key']))]],
    [3, () => [...selected, another(dice.pick(['m.room.topic', 'm.room.join_rules']), dice.pick(['', 'x']))]],
    [2, () => [...selected, another('m.room.member', dice.pick(USERS))]],
    [3, () => selected.filter((event) => event['type'] !== 'm.room.create')],
    [3, () => selected.filter(() => dice.chance(0.7))],
    [3, () => [...selected.filter((event) => event['type'] !== 'm.room.join_rules'), room.stranger]],
    [1, () => [room.create, ...selected.filter((event) => event !== room.create)]],
  ])
  return spoil()
}

type Kind = (dice: Dice, room: Room) => JsonObject

/** Each kind of event and how often it is asked about, seldom where the room version does not know it. */
function kindsFor(version: RoomVersion): readonly (readonly [number, Kind])[] {
  return [
    [11, randomCreateQuestion], [14, randomJoin], [version.restrictedJoins ? 11 : 1, randomVouchedJoin], [9, randomInvite],
    [9, randomRedeemedInvite], [14, randomLeave], [8, randomBan], [version.knocking ? 8 : 1, randomKnock],
    [3, randomBadMembership], [30, randomLevels], [19, randomOther], [4, randomThirdParty],
    [version.authorizesAliases ? 4 : 2, randomAliases], [version.authorizesRedactions ? 6 : 3, randomRedaction],
  ]
}

function randomEvent(dice: Dice, room: Room): JsonObject {
  return dice.weighted(kindsFor(room.version))(dice, room)
}

function randomCreateQuestion(dice: Dice, { version }: Room): JsonObject {
  const create: Record<string, JsonValue> = { ...randomCreate(dice, version) }
  const content: Record<string, JsonValue> = { ...create['content'] as JsonObject }
  create['content'] = content
  const server = dice.pick(SERVERS)
  const tooLong = `@${'x'.repeat(255)}:a`
  const additional: readonly JsonValue[] = [[], USERS, ['@x'], [5], 'no', null, ['@ok:a.test', 'bad'], [tooLong]]
  for (let change = dice.below(3); change > 0; change -= 1) {
    dice.weighted<() => void>([
      [2, () => { create['prev_events'] = version.eventFormat === 'v1' ? [['$x:a.test', {}]] : ['$x'] }],
      [3, () => { create['room_id'] = `!room:${server}` }],
      [3, () => { content['room_version'] = dice.pick<JsonValue>(['0', '1', '12', '13', 'org.test', 5, null]) }],
      [2, () => { delete content['room_version'] }],
      [2, () => { delete content['creator'] }],
      [2, () => { content['creator'] = dice.pick<JsonValue>([...USERS, null, 5]) }],
      [3, () => { content['additional_creators'] = dice.pick(additional) }],
    ])()
  }
  return create
}

/** Somebody of the room; seldom a user that it never saw. */
function someone(dice: Dice): string {
  return dice.chance(0.96) ? dice.pick(USERS) : dice.pick(['@new:a.test', '@new:d.test', '@:a.test', '@bob:b.test:1'])
}

/** Somebody whose membership is the one that is asked for, where the room has one. */
function whoIs(dice: Dice, room: Room, membership: string, often = 0.8): string {
  const found = USERS.filter((user) => membershipIn(room, user) === membership)
  return found.length > 0 && dice.chance(often) ? dice.pick(found) : someone(dice)
}

function membershipIn(room: Room, user: string): JsonValue | undefined {
  const content = room.state.get(stateKeyText({ type: 'm.room.member', stateKey: user }))?.['content']
  return isJsonObject(content) ? content['membership'] : undefined
}

function membershipEvent(
  dice: Dice, room: Room, sender: string, target: string, content: JsonObject, draft: Partial<EventDraft> = {},
): JsonObject {
  return made(dice, room, { type: 'm.room.member', sender, stateKey: target, content, ...draft })
}

function randomJoin(dice: Dice, room: Room): JsonObject {
  const sender = dice.weighted([
    [3, whoIs(dice, room, 'invite')], [3, whoIs(dice, room, 'join')], [2, whoIs(dice, room, 'leave')],
    [1, whoIs(dice, room, 'ban')], [4, someone(dice)],
  ])
  const createId = idOf(room.create, room.version)
  if (dice.chance(0.12)) {
    const user = dice.chance(0.7) ? String(room.create['sender']) : sender
    const by = dice.chance(0.9) ? user : someone(dice)
    const prevEvents = dice.weighted([[5, [createId]], [1, [createId, '$other']], [1, ['$other']]])
    return membershipEvent(dice, room, by, user, { membership: 'join' }, { prevEvents })
  }
  const target = dice.chance(0.93) ? sender : someone(dice)
  return membershipEvent(dice, room, sender, target, { membership: 'join' })
}

/** A join to a restricted room, where the room is one. */
function randomVouchedJoin(dice: Dice, room: Room): JsonObject {
  const sender = whoIs(dice, room, dice.weighted([[5, 'leave'], [2, 'knock'], [1, 'join'], [1, 'ban']]))
  const content: Record<string, JsonValue> = { membership: 'join' }
  const signers = [serverNameOf(sender) ?? 'a.test']
  if (dice.chance(0.85)) {
    const member = whoIs(dice, room, dice.weighted([[3, 'join'], [1, 'leave']]), 0.9)
    const authoriser = dice.chance(0.94) ? member : dice.pick<JsonValue>(['nobody', 5, '@nobody:b.test', null])
    content['join_authorised_via_users_server'] = authoriser
    const server = typeof authoriser === 'string' ? serverNameOf(authoriser) : undefined
    if (server !== undefined && dice.chance(0.88)) signers.push(server)
  }
  return membershipEvent(dice, room, sender, sender, content, { signers })
}

function randomInvite(dice: Dice, room: Room): JsonObject {
  const target = dice.chance(0.6) ? whoIs(dice, room, dice.pick(['leave', 'knock', 'invite'])) : someone(dice)
  return membershipEvent(dice, room, whoIs(dice, room, 'join', 0.92), target, { membership: 'invite' })
}

function randomRedeemedInvite(dice: Dice, room: Room): JsonObject {
  const target = dice.chance(0.5) ? whoIs(dice, room, dice.pick(['leave', 'knock', 'ban'])) : someone(dice)
  const invite = randomSigned(dice, target)
  const token = isJsonObject(invite) && isJsonObject(invite['signed']) ? String(invite['signed']['token']) : ''
  const made = room.state.get(stateKeyText({ type: 'm.room.third_party_invite', stateKey: token }))
  const sender = made !== undefined && dice.chance(0.85) ? String(made['sender']) : someone(dice)
  const redeemed = dice.chance(0.97) ? invite : dice.pick<JsonValue>(['no', null, []])
  const content = { membership: 'invite', third_party_invite: redeemed }
  return membershipEvent(dice, room, sender, target, content)
}

function randomLeave(dice: Dice, room: Room): JsonObject {
  if (dice.chance(0.4)) {
    const user = whoIs(dice, room, dice.pick(['join', 'join', 'invite', ...MEMBERSHIPS]), 0.9)
    return membershipEvent(dice, room, user, user, { membership: 'leave' })
  }
  const target = whoIs(dice, room, dice.pick(['join', 'ban', 'invite', 'knock']), 0.9)
  const vouched = dice.chance(0.03) ? { join_authorised_via_users_server: dice.pick(USERS) } : {}
  return membershipEvent(dice, room, whoIs(dice, room, 'join', 0.9), target, { membership: 'leave', ...vouched })
}

function randomBan(dice: Dice, room: Room): JsonObject {
  return membershipEvent(dice, room, whoIs(dice, room, 'join', 0.9), someone(dice), { membership: 'ban' })
}

function randomKnock(dice: Dice, room: Room): JsonObject {
  const user = whoIs(dice, room, dice.pick(MEMBERSHIPS), 0.8)
  return membershipEvent(dice, room, user, dice.chance(0.75) ? user : someone(dice), { membership: 'knock' })
}

function randomBadMembership(dice: Dice, room: Room): JsonObject {
  const sender = whoIs(dice, room, 'join')
  const odd: readonly JsonValue[] = ['JOIN', '', 'federate', 5, null, [], {}]
  return dice.pick([
    () => membershipEvent(dice, room, sender, sender, {}),
    () => membershipEvent(dice, room, sender, sender, { membership: dice.pick(odd) }),
    () => membershipEvent(dice, room, sender, sender, { membership: 'join' }, { stateKey: undefined }),
    () => membershipEvent(dice, room, sender, dice.pick(['', 'x', '@x']), { membership: dice.pick(MEMBERSHIPS) }),
  ])()
}

function randomLevels(dice: Dice, room: Room): JsonObject {
  const current = room.state.get(stateKeyText({ type: 'm.room.power_levels', stateKey: '' }))?.['content']
  const content = isJsonObject(current) && dice.chance(0.97)
    ? changedPowerLevels(dice, room.version, current, room.creators)
    : randomPowerLevels(dice, room.version, room.creators)
  const often = room.version.creatorsPrivileged ? 0.15 : 0.5
  const sender = dice.chance(often) ? String(room.create['sender']) : whoIs(dice, room, 'join', 0.95)
  return made(dice, room, { ...setting('m.room.power_levels', sender, content), stateKey: dice.chance(0.98) ? '' : 'x' })
}

function randomOther(dice: Dice, room: Room): JsonObject {
  const sender = whoIs(dice, room, 'join', 0.92)
  const stateKey = dice.weighted([
    [6, undefined], [6, ''], [2, sender], [3, dice.pick(USERS)], [1, '@'], [1, `${sender}_suffix`], [1, 'key'],
  ])
  const type = dice.weighted([[8, dice.pick(EVENT_TYPES)], [1, 'm.room.join_rules'], [1, '__proto__']])
  return made(dice, room, { type, sender, stateKey, content: { body: 'x', allow: ['*'] } })
}

function randomThirdParty(dice: Dice, room: Room): JsonObject {
  const sender = whoIs(dice, room, 'join', 0.9)
  const draft = { type: 'm.room.third_party_invite', sender, content: randomThirdPartyInvite(dice) }
  return made(dice, room, { ...draft, stateKey: dice.weighted([[9, dice.pick(TOKENS)], [1, dice.pick(USERS)]]) })
}

function randomAliases(dice: Dice, room: Room): JsonObject {
  const sender = someone(dice)
  const stateKey = dice.weighted([[6, serverNameOf(sender)], [3, dice.pick(SERVERS)], [1, ''], [2, undefined], [1, sender]])
  return made(dice, room, { type: 'm.room.aliases', sender, stateKey, content: { aliases: ['#x:a.test'] } })
}

function randomRedaction(dice: Dice, room: Room): JsonObject {
  const target = dice.weighted<JsonValue>([[8, `$event:${dice.pick(SERVERS)}`], [1, '$hash'], [1, 5], [1, 'none']])
  const redacts: JsonObject = target === 'none' ? {} : { redacts: target }
  const inContent = room.version.redactsIn === 'content'
  const draft = { type: 'm.room.redaction', sender: whoIs(dice, room, 'join', 0.95), content: inContent ? redacts : {} }
  return made(dice, room, inContent ? draft : { ...draft, more: redacts })
}
