import { DEFAULT_PUSH_RULES, defaultPushRuleset, MASTER_RULE_ID } from './default-push-rules.ts'
import type { PushAction, PushRule, PushRuleKind, PushRuleset } from './push-rule.ts'

/** What a user changed of the default rules. */
export interface DefaultRuleChange {
  readonly kind: PushRuleKind
  readonly ruleId: string
  readonly enabled?: boolean
  readonly actions?: readonly PushAction[]
}

/** All that is kept of a user's push rules; the default rules themselves are not, so that all users get new ones. */
export interface PushRuleChanges {
  /** Rules of the user by kind, the most important first. */
  readonly own: Partial<Record<PushRuleKind, readonly PushRule[]>>
  readonly defaults: readonly DefaultRuleChange[]
}

export type ChangedPushRules =
  | { readonly ok: true, readonly changes: PushRuleChanges }
  | { readonly ok: false, readonly reason: 'rule-not-found' | 'neighbour-not-found' | 'default-rule' }

export interface PlaceOfRule {
  readonly before?: string | undefined
  readonly after?: string | undefined
}

/** The rules of a user who never changed any. */
export const NO_PUSH_RULE_CHANGES: PushRuleChanges = { own: {}, defaults: [] }

/**
 * The rules as the user sees them: their own before the server's of the same kind, but the master rule before all
 * (Client-Server API, Predefined Rules).
 */
export function mergePushRules(userId: string, changes: PushRuleChanges): PushRuleset {
  const defaults = defaultPushRuleset(userId)
  const ofKind = (kind: PushRuleKind): readonly PushRule[] => {
    const server = defaults[kind].map((rule) => withChange(rule, findDefaultChange(changes, kind, rule.rule_id)))
    const master = server.filter((rule) => rule.rule_id === MASTER_RULE_ID)
    return [...master, ...(changes.own[kind] ?? []), ...server.filter((rule) => rule.rule_id !== MASTER_RULE_ID)]
  }
  return {
    override: ofKind('override'), content: ofKind('content'), room: ofKind('room'), sender: ofKind('sender'),
    underride: ofKind('underride'),
  }
}

/** What the user changed of a default rule, if anything. */
export function findDefaultChange(changes: PushRuleChanges, kind: PushRuleKind, ruleId: string): DefaultRuleChange | undefined {
  return changes.defaults.find((change) => change.kind === kind && change.ruleId === ruleId)
}

/** One rule as the user sees it. */
export function findPushRule(userId: string, changes: PushRuleChanges, kind: PushRuleKind, ruleId: string): PushRule | undefined {
  return mergePushRules(userId, changes)[kind].find((rule) => rule.rule_id === ruleId)
}

/**
 * Adds a rule of the user, or changes the one of that name. It goes where `before` or `after` say, else it keeps its place,
 * and a new one becomes the most important of its kind; new rules are enabled (PUT …/pushrules/global/{kind}/{ruleId}).
 */
export function putPushRule(
  changes: PushRuleChanges, kind: PushRuleKind, rule: Omit<PushRule, 'default' | 'enabled'>, { before, after }: PlaceOfRule,
): ChangedPushRules {
  const rules = changes.own[kind] ?? []
  const existing = rules.findIndex((each) => each.rule_id === rule.rule_id)
  const put: PushRule = { ...rule, default: false, enabled: rules[existing]?.enabled ?? true }
  const others = rules.filter((each) => each.rule_id !== rule.rule_id)
  const neighbour = before ?? after
  let at = existing === -1 ? 0 : existing
  if (neighbour !== undefined) {
    const found = others.findIndex((each) => each.rule_id === neighbour)
    if (found === -1) return { ok: false, reason: 'neighbour-not-found' }
    at = before === undefined ? found + 1 : found
  }
  return withOwn(changes, kind, others.toSpliced(at, 0, put))
}

/** Removes a rule of the user; the server's own cannot be removed. */
export function deletePushRule(changes: PushRuleChanges, kind: PushRuleKind, ruleId: string): ChangedPushRules {
  const rules = changes.own[kind] ?? []
  if (isDefaultRule(kind, ruleId)) return { ok: false, reason: 'default-rule' }
  if (!rules.some((rule) => rule.rule_id === ruleId)) return { ok: false, reason: 'rule-not-found' }
  return withOwn(changes, kind, rules.filter((rule) => rule.rule_id !== ruleId))
}

/** Enables or disables a rule, or gives it other actions; the server's own as well. */
export function changePushRule(
  changes: PushRuleChanges, kind: PushRuleKind, ruleId: string, change: Pick<DefaultRuleChange, 'enabled' | 'actions'>,
): ChangedPushRules {
  if (isDefaultRule(kind, ruleId)) {
    const changed = { kind, ruleId, ...findDefaultChange(changes, kind, ruleId), ...change }
    const others = changes.defaults.filter((each) => each.kind !== kind || each.ruleId !== ruleId)
    return { ok: true, changes: { ...changes, defaults: [...others, changed] } }
  }
  const rules = changes.own[kind] ?? []
  if (!rules.some((rule) => rule.rule_id === ruleId)) return { ok: false, reason: 'rule-not-found' }
  return withOwn(changes, kind, rules.map((rule) => rule.rule_id === ruleId ? { ...rule, ...change } : rule))
}

function isDefaultRule(kind: PushRuleKind, ruleId: string): boolean {
  return DEFAULT_PUSH_RULES.some((rule) => rule.kind === kind && rule.ruleId === ruleId)
}

function withOwn(changes: PushRuleChanges, kind: PushRuleKind, rules: readonly PushRule[]): ChangedPushRules {
  return { ok: true, changes: { ...changes, own: { ...changes.own, [kind]: rules } } }
}

function withChange(rule: PushRule, change: DefaultRuleChange | undefined): PushRule {
  if (change === undefined) return rule
  return { ...rule, enabled: change.enabled ?? rule.enabled, actions: change.actions ?? rule.actions }
}
