import t from 'tap'
import { authTypesFor } from '../../../src/matrix/auth-events.ts'
import { authorize, checkAuthEvents, mayRedact, type CitedEvent } from '../../../src/matrix/auth-rules.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { powerLevelsOf } from '../../../src/matrix/power-levels.ts'
import { signJson } from '../../../src/matrix/signing.ts'
import {
  ALICE, BOB, CAROL, createEvent, CREATE_ID, DAVE, eventOf, judge, membership, roomIdIn, stateOf, versionOf, type EventInput,
    type RoomInput,
} from './room-of-events.ts'
import { KEY } from './signing-cases.ts'
import { ALL, before, since } from './versions.ts'

type Case = readonly [name: string, versions: readonly string[], room: RoomInput, event: Omit<EventInput, 'id'>, allowed: boolean,
  signers?: string[]]

const TODAY = ['10', '11', '12']

const JOINED: RoomInput = { members: { [ALICE]: 'join', [BOB]: 'join', [CAROL]: 'join' }, powerLevels: { users: { [BOB]: 50 } } }
const withMember = (userId: string, kind: string, more: RoomInput = {}): RoomInput =>
  ({ ...JOINED, ...more, members: { ...JOINED.members, [userId]: kind } })
const signed = signJson({ mxid: DAVE, token: 'tok' }, 'id.test', KEY)
const invites = (content: JsonObject, sender = BOB): RoomInput =>
  ({ ...JOINED, more: [{ id: '$3pid', type: 'm.room.third_party_invite', sender, stateKey: 'tok', content }] })
const redeems = (part: JsonObject | undefined, target = DAVE): Omit<EventInput, 'id'> =>
  membership(BOB, target, 'invite', { third_party_invite: part === undefined ? {} : { signed: part } })
const create = (content: JsonObject, more: Partial<EventInput> = {}): Omit<EventInput, 'id'> =>
  ({ type: 'm.room.create', sender: ALICE, stateKey: '', content, prevEvents: [], ...more })
const message = (sender: string, type = 'm.room.message'): Omit<EventInput, 'id'> => ({ type, sender, content: {} })
const state = (sender: string, type: string, stateKey = ''): Omit<EventInput, 'id'> => ({ type, sender, stateKey, content: {} })

const CREATION: readonly Case[] = [
  ['a create event', before(11), {}, create({ creator: ALICE }), true],
  ['a create event without a creator', before(11), {}, create({}), false],
  ['a create event without a creator', since(11), {}, create({}), true],
  ['a create event after another event', ALL, {}, create({ creator: ALICE }, { prevEvents: ['$x'] }), false],
  ['a create event of an unknown version', ALL, {}, create({ creator: ALICE, room_version: '999' }), false],
  ['a create event of a version that is no string', ALL, {}, create({ creator: ALICE, room_version: 11 }), false],
  ['a room id of another server', before(12), {}, create({ creator: CAROL }, { sender: CAROL }), false],
  ['a room id in the create event', ['12'], {}, create({}, { roomId: roomIdIn(versionOf('12')) }), false],
  ['more creators', ['12'], {}, create({ additional_creators: [BOB, CAROL] }), true],
  ['creators that are no user ids', ['12'], {}, create({ additional_creators: ['bob'] }), false],
  ['creators that are no list', ['12'], {}, create({ additional_creators: BOB }), false],
  ['creators in a version without them', ['11'], {}, create({ additional_creators: 5 }), true],
  ['no create event in the state', ALL, { more: [] }, { ...message(BOB), roomId: '!other:a.test' }, false],
  ['another server in a room that is not federated', ALL, { ...JOINED, create: { 'm.federate': false } }, message(CAROL), false],
  ['the own server in a room that is not federated', ALL, { ...JOINED, create: { 'm.federate': false } }, message(BOB), true],
]

