import { MatrixError } from '../matrix/errors.ts'
import { LeaseLost } from '../store/fence.ts'
import { isConnectionFailure } from '../store/unreachable.ts'
import type { Log } from '../util/log.ts'
import { errorBody, jsonReply, type Reply } from './reply.ts'

/** What is asked now can be asked again in a moment, perhaps of another process. */
export const UNAVAILABLE: Reply = jsonReply(
  503, errorBody('M_UNKNOWN', 'The server is not ready. Try again later.'), { 'retry-after': '1' },
)

/** The client went away while we were still reading: there is nobody left to answer. */
export class ClientGone extends Error {}

/**
 * The one place where an error becomes an answer. What is not a refusal of ours is a fault: it is logged whole, and
 * the client learns no more than the number under which it stands in the log.
 */
export function errorReply(error: unknown, log: Log, requestId: string): Reply {
  if (error instanceof MatrixError) return jsonReply(error.status, error.body(), error.headers)
  if (error instanceof LeaseLost) return UNAVAILABLE
  if (isConnectionFailure(error)) {
    log.error({ error: String(error), requestId }, 'A request failed since the database could not be reached')
    return jsonReply(503, errorBody('M_UNKNOWN', 'The server cannot reach its database. Try again later.'), { 'retry-after': '1' })
  }
  log.error({ err: error, requestId }, 'A request failed')
  return jsonReply(500, errorBody('M_UNKNOWN', `Something went wrong in the server (request ${requestId}).`))
}

const unrecognized = (status: number, headers?: Record<string, string>) =>
  jsonReply(status, errorBody('M_UNRECOGNIZED', 'Unrecognized request.'), headers)

/** Client-Server API, Common error codes: 404 for a path, 405 for a method that nobody serves. */
export const unknownPathReply: Reply = unrecognized(404)

export function wrongMethodReply(allowed: readonly string[]): Reply {
  const known = allowed.flatMap((method) => method === 'GET' ? ['GET', 'HEAD'] : [method])
  return unrecognized(405, { allow: [...known, 'OPTIONS'].join(', ') })
}
