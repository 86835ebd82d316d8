import { MatrixError } from '../../matrix/errors.ts'
import { listSignatures, withSignature } from '../../matrix/signing.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../../matrix/json.ts'
import type { Destinations } from '../../remote/destinations.ts'
import type { RemoteFailure, RemoteOutcome } from '../../remote/outcome.ts'
import { errcodes, errcodeStatus } from '../../spec/errcodes.ts'

/** So many servers are asked for one thing. */
const SERVERS_MAX = 15
const MESSAGE_LENGTH_MAX = 300

/** What the server answered; where it did not do what was asked, throws the error for who wanted it. */
export function valueOf(server: string, outcome: RemoteOutcome<JsonObject>): JsonObject {
  if (outcome.ok) return outcome.value
  throw errorOf(server, outcome)
}

function errorOf(server: string, failure: RemoteFailure): MatrixError {
  const message = `${server}: ${failure.message.slice(0, MESSAGE_LENGTH_MAX)}`
  if (failure.reason === 'not-allowed') return new MatrixError('M_FORBIDDEN', message)
  if (failure.reason !== 'answered') return new MatrixError('M_UNKNOWN', message, { status: 502 })
  const { status } = failure
  const errcode = errcodes.find((known) => known === failure.errcode)
  // An error of the server behind the one that the client asked is not the client's, nor is one of what we made of its wish
  // (Server-Server API, PUT /invite).
  const isOurs = status >= 500 || status === 401 || errcode === 'M_INVALID_PARAM' || errcode === 'M_MISSING_PARAM'
  if (errcode === undefined || isOurs) return new MatrixError('M_UNKNOWN', message, { status: 502 })
  return new MatrixError(errcode, message, { status: errcodeStatus(errcode) })
}

/**
 * Asks one server after the other until one does what is wanted, those first that answered of late. Throws M_NOT_FOUND where
 * there is none to ask, or the most telling of the errors.
 */
export async function askEach<T>(
  servers: readonly string[], destinations: Pick<Destinations, 'downUntil'>, ask: (server: string) => Promise<T>,
): Promise<T> {
  const unique = [...new Set(servers)].slice(0, SERVERS_MAX)
  const isDown = (server: string): boolean => destinations.downUntil(server) !== undefined
  let worst: MatrixError | undefined
  for (const server of [...unique.filter((each) => !isDown(each)), ...unique.filter(isDown)]) {
    try {
      return await ask(server)
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error
      // What a server says about the room is of more use than that others do not answer.
      if (worst === undefined || (worst.status >= 500 && error.status < 500)) worst = error
    }
  }
  throw worst ?? new MatrixError('M_NOT_FOUND', 'No server is known that has this room.')
}

/** The event with the signatures of a server that it has in the form that the server sent back. */
export function withSignaturesOf(json: JsonObject, returned: JsonValue | undefined, server: string): JsonObject {
  const signatures = isJsonObject(returned) ? listSignatures(returned, server).slice(0, 1) : []
  return signatures.reduce((signed, signature) => withSignature(signed, server, signature), json)
}

/** A list of objects in an answer; what is none is left out. */
export function listObjects(answer: JsonObject, key: string): JsonObject[] {
  const value = ownValue(answer, key)
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