const ALIASES: readonly Case[] = [
  ['aliases of the own server', before(6), {}, state(CAROL, 'm.room.aliases', 'b.test'), true],
  ['aliases of another server', before(6), JOINED, state(CAROL, 'm.room.aliases', 'a.test'), false],
  ['aliases without a state key', before(6), JOINED, message(CAROL, 'm.room.aliases'), false],
  ['aliases by someone who is not there', since(6), {}, state(CAROL, 'm.room.aliases', 'b.test'), false],
  ['aliases by power', since(6), JOINED, state(BOB, 'm.room.aliases', 'anything'), true],
]

const JOINS: readonly Case[] = [
  ['the creator joins first', ALL, {}, { ...membership(ALICE, ALICE, 'join'), prevEvents: [CREATE_ID] }, true],
  ['another joins first', ALL, {}, { ...membership(BOB, BOB, 'join'), prevEvents: [CREATE_ID] }, false],
  ['the creator joins later', ALL, {}, { ...membership(ALICE, ALICE, 'join'), prevEvents: [CREATE_ID, '$x'] }, false],
  ['joining for another', ALL, { ...JOINED, joinRule: 'public' }, membership(BOB, DAVE, 'join'), false],
  ['joining a public room', ALL, { ...JOINED, joinRule: 'public' }, membership(DAVE, DAVE, 'join'), true],
  ['joining when banned', ALL, withMember(DAVE, 'ban', { joinRule: 'public' }), membership(DAVE, DAVE, 'join'), false],
  ['joining without a join rule', ALL, JOINED, membership(DAVE, DAVE, 'join'), false],
  ['joining when invited', ALL, withMember(DAVE, 'invite', { joinRule: 'invite' }), membership(DAVE, DAVE, 'join'), true],
  ['joining again', ALL, withMember(DAVE, 'join', { joinRule: 'invite' }), membership(DAVE, DAVE, 'join'), true],
  ['joining after leaving', ALL, withMember(DAVE, 'leave', { joinRule: 'invite' }), membership(DAVE, DAVE, 'join'), false],
  ['joining by knock rule when invited', since(7), withMember(DAVE, 'invite', { joinRule: 'knock' }),
    membership(DAVE, DAVE, 'join'), true],
  ['joining by knock rule when knocking', since(7), withMember(DAVE, 'knock', { joinRule: 'knock' }),
    membership(DAVE, DAVE, 'join'), false],
  ['the knock rule before it was known', before(7), withMember(DAVE, 'invite', { joinRule: 'knock' }),
    membership(DAVE, DAVE, 'join'), false],
  ['a private room', ALL, withMember(DAVE, 'invite', { joinRule: 'private' }), membership(DAVE, DAVE, 'join'), false],
  ['an unknown join rule', ALL, withMember(DAVE, 'invite', { joinRule: 'toString' }), membership(DAVE, DAVE, 'join'), false],
  ['no membership', ALL, JOINED, { ...state(DAVE, 'm.room.member', DAVE), content: {} }, false],
  ['no state key', ALL, { ...JOINED, joinRule: 'public' }, { ...message(DAVE, 'm.room.member'), content: { membership: 'join' } }, false],
  ['an unknown membership', ALL, JOINED, membership(BOB, BOB, 'constructor'), false],
  ['a membership that is no string', ALL, JOINED, { ...state(BOB, 'm.room.member', BOB), content: { membership: 5 } }, false],
]

