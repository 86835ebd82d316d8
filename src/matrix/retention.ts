import { ownValue, type JsonObject, type JsonValue } from './json.ts'

/** For how long the messages of a room must be kept at least and may be kept at most; what is undefined is not limited. */
export interface RetentionPolicy {
  readonly minLifetimeMs: number | undefined
  readonly maxLifetimeMs: number | undefined
}

/** What a server says about the policies of its rooms. */
export interface RetentionBounds {
  /** Holds for what a room says nothing about. */
  readonly defaultPolicy: RetentionPolicy
  readonly allowedLifetimeMinMs: number | undefined
  readonly allowedLifetimeMaxMs: number | undefined
}

/** The policy that an `m.room.retention` event states (MSC1763). What is no number of milliseconds says nothing. */
export function retentionPolicyOf(content: JsonObject): RetentionPolicy {
  return { minLifetimeMs: lifetimeIn(content, 'min_lifetime'), maxLifetimeMs: lifetimeIn(content, 'max_lifetime') }
}

/** After how long the messages of a room expire; undefined for never. */
export function effectiveLifetime(policy: RetentionPolicy | undefined, bounds: RetentionBounds): number | undefined {
  const { defaultPolicy, allowedLifetimeMinMs = 0, allowedLifetimeMaxMs = Number.POSITIVE_INFINITY } = bounds
  const max = policy?.maxLifetimeMs ?? defaultPolicy.maxLifetimeMs
  if (max === undefined) return undefined
  const min = policy?.minLifetimeMs ?? defaultPolicy.minLifetimeMs ?? 0
  // A room may ask for more or less than the server allows, and gets what comes nearest.
  return Math.min(allowedLifetimeMaxMs, Math.max(allowedLifetimeMinMs, min, max))
}

/** Why a client may not set this policy; undefined where it may. */
export function findRetentionProblem(content: JsonObject): string | undefined {
  for (const key of ['min_lifetime', 'max_lifetime']) {
    const value = ownValue(content, key)
    if (value !== undefined && value !== null && !isLifetime(value)) return `${key} is no number of milliseconds.`
  }
  const { minLifetimeMs = 0, maxLifetimeMs = Number.POSITIVE_INFINITY } = retentionPolicyOf(content)
  return minLifetimeMs > maxLifetimeMs ? 'min_lifetime is greater than max_lifetime.' : undefined
}

function lifetimeIn(content: JsonObject, key: string): number | undefined {
  const value = ownValue(content, key)
  return isLifetime(value) ? value : undefined
}

function isLifetime(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
