import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { actionLevel, listCreators, notificationLevel, powerLevelsOf, readLevel, requiredLevel,
  userLevel } from '../../../src/matrix/power-levels.ts'
import { ALICE, BOB, CAROL, createEvent, DAVE, judge, stateOf, versionOf, type RoomInput } from './room-of-events.ts'
import { ALL, before, since } from './versions.ts'

type Case = readonly [name: string, versions: readonly string[], current: JsonObject | undefined, wanted: JsonObject,
  allowed: boolean, create?: JsonObject]

const users = { [BOB]: 60, [CAROL]: 60, [DAVE]: 10 }

/** Bob, at level 60, changes the power levels. */
const CHANGES: readonly Case[] = [
  ['nothing', ALL, { users }, { users }, true],
  ['the levels of one below', ALL, { users }, { users: { ...users, [DAVE]: 20 } }, true],
  ['one up to the own level', ALL, { users }, { users: { ...users, [DAVE]: 60 } }, true],
  ['one above the own level', ALL, { users }, { users: { ...users, [DAVE]: 61 } }, false],
  ['a new one', ALL, { users }, { users: { ...users, '@eve:c.test': 60 } }, true],
  ['a new one above', ALL, { users }, { users: { ...users, '@eve:c.test': 61 } }, false],
  ['an equal down', ALL, { users }, { users: { ...users, [CAROL]: 0 } }, false],
  ['an equal away', ALL, { users }, { users: { [BOB]: 60, [DAVE]: 10 } }, false],
  ['oneself down', ALL, { users }, { users: { ...users, [BOB]: 0 } }, true],
  ['oneself away', ALL, { users }, { users: { [CAROL]: 60, [DAVE]: 10 } }, true],
  ['oneself up', ALL, { users }, { users: { ...users, [BOB]: 61 } }, false],
  ['one below away', ALL, { users }, { users: { [BOB]: 60, [CAROL]: 60 } }, true],
  ['a single level', ALL, { users, ban: 50 }, { users, ban: 60 }, true],
  ['a single level above', ALL, { users, ban: 50 }, { users, ban: 61 }, false],
  ['a single level that is above', ALL, { users, kick: 70 }, { users, kick: 60 }, false],
  ['a single level that is above, taken away', ALL, { users, kick: 70 }, { users }, false],
  ['a single level added above', ALL, { users }, { users, users_default: 61 }, false],
  ['an event level', ALL, { users, events: { a: 50 } }, { users, events: { a: 60, b: 60 } }, true],
  ['an event level above', ALL, { users, events: { a: 50 } }, { users, events: { a: 61 } }, false],
  ['an event level that is above', ALL, { users, events: { a: 70 } }, { users, events: {} }, false],
  ['an event level called __proto__', ALL, { users, events: {} }, { users, events: JSON.parse('{"__proto__":61}') }, false],
  ['a notification level above', before(6), { users }, { users, notifications: { room: 61 } }, true],
  ['a notification level above', since(6), { users }, { users, notifications: { room: 61 } }, false],
  ['a notification level', ALL, { users, notifications: { room: 50 } }, { users, notifications: { room: 60 } }, true],
  ['a notification level that is above', since(6), { users, notifications: { room: 70 } }, { users }, false],
  ['users that are no object', ALL, { users }, { users: [] }, false],
  ['no users at all', ALL, { users: { [BOB]: 60 } }, {}, true],
  ['a user who is none', ALL, { users }, { users: { ...users, bob: 1 } }, false],
  ['a level that is none', ALL, { users }, { users: { ...users, [DAVE]: 'x' } }, false],
  ['a level that is null', ALL, { users }, { users: { ...users, [DAVE]: null } }, false],
  ['a level as text', before(10), { users }, { users: { ...users, [DAVE]: '20' } }, true],
  ['a level as text', since(10), { users }, { users: { ...users, [DAVE]: '20' } }, false],
  ['a single level as text', since(10), { users }, { users, ban: '20' }, false],
  ['a single level with a point', since(10), { users }, { users, ban: 1.5 }, false],
  ['events that are no object', since(10), { users }, { users, events: [] }, false],
  ['an event level as text', since(10), { users }, { users, events: { a: '1' } }, false],
  ['a notification level as text', since(10), { users }, { users, notifications: { room: '1' } }, false],
  ['a single level that is none', ALL, { users }, { users, ban: 'fifty' }, false],
  ['a single level that is null', ALL, { users, ban: 50 }, { users, ban: null }, false],
  ['a level that only some languages read', ALL, { users }, { users, ban: '1_0' }, false],
  ['an event level that is none', ALL, { users }, { users, events: { a: {} } }, false],
  ['a notification level that is none', before(6), { users }, { users, notifications: { room: 'x' } }, true],
  ['a notification level that is none', since(6), { users }, { users, notifications: { room: 'x' } }, false],
  ['a creator', since(12), { users }, { users: { ...users, [ALICE]: 60 } }, false],
  ['a creator', ['11'], { users }, { users: { ...users, [ALICE]: 60 } }, true],
  ['an added creator', since(12), { users }, { users: { ...users, [DAVE]: 20 } }, false, { additional_creators: [DAVE] }],
]

