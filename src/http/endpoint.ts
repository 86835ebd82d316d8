import type { Requester } from '../users/requester.ts'
import type { Log } from '../util/log.ts'
import type { Operations, OperationTypes } from './operation.ts'
import type { Reply } from './reply.ts'

/** What a handler is told about a request. Everything in it has passed the schemas of the operation. */
export interface EndpointRequest<Params, Query, Body, Who> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly requester: Who
  /** The address of the client, seen through the proxies that the operator trusts. */
  readonly ip: string
  readonly userAgent: string | undefined
  readonly log: Log
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/** What waits for an answer. It outlives the request as little more than a connection. */
export interface Waiter {
  answer(jsonText: string): void
  fail(error: unknown): void
  /** Calls `run` if the client goes away before it has its answer. */
  onClose(run: () => void): void
}

/** A request whose types have been forgotten: the schemas vouch for them. */
export type AnyRequest = EndpointRequest<Record<string, string>, Record<string, unknown>, unknown, Requester | undefined>

/** An operation and who carries it out. */
export interface Endpoint {
  readonly operationId: keyof Operations
  readonly run: AnsweringRun | WaitingRun
}

// Declared as methods, which may ask for more than the table of endpoints knows: `endpoint` has checked the types.
export interface AnsweringRun {
  readonly kind: 'answers'
  handle(request: AnyRequest): Promise<unknown>
}

export interface WaitingRun {
  readonly kind: 'waits'
  handle(request: AnyRequest, waiter: Waiter): void | Promise<void>
}

type Who<Id extends keyof Operations> =
  Operations[Id]['auth'] extends 'none' | 'signature' ? undefined
    : Operations[Id]['auth'] extends 'optional' ? Requester | undefined
      : Requester

export type RequestOf<Id extends keyof Operations> = EndpointRequest<
  OperationTypes[Id]['params'], OperationTypes[Id]['query'], OperationTypes[Id]['body'], Who<Id>
>

/**
 * Ties an operation of the specification to the function that carries it out. What the function returns is sent as
 * JSON with status 200, unless it is a `Reply`; what it throws is turned into an error by the front.
 */
export function endpoint<Id extends keyof Operations>(
  operationId: Id,
  handle: (request: RequestOf<Id>) => Promise<OperationTypes[Id]['response'] | Reply>,
): Endpoint {
  return { operationId, run: { kind: 'answers', handle } }
}

/** The same for an operation that is answered later, when there is something to tell. */
export function waitingEndpoint<Id extends keyof Operations>(
  operationId: Id,
  handle: (request: RequestOf<Id>, waiter: Waiter) => void | Promise<void>,
): Endpoint {
  return { operationId, run: { kind: 'waits', handle } }
}
