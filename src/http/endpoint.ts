import type { IncomingMessage } from 'node:http'
import type { Requester } from '../users/requester.ts'
import type { Log } from '../util/log.ts'
import type {
  ClientOperations, ClientOperationTypes, FederationOperations, FederationOperationTypes, Operation, Side,
} from './operation.ts'
import type { Reply } from './reply.ts'

/** What a handler is told about a request. Everything in it has passed the schemas of the operation. */
export interface EndpointRequest<Params, Query, Body, Who> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly requester: Who
  /** As it came with the request, whether or not the operation asks for one; nobody has looked whether it is good. */
  readonly accessToken: string | undefined
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

/** What only a request of another server has. */
interface FromOrigin<Auth> {
  /** The server that signed the request. */
  readonly origin: Auth extends 'signature' ? string : undefined
}

/** A request whose types have been forgotten: the schemas vouch for them. */
export interface AnyRequest extends EndpointRequest<Record<string, string>, Record<string, unknown>, unknown, Requester | undefined> {
  readonly origin?: string | undefined
}

/** An operation and who carries it out. */
export interface Endpoint {
  readonly side: Side
  readonly operationId: string
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

type Who<Auth> =
  Auth extends 'none' | 'signature' ? undefined
    : Auth extends 'optional' ? Requester | undefined
      : Requester

type Described = Pick<Operation, 'auth' | 'body'>
interface Received { readonly params: unknown, readonly query: unknown, readonly body: unknown }

/** Files are not read by the front: their handlers get them as they come. */
type Request<Types extends Received, Of extends Described> =
  EndpointRequest<Types['params'], Types['query'], Of['body'] extends 'bytes' ? IncomingMessage : Types['body'], Who<Of['auth']>>

type ClientRequest<Id extends keyof ClientOperations> = Request<ClientOperationTypes[Id], ClientOperations[Id]>
type FederationRequest<Id extends keyof FederationOperations> =
  Request<FederationOperationTypes[Id], FederationOperations[Id]> & FromOrigin<FederationOperations[Id]['auth']>

/**
 * Ties an operation of the specification to the function that carries it out. What the function returns is sent as
 * JSON with status 200, unless it is a `Reply`; what it throws is turned into an error by the front.
 */
export function endpoint<Id extends keyof ClientOperations & string>(
  operationId: Id,
  handle: (request: ClientRequest<Id>) => Promise<ClientOperationTypes[Id]['response'] | Reply>,
): Endpoint {
  return { side: 'client', operationId, run: { kind: 'answers', handle } }
}

/** The same for an operation that is answered later, when there is something to tell. */
export function waitingEndpoint<Id extends keyof ClientOperations & string>(
  operationId: Id,
  handle: (request: ClientRequest<Id>, waiter: Waiter) => void | Promise<void>,
): Endpoint {
  return { side: 'client', operationId, run: { kind: 'waits', handle } }
}

/** The same for an operation that other servers ask for. */
export function federationEndpoint<Id extends keyof FederationOperations & string>(
  operationId: Id,
  handle: (request: FederationRequest<Id>) => Promise<FederationOperationTypes[Id]['response'] | Reply>,
): Endpoint {
  return { side: 'federation', operationId, run: { kind: 'answers', handle } }
}
