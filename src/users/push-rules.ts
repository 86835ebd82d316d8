import { invalidParam, MatrixError, missingParam, notFound } from '../matrix/errors.ts'
import type { JsonObject, JsonValue } from '../matrix/json.ts'
import { compilePushRules, DEFAULT_COMPILED_PUSH_RULES, type CompiledPushRules } from '../matrix/push-rules/evaluate-push-rules.ts'
import {
  changePushRule, deletePushRule, findPushRule, mergePushRules, NO_PUSH_RULE_CHANGES, putPushRule,
  type ChangedPushRules, type PlaceOfRule, type PushRuleChanges,
} from '../matrix/push-rules/push-rule-changes.ts'
import { PUSH_RULE_KINDS, readPushActions, readPushRule, type PushAction, type PushRuleKind } from '../matrix/push-rules/push-rule.ts'
import type { PushRule, PushRuleset } from '../spec/types.ts'
import type { Db, Transaction } from '../store/database.ts'
import { listPushRules, lockPushRules, upsertPushRules } from '../store/users/push-rules.ts'
import type { Stream } from '../streams/stream.ts'
import { Batch } from '../util/batch.ts'
import { PerUserCache } from './per-user-cache.ts'

/** The rules of a user, ready to be evaluated, and when they last changed. */
export interface UserPushRules {
  readonly changes: PushRuleChanges
  readonly compiled: CompiledPushRules
  /** 0 for who never changed any. */
  readonly pos: number
}

interface Owner { readonly user: number, readonly userId: string }

const REMEMBERED_MAX = 100_000
const OWN_RULES_MAX = 10_000
const DEFAULTS: UserPushRules = { changes: NO_PUSH_RULE_CHANGES, compiled: DEFAULT_COMPILED_PUSH_RULES, pos: 0 }

/** What each user wants to be told of (Client-Server API, Push Notifications: Push Rules). */
export class PushRules {
  readonly #stream: Stream
  readonly #cache: PerUserCache<UserPushRules>

  constructor({ db, stream }: { db: Db, stream: Stream }) {
    this.#stream = stream
    const rows = new Batch(async (users: readonly number[]) => {
      const found = new Map((await listPushRules(db, users)).map((row) => [row.user, row]))
      return users.map((user) => found.get(user))
    })
    this.#cache = new PerUserCache(REMEMBERED_MAX, async (user) => {
      const row = await rows.get(user)
      if (row === undefined) return DEFAULTS
      const changes = JSON.parse(row.rules) as PushRuleChanges
      return { changes, compiled: compilePushRules(changes), pos: row.pos }
    })
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'push-rules') this.#cache.forget(change.user)
    })
  }

  /** The rules of a local user; at once where they are remembered. */
  rulesOf(user: number): UserPushRules | Promise<UserPushRules> {
    return this.#cache.get(user)
  }

  /** The rules as clients see them, by kind; also the content of `m.push_rules` in a sync, under `global`. */
  async rulesetOf({ user, userId }: Owner): Promise<PushRuleset> {
    return mergePushRules(userId, (await this.rulesOf(user)).changes) as PushRuleset
  }

  /** Errors: M_NOT_FOUND. */
  async get({ user, userId }: Owner, kind: PushRuleKind, ruleId: string): Promise<PushRule> {
    const rule = findPushRule(userId, (await this.rulesOf(user)).changes, kind, ruleId)
    if (rule === undefined) throw ruleNotFound()
    return rule as PushRule
  }

  /**
   * Adds a rule of the user or changes it. Errors: M_INVALID_PARAM for a name or content that no rule can have,
   * M_MISSING_PARAM, M_UNKNOWN for a place beside a rule that is not there.
   */
  async put({ user }: Owner, kind: PushRuleKind, ruleId: string, body: JsonObject, place: PlaceOfRule): Promise<void> {
    const read = readPushRule(kind, ruleId, body)
    if (!read.ok) throw read.reason === 'missing' ? missingParam(read.message) : invalidParam(read.message)
    await this.#change(user, (changes) => {
      const changed = putPushRule(changes, kind, read.rule, place)
      if (changed.ok && countOwn(changed.changes) > OWN_RULES_MAX) throw invalidParam('You have too many push rules.')
      return changed
    })
  }

  /** Errors: M_NOT_FOUND, M_INVALID_PARAM for a rule of the server. */
  async delete({ user }: Owner, kind: PushRuleKind, ruleId: string): Promise<void> {
    await this.#change(user, (changes) => deletePushRule(changes, kind, ruleId))
  }

  /** Errors: M_NOT_FOUND. */
  async setEnabled({ user }: Owner, kind: PushRuleKind, ruleId: string, enabled: boolean): Promise<void> {
    await this.#change(user, (changes) => changePushRule(changes, kind, ruleId, { enabled }))
  }

  /** Errors: M_NOT_FOUND, M_INVALID_PARAM for what is no list of actions. */
  async setActions({ user }: Owner, kind: PushRuleKind, ruleId: string, value: JsonValue): Promise<void> {
    const actions: readonly PushAction[] | undefined = readPushActions(value)
    if (actions === undefined) throw invalidParam('actions is no list of actions.')
    await this.#change(user, (changes) => changePushRule(changes, kind, ruleId, { actions }))
  }

  async #change(user: number, change: (changes: PushRuleChanges) => ChangedPushRules): Promise<void> {
    await this.#stream.transact(async (trx) => {
      const stored = await lockPushRules(trx, user)
      const changed = change(stored === undefined ? NO_PUSH_RULE_CHANGES : JSON.parse(stored) as PushRuleChanges)
      if (!changed.ok) throw refusalFor(changed.reason)
      const rules = JSON.stringify(changed.changes)
      return {
        value: undefined,
        positions: 1,
        async write(writing: Transaction, pos: number) {
          await upsertPushRules(writing, { user, rules, pos })
          return [{ kind: 'push-rules' as const, user, pos }]
        },
      }
    })
  }
}

function refusalFor(reason: 'rule-not-found' | 'neighbour-not-found' | 'default-rule'): MatrixError {
  switch (reason) {
    case 'rule-not-found': return ruleNotFound()
    case 'neighbour-not-found': return new MatrixError('M_UNKNOWN', 'There is no such rule of yours to put it before or after.')
    case 'default-rule': return invalidParam('Rules of the server can be disabled, but not removed.')
  }
}

function ruleNotFound(): MatrixError {
  return notFound('There is no such push rule.')
}

function countOwn({ own }: PushRuleChanges): number {
  return PUSH_RULE_KINDS.reduce((sum, kind) => sum + (own[kind]?.length ?? 0), 0)
}