const via = (userId: unknown, more: JsonObject = {}): JsonObject => ({ join_authorised_via_users_server: userId as string, ...more })
const RESTRICTED = { joinRule: 'restricted', powerLevels: { invite: 50, users: { [BOB]: 50 } } }
const RESTRICTED_JOINS: readonly Case[] = [
  ['a restricted join', since(8), withMember(DAVE, 'leave', RESTRICTED), membership(DAVE, DAVE, 'join', via(BOB)), true, ['a.test']],
  ['one that nobody signed', since(8), withMember(DAVE, 'leave', RESTRICTED), membership(DAVE, DAVE, 'join', via(BOB)), false],
  ['one without authoriser', since(8), { ...JOINED, ...RESTRICTED }, membership(DAVE, DAVE, 'join'), false],
  ['one by who may not invite', since(8), { ...JOINED, ...RESTRICTED }, membership(DAVE, DAVE, 'join', via(CAROL)), false, ['b.test']],
  ['one by who is not there', since(8), withMember(BOB, 'leave', RESTRICTED), membership(DAVE, DAVE, 'join', via(BOB)), false,
    ['a.test']],
  ['one by no user', since(8), { ...JOINED, ...RESTRICTED }, membership(DAVE, DAVE, 'join', via(5)), false, ['a.test']],
  ['the invited need none', since(8), withMember(DAVE, 'invite', RESTRICTED), membership(DAVE, DAVE, 'join'), true],
  ['members need none', since(8), withMember(DAVE, 'join', RESTRICTED), membership(DAVE, DAVE, 'join'), true],
  ['a false authoriser though invited', since(8), withMember(DAVE, 'invite', RESTRICTED), membership(DAVE, DAVE, 'join', via(BOB)),
    false],
  ['a false authoriser of a leave', since(8), withMember(DAVE, 'join', RESTRICTED), membership(DAVE, DAVE, 'leave', via(BOB)), false],
  ['the banned', since(8), withMember(DAVE, 'ban', RESTRICTED), membership(DAVE, DAVE, 'join', via(BOB)), false, ['a.test']],
  ['the rule before it was known', ['7'], withMember(DAVE, 'invite', RESTRICTED), membership(DAVE, DAVE, 'join', via(BOB)), false,
    ['a.test']],
  ['restricted with knocking', TODAY, { ...JOINED, ...RESTRICTED, joinRule: 'knock_restricted' },
    membership(DAVE, DAVE, 'join', via(BOB)), true, ['a.test']],
  ['that before it was known', ['8', '9'], { ...JOINED, ...RESTRICTED, joinRule: 'knock_restricted' },
    membership(DAVE, DAVE, 'join', via(BOB)), false, ['a.test']],
]

const INVITES: readonly Case[] = [
  ['an invite', ALL, JOINED, membership(BOB, DAVE, 'invite'), true],
  ['an invite by who is not there', ALL, withMember(BOB, 'leave'), membership(BOB, DAVE, 'invite'), false],
  ['of a member', ALL, JOINED, membership(BOB, CAROL, 'invite'), false],
  ['of the banned', ALL, withMember(DAVE, 'ban'), membership(BOB, DAVE, 'invite'), false],
  ['of the invited', ALL, withMember(DAVE, 'invite'), membership(BOB, DAVE, 'invite'), true],
  ['of who knocks', ALL, withMember(DAVE, 'knock'), membership(BOB, DAVE, 'invite'), true],
  ['without the level', ALL, { ...JOINED, powerLevels: { invite: 60, users: { [BOB]: 50 } } }, membership(BOB, DAVE, 'invite'), false],
  ['of oneself', ALL, JOINED, membership(DAVE, DAVE, 'invite'), false],
  ['a third-party invite redeemed', ALL, invites({ public_key: KEY.publicKey }), redeems(signed), true],
  ['by a key of the list', ALL, invites({ public_keys: [{ public_key: 'AAAA' }, { public_key: KEY.publicKey }] }), redeems(signed), true],
  ['by another key', ALL, invites({ public_key: 'A'.repeat(43) }), redeems(signed), false],
  ['with an altered part', ALL, invites({ public_key: KEY.publicKey }), redeems({ ...signed, more: 1 }), false],
  ['for another user', ALL, invites({ public_key: KEY.publicKey }), redeems(signed, '@eve:b.test'), false],
  ['by another sender', ALL, invites({ public_key: KEY.publicKey }, ALICE), redeems(signed), false],
  ['without the third-party invite', ALL, JOINED, redeems(signed), false],
  ['without the signed part', ALL, invites({ public_key: KEY.publicKey }), redeems(undefined), false],
  ['without a token', ALL, invites({ public_key: KEY.publicKey }), redeems(signJson({ mxid: DAVE }, 'id.test', KEY)), false],
  ['that is no object', ALL, JOINED, membership(BOB, DAVE, 'invite', { third_party_invite: 5 }), false],
  ['for the banned', ALL, { ...invites({ public_key: KEY.publicKey }), members: { [BOB]: 'join', [DAVE]: 'ban' } }, redeems(signed),
    false],
  ['making a third-party invite', ALL, JOINED, state(BOB, 'm.room.third_party_invite', 'tok'), true],
  ['making one without the level', ALL, { ...JOINED, powerLevels: { invite: 51, users: { [BOB]: 50 } } },
    state(BOB, 'm.room.third_party_invite', 't'), false],
]

