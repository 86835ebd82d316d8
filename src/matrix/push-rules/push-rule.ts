import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts'

/** The kinds of push rules in the order in which they are tried (Client-Server API, Push Rules). */
export const PUSH_RULE_KINDS = ['override', 'content', 'room', 'sender', 'underride'] as const

export type PushRuleKind = typeof PUSH_RULE_KINDS[number]

/** `notify`, or a tweak with its value. */
export type PushAction = string | JsonObject

/** One rule as clients see it. */
export interface PushRule {
  readonly rule_id: string
  readonly default: boolean
  readonly enabled: boolean
  readonly actions: readonly PushAction[]
  /** Of override and underride rules. */
  readonly conditions?: readonly JsonObject[]
  /** Of content rules. */
  readonly pattern?: string
}

export type PushRuleset = Readonly<Record<PushRuleKind, readonly PushRule[]>>

export type ReadPushRule =
  | { readonly ok: true, readonly rule: Omit<PushRule, 'default' | 'enabled'> }
  | { readonly ok: false, readonly reason: 'missing' | 'invalid', readonly message: string }

const RULE_BYTES_MAX = 16_384

/** Whether a path segment names a kind of push rules. */
export function isPushRuleKind(kind: string): kind is PushRuleKind {
  return PUSH_RULE_KINDS.some((known) => known === kind)
}

/** Reads the rule that a client puts (Client-Server API, PUT …/pushrules/global/{kind}/{ruleId}). */
export function readPushRule(kind: PushRuleKind, ruleId: string, body: JsonObject): ReadPushRule {
  if (ruleId === '' || ruleId.startsWith('.')) return invalid('Names that begin with a dot are those of the server\'s own rules.')
  if (/[/\\]/.test(ruleId)) return invalid('The name of a rule holds no slash and no backslash.')
  if (JSON.stringify(body).length > RULE_BYTES_MAX) return invalid('The rule is too large.')
  const actions = readPushActions(ownValue(body, 'actions'))
  if (actions === undefined) return missing('actions is no list of actions.')
  if (kind === 'content') {
    const pattern = ownValue(body, 'pattern')
    if (typeof pattern !== 'string') return missing('A content rule has a pattern.')
    return { ok: true, rule: { rule_id: ruleId, actions, pattern } }
  }
  if (kind === 'room' || kind === 'sender') return { ok: true, rule: { rule_id: ruleId, actions } }
  const conditions = ownValue(body, 'conditions') ?? []
  if (!Array.isArray(conditions) || !conditions.every(isCondition)) return invalid('conditions is no list of conditions.')
  return { ok: true, rule: { rule_id: ruleId, actions, conditions } }
}

/**
 * The actions of a list; undefined if it is no list of actions. Those that have no meaning any more are kept as they came,
 * and do nothing (Historical Actions).
 */
export function readPushActions(value: JsonValue | undefined): readonly PushAction[] | undefined {
  return Array.isArray(value) && value.every(isAction) ? value : undefined
}

function isAction(value: JsonValue): value is PushAction {
  return typeof value === 'string' || (isJsonObject(value) && typeof ownValue(value, 'set_tweak') === 'string')
}

function isCondition(value: JsonValue): value is JsonObject {
  return isJsonObject(value) && typeof ownValue(value, 'kind') === 'string'
}

function missing(message: string): ReadPushRule {
  return { ok: false, reason: 'missing', message }
}

function invalid(message: string): ReadPushRule {
  return { ok: false, reason: 'invalid', message }
}
