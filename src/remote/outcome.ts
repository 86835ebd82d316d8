import type { JsonObject } from '../matrix/json.ts'

/**
 * At which step a request failed: the name has no address, the address may not be reached, nobody listens there, the
 * certificate is not the right one, the connection broke, it took too long, the answer is too large, leads in circles, or
 * is none; or the one who asked does not want to know any more.
 */
export type Problem =
  'name' | 'address' | 'connection' | 'certificate' | 'broken' | 'time' | 'size' | 'redirect' | 'protocol' | 'aborted'

/** Why a request had no answer at all. */
export interface NoAnswer {
  readonly ok: false
  readonly problem: Problem
  /** For people; it says which name, address or limit. */
  readonly message: string
}

/** Why another server did not do what was asked. */
export type RemoteFailure =
  /** It answered with an error. */
  | {
    readonly reason: 'answered', readonly status: number, readonly errcode: string | undefined, readonly message: string,
    readonly body: JsonObject | undefined,
  }
  | { readonly reason: 'unreachable', readonly problem: Problem, readonly message: string }
  /** It did not answer of late and is left alone for a while; nothing was sent. */
  | { readonly reason: 'down', readonly until: number, readonly message: string }
  /** We do not talk to it, or it is no server. */
  | { readonly reason: 'not-allowed', readonly message: string }

export type RemoteOutcome<T> = { readonly ok: true, readonly value: T } | ({ readonly ok: false } & RemoteFailure)

/** The error by which a step says where a request failed; it does not leave this folder. */
export class RequestFault extends Error {
  readonly problem: Problem

  constructor(problem: Problem, message: string) {
    super(message)
    this.name = 'RequestFault'
    this.problem = problem
  }
}

/** What comes of a request that got no answer. */
export function noAnswer({ problem, message }: RequestFault): NoAnswer {
  return { ok: false, problem, message }
}

/** Whether a server does not know what it was asked for (Client-Server API, Common error codes). */
export function isUnrecognised(failure: RemoteFailure): boolean {
  if (failure.reason !== 'answered') return false
  return failure.errcode === 'M_UNRECOGNIZED' || (failure.errcode === undefined && (failure.status === 404 || failure.status === 405))
}
