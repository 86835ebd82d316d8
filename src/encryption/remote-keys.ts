import type { OneTimeKeys } from '../spec/types.ts'
import type { UserKeys } from './user-keys.ts'

/** What was asked for; where that cannot be had, what is known of it from before. */
export type RemoteAnswer<T> = { readonly ok: true, readonly value: T } | { readonly ok: false, readonly known?: T } & Failure

/** What a `failures` of an answer says of one server. */
export interface Failure {
  readonly status: number
  readonly message: string
}

/** By user id and device id. Answers may name users or devices that were not asked for. */
export type ByDevice<T> = Readonly<Record<string, Readonly<Record<string, T>>>>

/** Asks another server for the keys of its users. */
export interface RemoteKeys {
  /** The keys of users; an empty list of devices means all of the user. */
  query(
    server: string, deviceKeys: Readonly<Record<string, readonly string[]>>, timeoutMs: number,
  ): Promise<RemoteAnswer<Readonly<Record<string, UserKeys>>>>
  /** One key of the named algorithm for each device. */
  claim(server: string, oneTimeKeys: ByDevice<string>, timeoutMs: number): Promise<RemoteAnswer<ByDevice<OneTimeKeys>>>
}

const TIMEOUT_MS_MAX = 10_000

/** How long to wait for other servers: as long as the client asks, 10 seconds at most and by default. */
export function remoteTimeoutMs(asked: number | undefined): number {
  return Math.min(Math.max(asked ?? TIMEOUT_MS_MAX, 0), TIMEOUT_MS_MAX)
}

/**
 * Asks each server for what is its users', all at once. The answers hold users of the server that were asked for and
 * nobody else, whatever it answered.
 */
export async function askServers<Wish, T>(
  byServer: ReadonlyMap<string, readonly (readonly [userId: string, wish: Wish])[]>,
  ask: (server: string, wishes: Readonly<Record<string, Wish>>) => Promise<RemoteAnswer<Readonly<Record<string, T>>>>,
): Promise<{ answers: (readonly [userId: string, answer: T])[], failures: (readonly [server: string, failure: Failure])[] }> {
  const answers: (readonly [string, T])[] = []
  const failures: (readonly [string, Failure])[] = []
  await Promise.all([...byServer].map(async ([server, wishes]) => {
    const outcome = await ask(server, Object.fromEntries(wishes))
    if (!outcome.ok) failures.push([server, { status: outcome.status, message: outcome.message }])
    const found = outcome.ok ? outcome.value : outcome.known
    for (const [userId] of wishes) {
      const answer = found !== undefined && Object.hasOwn(found, userId) ? found[userId] : undefined
      if (answer !== undefined) answers.push([userId, answer])
    }
  }))
  return { answers, failures }
}
