import { isJsonObject, ownValue } from '../json.ts'
import { DEFAULT_PUSH_RULES, MASTER_RULE_ID } from './default-push-rules.ts'
import {
  compileCondition, compileDefaultCondition, eventMatch, type PushCondition, type PushRecipient,
} from './push-conditions.ts'
import type { PushEvent } from './push-event.ts'
import { PUSH_RULE_KINDS, type PushAction, type PushRule, type PushRuleKind } from './push-rule.ts'
import { findDefaultChange, type PushRuleChanges } from './push-rule-changes.ts'

/** What the first rule that matches says. */
export interface PushOutcome {
  readonly ruleId: string
  readonly actions: readonly PushAction[]
  readonly notify: boolean
  readonly highlight: boolean
}

interface CompiledRule {
  readonly kind: PushRuleKind
  readonly conditions: readonly PushCondition[]
  readonly enabled: boolean
  readonly outcome: PushOutcome
}

/** A user's enabled rules in the order in which they are tried. */
export type CompiledPushRules = readonly CompiledRule[]

const DEFAULT_RULES: readonly CompiledRule[] = DEFAULT_PUSH_RULES.map(({ kind, ruleId, enabled, conditions, actions }) =>
  ({ kind, conditions: conditions.map(compileDefaultCondition), enabled, outcome: outcomeOf(ruleId, actions) }))

/** The rules of all who never changed any: made once, whoever the user is. */
export const DEFAULT_COMPILED_PUSH_RULES: CompiledPushRules = DEFAULT_RULES.filter((rule) => rule.enabled)

/** Compiles a user's rules. The default rules behind them are shared by all users. */
export function compilePushRules(changes: PushRuleChanges): CompiledPushRules {
  const rules = PUSH_RULE_KINDS.flatMap((kind) => {
    const server = DEFAULT_RULES.filter((rule) => rule.kind === kind).map((rule) => withChanges(rule, changes))
    const own = (changes.own[kind] ?? []).map((rule) => compileOwnRule(kind, rule))
    const isMaster = (rule: CompiledRule): boolean => rule.outcome.ruleId === MASTER_RULE_ID
    return [...server.filter(isMaster), ...own, ...server.filter((rule) => !isMaster(rule))]
  })
  return rules.filter((rule) => rule.enabled)
}

/**
 * What the recipient's rules say about an event: the outcome of the first rule that matches, or undefined if none does or
 * the event is their own (Client-Server API, Push Rules). An outcome may say not to notify.
 */
export function evaluatePushRules(rules: CompiledPushRules, event: PushEvent, recipient: PushRecipient): PushOutcome | undefined {
  if (event.sender === recipient.userId) return undefined
  for (const { conditions, outcome } of rules) {
    if (holdAll(conditions, event, recipient)) return outcome
  }
  return undefined
}

function holdAll(conditions: readonly PushCondition[], event: PushEvent, recipient: PushRecipient): boolean {
  for (const condition of conditions) {
    if (!condition(event, recipient)) return false
  }
  return true
}

function withChanges(rule: CompiledRule, changes: PushRuleChanges): CompiledRule {
  const change = findDefaultChange(changes, rule.kind, rule.outcome.ruleId)
  if (change === undefined) return rule
  const outcome = change.actions === undefined ? rule.outcome : outcomeOf(rule.outcome.ruleId, change.actions)
  return { ...rule, enabled: change.enabled ?? rule.enabled, outcome }
}

function compileOwnRule(kind: PushRuleKind, rule: PushRule): CompiledRule {
  return { kind, conditions: conditionsOf(kind, rule), enabled: rule.enabled, outcome: outcomeOf(rule.rule_id, rule.actions) }
}

/** Content, room and sender rules have one condition, given by their kind. */
function conditionsOf(kind: PushRuleKind, rule: PushRule): readonly PushCondition[] {
  switch (kind) {
    case 'content': return [eventMatch('content.body', rule.pattern ?? '')]
    case 'room': return [(event) => event.roomId === rule.rule_id]
    case 'sender': return [(event) => event.sender === rule.rule_id]
    default: return (rule.conditions ?? []).map(compileCondition)
  }
}

/** A highlight without a value is meant as one (Client-Server API, Actions). */
function outcomeOf(ruleId: string, actions: readonly PushAction[]): PushOutcome {
  const highlights = actions.some((action) =>
    isJsonObject(action) && ownValue(action, 'set_tweak') === 'highlight' && (ownValue(action, 'value') ?? true) !== false)
  return { ruleId, actions, notify: actions.includes('notify'), highlight: highlights }
}
