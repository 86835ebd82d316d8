import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { powerLevelsOf } from '../../../src/matrix/power-levels.ts'
import { defaultPushRuleset } from '../../../src/matrix/push-rules/default-push-rules.ts'
import { compilePushRules, DEFAULT_COMPILED_PUSH_RULES, evaluatePushRules,
  type PushOutcome } from '../../../src/matrix/push-rules/evaluate-push-rules.ts'
import { parsePropertyPath, preparePushEvent } from '../../../src/matrix/push-rules/push-event.ts'
import {
  changePushRule, deletePushRule, findPushRule, mergePushRules, NO_PUSH_RULE_CHANGES, putPushRule, type ChangedPushRules,
    type PushRuleChanges,
} from '../../../src/matrix/push-rules/push-rule-changes.ts'
import { isPushRuleKind, readPushRule, type PushRuleKind } from '../../../src/matrix/push-rules/push-rule.ts'
import { ALICE, BOB, CAROL, roomIdIn, stateOf, versionOf } from './room-of-events.ts'

const v11 = versionOf('11')
const ROOM = roomIdIn(v11)
const LEVELS = powerLevelsOf(v11, stateOf(v11, { powerLevels: { users: { [ALICE]: 100 } } }))

interface Setting {
  readonly type?: string
  readonly sender?: string
  readonly stateKey?: string
  readonly content?: JsonObject
  readonly memberCount?: number
  readonly displayName?: string
}

function outcomeFor(setting: Setting, changes?: PushRuleChanges, userId = BOB): PushOutcome | undefined {
  const event = preparePushEvent({
    eventId: '$e', roomId: ROOM, type: setting.type ?? 'm.room.message', sender: setting.sender ?? ALICE, stateKey: setting.stateKey,
    content: setting.content ?? { msgtype: 'm.text', body: 'hello' }, originServerTs: 1,
  }, { memberCount: setting.memberCount ?? 3, powerLevels: LEVELS })
  const rules = changes === undefined ? DEFAULT_COMPILED_PUSH_RULES : compilePushRules(changes)
  return evaluatePushRules(rules, event, { userId, displayName: setting.displayName })
}

const ruleFor = (setting: Setting, changes?: PushRuleChanges): string | undefined => outcomeFor(setting, changes)?.ruleId

function changesOf(changed: ChangedPushRules): PushRuleChanges {
  if (!changed.ok) throw new Error(changed.reason)
  return changed.changes
}

const put = (kind: PushRuleKind, ruleId: string, more: JsonObject = {}, changes = NO_PUSH_RULE_CHANGES, place = {}): PushRuleChanges => {
  const read = readPushRule(kind, ruleId, { actions: ['notify'], ...more })
  if (!read.ok) throw new Error(read.message)
  return changesOf(putPushRule(changes, kind, read.rule, place))
}

/** Whether one condition holds, as that of a user's rule above all others. */
function holds(condition: JsonObject, setting: Setting): boolean {
  return ruleFor(setting, put('override', 'mine', { conditions: [condition] })) === 'mine'
}

