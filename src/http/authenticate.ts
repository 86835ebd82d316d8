import type { ParsedUrlQuery } from 'node:querystring'
import type { Requester } from '../users/requester.ts'
import { refusalOf, type TokenOutcome } from '../users/token-outcome.ts'
import { MatrixError } from '../matrix/errors.ts'
import type { Operation } from './operation.ts'

/** Port: who keeps the access tokens. */
export interface RequesterSource {
  /** `assertedUserId` and `assertedDeviceId` are whom an application service says that it acts for. */
  findRequester(token: string, asserted: AssertedIdentity): TokenOutcome | Promise<TokenOutcome>
  /** Called for each request of a known requester: it must cost next to nothing. */
  sawRequester?(requester: Requester, ip: string, userAgent: string | undefined): void
}

export interface AssertedIdentity {
  readonly userId: string | undefined
  readonly deviceId: string | undefined
}

export interface Credentials {
  readonly authorization: string | undefined
  readonly query: ParsedUrlQuery
}

export interface AuthenticateOptions {
  readonly requesters: RequesterSource
  /** Whether a token in the query string is good as well (deprecated in v1.11). */
  readonly allowTokenInQuery: boolean
}

export type Authenticate = (credentials: Credentials) => Promise<Requester | undefined>

/** A locked account can still do these (Client-Server API, 5.7.10 Account locking). */
const WHILE_LOCKED: ReadonlySet<string> = new Set(['logout', 'logout_all'])

/**
 * Who asks, by the rules of the operation. Errors: M_MISSING_TOKEN, M_UNKNOWN_TOKEN, M_USER_LOCKED,
 * M_GUEST_ACCESS_FORBIDDEN. Specification: Client-Server API, 5.7 Using access tokens, and 11.18 Guest access.
 */
export function authenticateFor(operation: Operation, { requesters, allowTokenInQuery }: AuthenticateOptions): Authenticate | undefined {
  const { auth, operationId } = operation
  if (auth === 'none') return undefined
  if (auth === 'signature') throw new Error(`${operationId} is for servers, whose signatures this front cannot check`)
  const allowsGuests = auth !== 'token' && auth !== 'appservice'
  const allowsLocked = WHILE_LOCKED.has(operationId)
  return async (credentials) => {
    const token = findToken(credentials, allowTokenInQuery)
    if (token === undefined) {
      if (auth === 'optional') return undefined
      throw new MatrixError('M_MISSING_TOKEN', 'Missing access token.')
    }
    const outcome = await requesters.findRequester(token, assertedIn(credentials.query))
    const requester = requesterOf(outcome, allowsLocked)
    if (requester.isGuest && !allowsGuests) {
      throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 'Guests may not do this. Register an account first.')
    }
    if (auth === 'appservice' && requester.appservice === undefined) {
      throw new MatrixError('M_FORBIDDEN', 'Only application services may do this.')
    }
    return requester
  }
}

function requesterOf(outcome: TokenOutcome, allowsLocked: boolean): Requester {
  if (outcome.kind === 'locked' && allowsLocked) return outcome.requester
  const refusal = refusalOf(outcome)
  if (refusal !== undefined || outcome.kind !== 'known') throw refusal
  return outcome.requester
}

/** The one token of a request: two that differ are no answer to the question who asks. */
function findToken({ authorization, query }: Credentials, allowTokenInQuery: boolean): string | undefined {
  const inHeader = bearerToken(authorization)
  const inQuery = query.access_token
  if (inQuery === undefined || !allowTokenInQuery) return inHeader
  const tokens = new Set(Array.isArray(inQuery) ? inQuery : [inQuery])
  if (inHeader !== undefined) tokens.add(inHeader)
  if (tokens.size > 1) throw new MatrixError('M_UNKNOWN_TOKEN', 'The request carries two different access tokens.')
  const [token] = tokens
  return token === '' ? undefined : token
}

const BEARER = /^bearer +([^\s]+) *$/i

export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  return BEARER.exec(authorization)?.[1]
}

function assertedIn(query: ParsedUrlQuery): AssertedIdentity {
  return {
    userId: single(query.user_id),
    deviceId: single(query.device_id) ?? single(query['org.matrix.msc3202.device_id']),
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
