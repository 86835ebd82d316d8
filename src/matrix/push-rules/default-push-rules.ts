import type { JsonObject, JsonValue } from '../json.ts'
import type { PushAction, PushRule, PushRuleKind, PushRuleset } from './push-rule.ts'

/** A value that stands for the id of the rules' owner, so that the default rules are compiled once for all users. */
export const OWN_USER_ID = Symbol('the id of the owner of the rules')

export interface DefaultCondition {
  readonly kind: string
  readonly key?: string
  readonly is?: string
  readonly pattern?: string | typeof OWN_USER_ID
  readonly value?: JsonValue | typeof OWN_USER_ID
}

export interface DefaultRule {
  readonly kind: PushRuleKind
  readonly ruleId: string
  readonly enabled: boolean
  readonly conditions: readonly DefaultCondition[]
  readonly actions: readonly PushAction[]
}

const HIGHLIGHT: PushAction = { set_tweak: 'highlight' }
const TO_TWO: DefaultCondition = { kind: 'room_member_count', is: '2' }

/** The rule that turns all others off; it alone comes before the user's own. */
export const MASTER_RULE_ID = '.m.rule.master'

/** The rules that every user has, in their order (Client-Server API, Predefined Rules). */
export const DEFAULT_PUSH_RULES: readonly DefaultRule[] = [
  { ...rule('override', MASTER_RULE_ID, [], []), enabled: false },
  rule('override', '.m.rule.suppress_notices', [matches('content.msgtype', 'm.notice')], []),
  rule('override', '.m.rule.invite_for_me', [
    matches('type', 'm.room.member'), matches('content.membership', 'invite'), matches('state_key', OWN_USER_ID),
  ], ['notify', sound('default')]),
  rule('override', '.m.rule.member_event', [matches('type', 'm.room.member')], []),
  rule('override', '.m.rule.is_user_mention', [
    { kind: 'event_property_contains', key: 'content.m\\.mentions.user_ids', value: OWN_USER_ID },
  ], ['notify', sound('default'), HIGHLIGHT]),
  rule('override', '.m.rule.is_room_mention', [
    { kind: 'event_property_is', key: 'content.m\\.mentions.room', value: true },
    { kind: 'sender_notification_permission', key: 'room' },
  ], ['notify', HIGHLIGHT]),
  rule('override', '.m.rule.tombstone', [matches('type', 'm.room.tombstone'), matches('state_key', '')], ['notify', HIGHLIGHT]),
  rule('override', '.m.rule.reaction', [matches('type', 'm.reaction')], []),
  rule('override', '.m.rule.room.server_acl', [matches('type', 'm.room.server_acl'), matches('state_key', '')], []),
  rule('override', '.m.rule.suppress_edits', [
    { kind: 'event_property_is', key: 'content.m\\.relates_to.rel_type', value: 'm.replace' },
  ], []),
  rule('underride', '.m.rule.call', [matches('type', 'm.call.invite')], ['notify', sound('ring')]),
  rule('underride', '.m.rule.encrypted_room_one_to_one', [TO_TWO, matches('type', 'm.room.encrypted')], [
    'notify', sound('default'),
  ]),
  rule('underride', '.m.rule.room_one_to_one', [TO_TWO, matches('type', 'm.room.message')], ['notify', sound('default')]),
  rule('underride', '.m.rule.message', [matches('type', 'm.room.message')], ['notify']),
  rule('underride', '.m.rule.encrypted', [matches('type', 'm.room.encrypted')], ['notify']),
]

/** The default rules as the user sees them. */
export function defaultPushRuleset(userId: string): PushRuleset {
  const rulesOf = (kind: PushRuleKind): readonly DefaultRule[] => DEFAULT_PUSH_RULES.filter((each) => each.kind === kind)
  const ofKind = (kind: PushRuleKind): readonly PushRule[] => rulesOf(kind).map((each) => ({
    rule_id: each.ruleId,
    default: true,
    enabled: each.enabled,
    conditions: each.conditions.map((condition) => wireCondition(condition, userId)),
    actions: each.actions,
  }))
  return { override: ofKind('override'), content: [], room: [], sender: [], underride: ofKind('underride') }
}

/** The condition as the owner of the rules sees it. */
function wireCondition(condition: DefaultCondition, userId: string): JsonObject {
  const { pattern, value, ...others } = condition
  return {
    ...others,
    ...(pattern === undefined ? {} : { pattern: pattern === OWN_USER_ID ? userId : pattern }),
    ...(value === undefined ? {} : { value: value === OWN_USER_ID ? userId : value }),
  }
}

function rule(
  kind: PushRuleKind, ruleId: string, conditions: readonly DefaultCondition[], actions: readonly PushAction[],
): DefaultRule {
  return { kind, ruleId, enabled: true, conditions, actions }
}

function matches(key: string, pattern: string | typeof OWN_USER_ID): DefaultCondition {
  return { kind: 'event_match', key, pattern }
}

function sound(value: string): PushAction {
  return { set_tweak: 'sound', value }
}
