import { forbidden, MatrixError } from '../matrix/errors.ts'
import { isJsonObject } from '../matrix/json.ts'

/**
 * The name under which somebody logs in: a user id or its localpart, as an identifier or in the deprecated way;
 * undefined if there is none. Errors: M_FORBIDDEN for third-party identifiers, since none lead to an account here;
 * M_UNKNOWN for other kinds. Specification: Client-Server API, Identifier types.
 */
export function findLoginName(
  { identifier, user, medium, address }: Readonly<Record<string, unknown>>,
): string | undefined {
  if (isJsonObject(identifier)) {
    if (identifier['type'] === 'm.id.user') return typeof identifier['user'] === 'string' ? identifier['user'] : undefined
    if (identifier['type'] === 'm.id.thirdparty' || identifier['type'] === 'm.id.phone') throw noThirdParty()
    throw new MatrixError('M_UNKNOWN', 'That kind of identifier is not known.')
  }
  if (typeof user === 'string') return user
  if (medium !== undefined || address !== undefined) throw noThirdParty()
  return undefined
}

function noThirdParty(): MatrixError {
  return forbidden('One cannot log in here with an e-mail address or a telephone number.')
}