export function testPowerLevels(): void {
  t.test('auth rules: changes of the power levels', async (t) => {
    for (const [name, versions, current, wanted, allowed, create] of CHANGES) {
      for (const id of versions) {
        const levels = current === undefined ? {} : { powerLevels: { ...current, events: { 'm.room.power_levels': 60,
          ...current['events'] as JsonObject } } }
        const room: RoomInput = { members: { [ALICE]: 'join', [BOB]: 'join' }, ...levels, ...(create === undefined ? {} : { create }) }
        const events = wanted['events'] as JsonObject | undefined
        const content = { ...wanted, events: Array.isArray(events) ? [] : withOwnLevel(events) }
        const verdict = judge(versionOf(id), room, { type: 'm.room.power_levels', sender: BOB, stateKey: '', content })
        t.equal(verdict.allowed, allowed, `${name}, version ${id}${verdict.allowed ? '' : `: ${verdict.reason}`}`)
      }
    }
  })

  t.test('the first power levels may say anything that has the form', async (t) => {
    for (const id of ['10', '11', '12']) {
      const set = (content: JsonObject, sender = ALICE): boolean => judge(versionOf(id), { members: { [ALICE]: 'join',
        [BOB]: 'join' } }, {
        type: 'm.room.power_levels', sender, stateKey: '', content,
      }).allowed
      t.ok(set({ users: { [BOB]: 2 ** 53 - 1 }, ban: -5 }))
      t.notOk(set({ users: { bob: 1 } }))
      t.notOk(set({ users: { [BOB]: 100 } }, BOB), 'by the creator alone')
      t.equal(set({ users: { [ALICE]: 100 } }), id !== '12')
    }
  })

  t.test('a creator of version 12 stands above every level', async (t) => {
    const room: RoomInput = { members: { [ALICE]: 'join' }, powerLevels: { users: { [BOB]: 2 ** 53 - 1 },
      events: { 'm.room.power_levels': 2 ** 53 - 1 } } }
    const change = { type: 'm.room.power_levels', sender: ALICE, stateKey: '', content: { users: {} } }
    t.ok(judge(versionOf('12'), room, change).allowed)
    t.notOk(judge(versionOf('11'), room, change).allowed)
  })

  t.test('levels and their defaults', async (t) => {
    const v11 = versionOf('11')
    const none = powerLevelsOf(v11, stateOf(v11, {}))
    t.strictSame([userLevel(none, ALICE), userLevel(none, BOB)], [100, 0])
    t.strictSame([requiredLevel(none, 'x', true), requiredLevel(none, 'x', false)], [50, 0])
    t.strictSame((['ban', 'kick', 'redact', 'invite'] as const).map((action) => actionLevel(none, action)), [50, 50, 50, 0])
    t.equal(notificationLevel(none, 'room'), 50)
    const some = powerLevelsOf(v11, stateOf(v11, {
      powerLevels: {
        users: { [BOB]: 7 }, users_default: 3, events: { x: 9 }, state_default: 8, events_default: 2, ban: 11, notifications: { room: 5 },
      },
    }))
    t.strictSame([ALICE, BOB, 'constructor', '__proto__'].map((user) => userLevel(some, user)), [3, 7, 3, 3])
    t.strictSame([requiredLevel(some, 'x', true), requiredLevel(some, 'y', true), requiredLevel(some, 'toString', false)], [9, 8, 2])
    t.strictSame([actionLevel(some, 'ban'), actionLevel(some, 'kick'), notificationLevel(some, 'room')], [11, 50, 5])
    const v12 = versionOf('12')
    const creators = powerLevelsOf(v12, stateOf(v12, { create: { additional_creators: [BOB, ALICE] } }))
    t.strictSame([ALICE, BOB, CAROL].map((user) => userLevel(creators, user)), [Infinity, Infinity, 0])
    t.strictSame(listCreators(v12, createEvent(v12, { additional_creators: [BOB, ALICE] })), [ALICE, BOB])
    t.strictSame(listCreators(versionOf('10'), createEvent(versionOf('10'), { creator: BOB })), [BOB])
    t.strictSame(listCreators(versionOf('10'), createEvent(versionOf('10'), { creator: 5 })), [])
  })

  t.test('what counts as a level', async (t) => {
    const old = versionOf('9')
    for (const [value, level] of [['100', 100], ['000100', 100], ['+100', 100], [' -100 ', -100], ['', undefined],
      ['1.5', undefined], ['1 0', undefined],
      ['0x10', undefined], ['1e2', undefined], [true, undefined], [null, undefined], [1.5, undefined], [-3, -3]] as const) {
      t.equal(readLevel(value, old), level, JSON.stringify(value))
    }
    t.equal(readLevel('100', versionOf('10')), undefined)
    t.equal(readLevel(-1.9, versionOf('5')), -1)
    t.equal(readLevel({ ...JSON.parse('{"rawJSON":"1"}') }, versionOf('5')), undefined, 'an object that looks like a number')
    t.equal(readLevel(JSON.rawJSON('5.114698E4'), versionOf('5')), 51146)
    t.equal(readLevel(JSON.rawJSON('1E400'), versionOf('5')), undefined)
  })
}

function withOwnLevel(events: JsonObject | undefined): JsonObject {
  return { 'm.room.power_levels': 60, ...events }
}