export function testPushRules(): void {
  t.test('the default push rules', async (t) => {
    const rules = defaultPushRuleset(BOB)
    t.strictSame(rules.override.map((rule) => rule.rule_id.replace('.m.rule.', '')), [
      'master', 'suppress_notices', 'invite_for_me', 'member_event', 'is_user_mention', 'is_room_mention', 'tombstone', 'reaction',
      'room.server_acl', 'suppress_edits',
    ])
    t.strictSame(rules.underride.map((rule) => rule.rule_id.replace('.m.rule.', '')), [
      'call', 'encrypted_room_one_to_one', 'room_one_to_one', 'message', 'encrypted',
    ])
    t.strictSame([rules.content, rules.room, rules.sender], [[], [], []])
    t.same(rules.override[2], {
      rule_id: '.m.rule.invite_for_me', default: true, enabled: true,
      conditions: [
        { kind: 'event_match', key: 'type', pattern: 'm.room.member' }, { kind: 'event_match', key: 'content.membership',
          pattern: 'invite' },
        { kind: 'event_match', key: 'state_key', pattern: BOB },
      ],
      actions: ['notify', { set_tweak: 'sound', value: 'default' }],
    })
    t.same(rules.override[4]?.conditions, [{ kind: 'event_property_contains', key: 'content.m\\.mentions.user_ids', value: BOB }])
    t.same(rules.override[5]?.conditions, [
      { kind: 'event_property_is', key: 'content.m\\.mentions.room', value: true }, { kind: 'sender_notification_permission',
        key: 'room' },
    ])
    t.notOk(rules.override[0]?.enabled)
  })

  t.test('what the default rules say', async (t) => {
    const edit = { body: 'x', 'm.relates_to': { rel_type: 'm.replace' } }
    for (const [ruleId, setting] of [
      ['message', {}], ['room_one_to_one', { memberCount: 2 }], ['encrypted', { type: 'm.room.encrypted' }],
        ['call', { type: 'm.call.invite' }],
      ['encrypted_room_one_to_one', { type: 'm.room.encrypted', memberCount: 2 }], ['reaction', { type: 'm.reaction' }],
      ['suppress_notices', { content: { msgtype: 'm.notice' } }], ['suppress_edits', { content: edit }],
      ['is_user_mention', { content: { 'm.mentions': { user_ids: [CAROL, BOB] } } }], ['message',
        { content: { 'm.mentions': { user_ids: BOB } } }],
      ['is_room_mention', { content: { 'm.mentions': { room: true } } }], ['message', { content: { 'm.mentions': { room: 'true' } } }],
      ['message', { sender: CAROL, content: { 'm.mentions': { room: true } } }], ['message',
        { content: { body: 'hi bob @room' }, displayName: 'bob' }],
      ['invite_for_me', { type: 'm.room.member', stateKey: BOB, content: { membership: 'invite' } }],
      ['member_event', { type: 'm.room.member', stateKey: CAROL, content: { membership: 'invite' } }],
      ['tombstone', { type: 'm.room.tombstone', stateKey: '' }], ['room.server_acl', { type: 'm.room.server_acl', stateKey: '' }],
    ] as const) t.equal(ruleFor(setting), `.m.rule.${ruleId}`, JSON.stringify(setting))
    t.equal(ruleFor({ type: 'm.room.tombstone' }), undefined, 'a tombstone that is no state')
    t.equal(ruleFor({ type: 'x' }), undefined)
    t.equal(outcomeFor({}, undefined, ALICE), undefined, 'nobody is notified of their own events')
    t.match(outcomeFor({ content: { 'm.mentions': { user_ids: [BOB] } } }), { notify: true, highlight: true })
    t.match(outcomeFor({}), { notify: true, highlight: false })
    t.match(outcomeFor({ type: 'm.reaction' }), { notify: false, highlight: false, actions: [] })
  })

  t.test('conditions', async (t) => {
    const match = (pattern: string, value: unknown, key = 'content.topic'): boolean =>
      holds({ kind: 'event_match', key, pattern }, { content: { topic: value as string, body: value as string } })
    t.ok(match('lunc?*', 'Lunch plans'))
    t.ok(match('lunc?*', 'LUNCH'))
    for (const value of [' lunch', 'lunc', null, 5, {}]) t.notOk(match('lunc?*', value), JSON.stringify(value))
    for (const value of ['An example event.', 'exple', 'An exciting triple-whammy']) t.ok(match('ex*ple', value, 'content.body'), value)
    for (const value of ['An examples', 'sexample', 'ex', '']) t.notOk(match('ex*ple', value, 'content.body'), value)
    t.notOk(holds({ kind: 'event_match', key: 'content.none', pattern: '*' }, {}), 'what is not there matches nothing')
    t.ok(holds({ kind: 'event_match', key: 'room_id', pattern: ROOM }, {}))
    const is = (value: unknown, actual: unknown): boolean =>
      holds({ kind: 'event_property_is', key: 'content.m\\.federate', value: value as string },
        { content: { 'm.federate': actual as string } })
    for (const value of [true, 'x', 5, null]) t.ok(is(value, value))
    for (const [value, actual] of [[true, 'true'], [true, 1], ['X', 'x'], [null, undefined], [{}, {}],
      [undefined, undefined]]) t.notOk(is(value, actual))
    const contains = (value: unknown, actual: unknown): boolean =>
      holds({ kind: 'event_property_contains', key: 'content.l', value: value as string }, { content: { l: actual as string[] } })
    t.ok(contains('#a:b', ['x', '#a:b', {}]))
    for (const [value, actual] of [[':b', ['#a:b']], ['a', 'a'], [1, ['1']], [{}, [{}]]]) t.notOk(contains(value, actual))
    const named = (displayName: string, body: string): boolean => holds({ kind: 'contains_display_name' },
      { displayName, content: { body } })
    t.ok(named('Bob', 'hi BOB!'))
    t.ok(named('b*b', 'hi b*b'))
    for (const [name, body] of [['Bob', 'bobby'], ['b*b', 'bxb'], ['', 'x'], ['.', 'x']] as const) t.notOk(named(name, body), name)
    for (const [is, counts] of [['3', true], ['==3', true], ['<3', false], ['>=3', true], ['>2', true], ['<=2', false],
      ['x', false], ['=3', false], ['3 ', false]] as const) {
      t.equal(holds({ kind: 'room_member_count', is }, { memberCount: 3 }), counts, is)
    }
    t.ok(holds({ kind: 'sender_notification_permission', key: 'room' }, {}))
    t.notOk(holds({ kind: 'sender_notification_permission', key: 'room' }, { sender: CAROL }))
    for (const condition of [{ kind: 'unknown' }, { kind: 'constructor' }, { kind: 'event_match', key: 'type' },
      { kind: 'event_match', pattern: '*' }]) {
      t.notOk(holds(condition, {}), 'what is unknown or incomplete never holds')
    }
    t.strictSame(parsePropertyPath('content.m\\.relates_to.a\\\\b.\\x').names, ['content', 'm.relates_to', 'a\\b', '\\x'])
    t.notOk(holds({ kind: 'event_match', key: 'content.constructor.name', pattern: '*' }, {}))
    t.ok(holds({ kind: 'event_match', key: 'content.__proto__.x', pattern: 'y' }, { content: JSON.parse('{"__proto__":{"x":"y"}}') }))
  })

  t.test('rules of the user', async (t) => {
    t.equal(ruleFor({ content: { body: 'a Cake!' } }, put('content', 'cake', { pattern: 'cake' })), 'cake')
    t.equal(ruleFor({}, put('room', ROOM)), ROOM)
    t.equal(ruleFor({}, put('sender', ALICE)), ALICE)
    t.equal(ruleFor({}, put('sender', CAROL)), '.m.rule.message')
    t.equal(ruleFor({}, put('underride', 'all')), 'all', 'before the server\'s of its kind')
    const both = put('override', 'all', {}, put('content', 'hello', { pattern: 'hello' }))
    t.equal(ruleFor({}, both), 'all', 'kinds have an order')
    t.equal(ruleFor({}, changesOf(changePushRule(both, 'override', 'all', { enabled: false }))), 'hello')
    const master = changesOf(changePushRule(both, 'override', '.m.rule.master', { enabled: true }))
    t.match(outcomeFor({}, master), { ruleId: '.m.rule.master', notify: false })
    const quiet = changesOf(changePushRule(NO_PUSH_RULE_CHANGES, 'underride', '.m.rule.message', { actions: [] }))
    t.match(outcomeFor({}, quiet), { notify: false })
    t.match(outcomeFor({ type: 'm.room.encrypted' }, quiet), { notify: true })
    t.match(outcomeFor({}, put('sender', ALICE, { actions: [{ set_tweak: 'highlight', value: false }] })),
      { notify: false, highlight: false })
  })

  t.test('the order of rules', async (t) => {
    const orderOf = (changes: PushRuleChanges): readonly string[] => (changes.own.override ?? []).map((rule) => rule.rule_id)
    const three = put('override', 'c', {}, put('override', 'b', {}, put('override', 'a')))
    t.strictSame(orderOf(three), ['c', 'b', 'a'], 'a new one is the most important')
    t.strictSame(orderOf(put('override', 'd', {}, three, { before: 'b' })), ['c', 'd', 'b', 'a'])
    t.strictSame(orderOf(put('override', 'd', {}, three, { after: 'b' })), ['c', 'b', 'd', 'a'])
    t.strictSame(orderOf(put('override', 'd', {}, three, { after: 'a', before: 'c' })), ['d', 'c', 'b', 'a'], 'before counts')
    t.strictSame(orderOf(put('override', 'a', {}, three)), ['c', 'b', 'a'], 'a changed one keeps its place')
    t.strictSame(orderOf(put('override', 'a', {}, three, { before: 'c' })), ['a', 'c', 'b'])
    const off = changesOf(changePushRule(three, 'override', 'a', { enabled: false }))
    t.equal(findPushRule(BOB, put('override', 'a', {}, off), 'override', 'a')?.enabled, false)
    const merged = mergePushRules(BOB, three).override.map((rule) => rule.rule_id)
    t.strictSame(merged.slice(0, 5), ['.m.rule.master', 'c', 'b', 'a', '.m.rule.suppress_notices'])
    t.strictSame(orderOf(changesOf(deletePushRule(three, 'override', 'b'))), ['c', 'a'])
    t.match(putPushRule(three, 'override', { rule_id: 'x', actions: [] }, { before: 'none' }),
      { ok: false, reason: 'neighbour-not-found' })
    t.match(putPushRule(three, 'override', { rule_id: 'x', actions: [] }, { after: '.m.rule.master' }),
      { ok: false, reason: 'neighbour-not-found' })
    t.match(deletePushRule(three, 'override', 'none'), { ok: false, reason: 'rule-not-found' })
    t.match(deletePushRule(three, 'override', '.m.rule.master'), { ok: false, reason: 'default-rule' })
    t.match(changePushRule(three, 'content', 'a', { enabled: true }), { ok: false, reason: 'rule-not-found' })
    t.same(JSON.parse(JSON.stringify(off)), off, 'they can be kept as JSON')
  })

  t.test('rules that cannot be read', async (t) => {
    const reasonOf = (kind: PushRuleKind, ruleId: string, body: JsonObject): string | undefined => {
      const read = readPushRule(kind, ruleId, body)
      return read.ok ? undefined : read.reason
    }
    for (const ruleId of ['', '.mine', 'a/b', 'a\\b']) t.equal(reasonOf('override', ruleId, { actions: [] }), 'invalid', ruleId)
    for (const actions of [undefined, 'notify', [5], [{}], [{ set_tweak: 1 }], [null]]) {
      t.equal(reasonOf('room', 'x', actions === undefined ? {} : { actions } as JsonObject), 'missing', JSON.stringify(actions))
    }
    t.equal(reasonOf('content', 'x', { actions: [] }), 'missing')
    t.equal(reasonOf('content', 'x', { actions: [], pattern: 'x'.repeat(20_000) }), 'invalid')
    for (const conditions of ['x', [5], [{}], {}]) t.equal(reasonOf('override', 'x', { actions: [], conditions }), 'invalid')
    t.match(readPushRule('override', 'x', { actions: ['dont_notify', 'coalesce', 'notify'] }),
      { ok: true, rule: { actions: ['dont_notify', 'coalesce', 'notify'], conditions: [] } })
    t.strictSame(['override', 'content', 'room', 'sender', 'underride', 'constructor', ''].map(isPushRuleKind),
      [true, true, true, true, true, false, false])
  })
}