const PARTINGS: readonly Case[] = [
  ['leaving', ALL, JOINED, membership(BOB, BOB, 'leave'), true],
  ['rejecting an invite', ALL, withMember(DAVE, 'invite'), membership(DAVE, DAVE, 'leave'), true],
  ['taking back a knock', since(7), withMember(DAVE, 'knock'), membership(DAVE, DAVE, 'leave'), true],
  ['taking back a knock before it was known', before(7), withMember(DAVE, 'knock'), membership(DAVE, DAVE, 'leave'), false],
  ['leaving when not there', ALL, JOINED, membership(DAVE, DAVE, 'leave'), false],
  ['leaving when banned', ALL, withMember(DAVE, 'ban'), membership(DAVE, DAVE, 'leave'), false],
  ['a kick', ALL, JOINED, membership(BOB, CAROL, 'leave'), true],
  ['a kick without the level', ALL, JOINED, membership(CAROL, BOB, 'leave'), false],
  ['a kick of an equal', ALL, { ...JOINED, powerLevels: { users: { [BOB]: 50, [CAROL]: 50 } } }, membership(BOB, CAROL, 'leave'), false],
  ['a kick by who is not there', ALL, withMember(BOB, 'leave'), membership(BOB, CAROL, 'leave'), false],
  ['an unban', ALL, withMember(DAVE, 'ban'), membership(BOB, DAVE, 'leave'), true],
  ['an unban with the kick level alone', ALL, withMember(DAVE, 'ban', { powerLevels: { ban: 60, users: { [BOB]: 50 } } }),
    membership(BOB, DAVE, 'leave'), false],
  ['a ban', ALL, JOINED, membership(BOB, CAROL, 'ban'), true],
  ['a ban of a stranger', ALL, JOINED, membership(BOB, DAVE, 'ban'), true],
  ['a ban without the level', ALL, JOINED, membership(CAROL, DAVE, 'ban'), false],
  ['a ban of an equal', ALL, { ...JOINED, powerLevels: { users: { [BOB]: 50, [CAROL]: 50 } } }, membership(BOB, CAROL, 'ban'), false],
  ['a ban by who is not there', ALL, withMember(BOB, 'invite'), membership(BOB, CAROL, 'ban'), false],
  ['a creator cannot be kicked', ['12'], { ...JOINED, powerLevels: { users: { [BOB]: 2 ** 53 - 1 } } },
    membership(BOB, ALICE, 'leave'), false],
  ['a creator kicks anybody', ['12'], { ...JOINED, powerLevels: { kick: 2 ** 53 - 1, users: { [BOB]: 2 ** 53 - 1 } } },
    membership(ALICE, BOB, 'leave'), true],
  ['one creator does not kick another', ['12'], { ...JOINED, create: { additional_creators: [BOB] } },
    membership(ALICE, BOB, 'leave'), false],
  ['a creator without a level elsewhere', ['11'], { ...JOINED, powerLevels: { users: { [BOB]: 100 } } },
    membership(BOB, ALICE, 'leave'), true],
  ['a knock', since(7), { ...JOINED, joinRule: 'knock' }, membership(DAVE, DAVE, 'knock'), true],
  ['a knock before it was known', before(7), { ...JOINED, joinRule: 'knock' }, membership(DAVE, DAVE, 'knock'), false],
  ['a knock at a restricted room', TODAY, { ...JOINED, joinRule: 'knock_restricted' }, membership(DAVE, DAVE, 'knock'), true],
  ['that before it was known', ['7', '8', '9'], { ...JOINED, joinRule: 'knock_restricted' }, membership(DAVE, DAVE, 'knock'), false],
  ['a knock at a room by invite', since(7), { ...JOINED, joinRule: 'invite' }, membership(DAVE, DAVE, 'knock'), false],
  ['a knock for another', since(7), { ...JOINED, joinRule: 'knock' }, membership(BOB, DAVE, 'knock'), false],
  ...(['ban', 'invite', 'join'].map((kind): Case =>
    [`a knock after ${kind}`, since(7), withMember(DAVE, kind, { joinRule: 'knock' }), membership(DAVE, DAVE, 'knock'), false])),
  ['a second knock', since(7), withMember(DAVE, 'knock', { joinRule: 'knock' }), membership(DAVE, DAVE, 'knock'), true],
]

const MESSAGES: readonly Case[] = [
  ['a message', ALL, JOINED, message(CAROL), true],
  ['a message by who is not there', ALL, JOINED, message(DAVE), false],
  ['a message below events_default', ALL, { ...JOINED, powerLevels: { events_default: 50 } }, message(CAROL), false],
  ['a message below its own level', ALL, { ...JOINED, powerLevels: { events: { 'm.room.message': 1 } } }, message(CAROL), false],
  ['a type such as constructor', ALL, { ...JOINED, powerLevels: { events: {} } }, message(CAROL, 'constructor'), true],
  ['state without power', ALL, JOINED, state(CAROL, 'm.room.topic'), false],
  ['state with power', ALL, JOINED, state(BOB, 'm.room.topic'), true],
  ['state where nobody has set levels', ALL, { members: JOINED.members ?? {} }, state(BOB, 'm.room.topic'), false],
  ['the creator where nobody has set levels', ALL, { members: JOINED.members ?? {} }, state(ALICE, 'm.room.topic'), true],
  ['state of another user', ALL, JOINED, state(BOB, 'm.other', ALICE), false],
  ['state of oneself', ALL, JOINED, state(BOB, 'm.other', BOB), true],
  ['a level as text', before(10), { ...JOINED, powerLevels: { users: { [CAROL]: ' +050 ' } } }, state(CAROL, 'm.room.topic'), true],
  ['a level with a point', before(6), { ...JOINED, powerLevels: { users: { [CAROL]: 50.57 } } }, state(CAROL, 'm.room.topic'), true],
  ['a redaction of the own server', ['1', '2'], JOINED, { ...message(CAROL, 'm.room.redaction'), redacts: '$x:a.test' }, true],
  ['a redaction of another server', ['1', '2'], JOINED, { ...message(CAROL, 'm.room.redaction'), redacts: '$x:b.test' }, false],
  ['a redaction with power', ['1', '2'], JOINED, { ...message(BOB, 'm.room.redaction'), redacts: '$x:b.test' }, true],
  ['a redaction is like any event', since(3), JOINED, message(CAROL, 'm.room.redaction'), true],
]

export function testAuthRules(): void {
  for (const [group, cases] of Object.entries({ CREATION, ALIASES, JOINS, RESTRICTED_JOINS, INVITES, PARTINGS, MESSAGES })) {
    t.test(`auth rules: ${group.toLowerCase().replace('_', ' ')}`, async (t) => {
      for (const [name, versions, room, event, allowed, signers] of cases) {
        for (const id of versions) {
          const verdict = judge(versionOf(id), room, event, signers)
          t.equal(verdict.allowed, allowed, `${name}, version ${id}${verdict.allowed ? '' : `: ${verdict.reason}`}`)
        }
      }
    })
  }

  t.test('a room without a create event lets nothing in', async (t) => {
    for (const id of TODAY) {
      const version = versionOf(id)
      const members = stateOf(version, JOINED)
      const event = eventOf(version, { id: '$x', ...message(BOB) })
      t.notOk(authorize(version, event, (type, key) => type === 'm.room.create' ? undefined : members(type, key),
        { isSignedBy: () => true }).allowed)
    }
  })

  t.test('which events authorise an event', async (t) => {
    const keysOf = (id: string, event: Omit<EventInput, 'id'>): readonly string[] =>
      authTypesFor(eventOf(versionOf(id), { id: '$x', ...event }), versionOf(id)).map(({ type,
        stateKey }) => `${type.slice(7)}/${stateKey}`).sort()
    const usual = ['create/', 'power_levels/', `member/${BOB}`]
    t.strictSame(keysOf('11', create({})), [])
    t.strictSame(keysOf('11', message(BOB)), usual.toSorted())
    t.strictSame(keysOf('12', message(BOB)), usual.slice(1).toSorted(), 'the room id stands for the create event')
    t.strictSame(keysOf('11', membership(BOB, BOB, 'join')), [...usual, 'join_rules/'].sort())
    t.strictSame(keysOf('11', membership(BOB, DAVE, 'leave')), [...usual, `member/${DAVE}`].sort())
    t.strictSame(keysOf('11', membership(BOB, DAVE, 'invite')), [...usual, `member/${DAVE}`, 'join_rules/'].sort())
    t.strictSame(keysOf('11', redeems(signed)), [...usual, `member/${DAVE}`, 'join_rules/', 'third_party_invite/tok'].sort())
    t.strictSame(keysOf('11', membership(BOB, BOB, 'knock')), [...usual, 'join_rules/'].sort())
    t.strictSame(keysOf('11', membership(BOB, BOB, 'join', via(ALICE))), [...usual, 'join_rules/', `member/${ALICE}`].sort())
    t.strictSame(keysOf('7', membership(BOB, BOB, 'join', via(ALICE))), [...usual, 'join_rules/'].sort())
  })

  t.test('the list of auth events', async (t) => {
    for (const id of TODAY) {
      const version = versionOf(id)
      const roomId = roomIdIn(version)
      const cite = (type: string, stateKey: string | undefined, more: Partial<CitedEvent> = {}): CitedEvent =>
        ({ roomId, type, stateKey, rejected: false, ...more })
      const start = version.roomIdFromCreateEvent ? [] : [cite('m.room.create', '')]
      const member = cite('m.room.member', BOB)
      const check = (...cited: readonly CitedEvent[]): boolean =>
        checkAuthEvents(version, eventOf(version, { id: '$x', ...message(BOB) }), cited).allowed
      t.ok(check(...start, member, cite('m.room.power_levels', '')), id)
      t.notOk(check(...start, member, member), 'twice')
      t.notOk(check(...start, member, cite('m.room.join_rules', '')), 'not asked for')
      t.notOk(check(...start, member, cite('m.room.power_levels', undefined)), 'no state')
      t.notOk(check(...start, { ...member, rejected: true }), 'rejected')
      t.notOk(check(...start, { ...member, roomId: '!other:a.test' }), 'of another room')
      t.equal(check(member), version.roomIdFromCreateEvent, 'no create event')
      t.equal(check(cite('m.room.create', ''), member), !version.roomIdFromCreateEvent, 'a create event')
      t.notOk(checkAuthEvents(version, createEvent(version), [member]).allowed, 'a create event cites nothing')
    }
  })

  t.test('who may redact', async (t) => {
    const levels = powerLevelsOf(versionOf('11'), stateOf(versionOf('11'), JOINED))
    const at = (sender: string, roomId = '!r'): { sender: string, roomId: string } => ({ sender, roomId })
    t.ok(mayRedact(levels, at(BOB), at(CAROL)), 'by power')
    t.ok(mayRedact(levels, at(DAVE), at(CAROL)), 'of the same server')
    t.notOk(mayRedact(levels, at(CAROL), at(ALICE)))
    t.notOk(mayRedact(levels, at(BOB), at(CAROL, '!other')), 'in another room')
  })
}
