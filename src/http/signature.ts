import type { IncomingMessage } from 'node:http'
import { MatrixError } from '../matrix/errors.ts'
import { parseServerName } from '../matrix/server-name.ts'
import { verifyText, type VerifyKey } from '../matrix/signing.ts'
import { parseXMatrix, requestText, type XMatrix } from '../matrix/x-matrix.ts'

/** Port: who knows other servers. */
export interface OriginSource {
  /** Our own name, which requests are addressed to. */
  readonly serverName: string
  /** Why there is no talk with a server, for people; undefined if there is. */
  findObjection(serverName: string): string | undefined
  /** A key that the server signs with at present. */
  findKey(serverName: string, keyId: string): Promise<VerifyKey | undefined>
  /** Called with each server that signed a request. */
  sawOrigin(serverName: string): void
}

/** Who says that they are asking. Nothing of it was checked but its form. */
export interface Claim {
  readonly origin: string
  readonly destination: string | undefined
  readonly signatures: readonly XMatrix[]
}

/** A server signs with all its keys, and few have more than one. */
const SIGNATURES_MAX = 10

/**
 * What the Authorization headers of a request say: one for each key that signed, all of the same server, and addressed to
 * us where they are addressed. Errors: M_UNAUTHORIZED, M_FORBIDDEN. Specification: Server-Server API, Request Authentication.
 */
export function readClaim({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>, origins: OriginSource): Claim {
  const headers = headersDistinct['authorization'] ?? []
  if (headers.length === 0) throw unauthorized('The request is not signed: it has no Authorization header of the kind X-Matrix.')
  if (headers.length > SIGNATURES_MAX) throw unauthorized('The request has too many Authorization headers.')
  const signatures = headers.flatMap((header) => parseXMatrix(header) ?? [])
  const [first] = signatures
  if (first === undefined || signatures.length < headers.length) throw unauthorized('The X-Matrix Authorization header cannot be read.')
  const { origin, destination } = first
  if (!signatures.every((other) => other.origin === origin && other.destination === destination)) {
    throw unauthorized('The Authorization headers do not agree on who asks whom.')
  }
  if (destination !== undefined && destination !== origins.serverName) {
    throw unauthorized(`The request is for ${destination}, and this is ${origins.serverName}.`)
  }
  if (parseServerName(origin) === undefined) throw unauthorized('Who asks has no name that a server can have.')
  const objection = origins.findObjection(origin)
  if (objection !== undefined) throw new MatrixError('M_FORBIDDEN', objection)
  return { origin, destination, signatures }
}

/**
 * Checks that the server signed this very request; `content` is the body as Canonical JSON, undefined where there is none.
 * Every signature whose key can be had has to be right, and one at least has to be there. Errors: M_UNAUTHORIZED.
 */
export async function verifyClaim(
  { origin, destination, signatures }: Claim, { method = '', url = '' }: Pick<IncomingMessage, 'method' | 'url'>,
  content: string | undefined, origins: OriginSource,
): Promise<void> {
  const keys = await Promise.all(signatures.map(({ keyId }) => origins.findKey(origin, keyId)))
  const text = requestText({ method, uri: url, origin, destination, content })
  let verified = 0
  for (const [index, { keyId, signature }] of signatures.entries()) {
    const key = keys[index]
    if (key === undefined) continue
    if (!verifyText(text, signature, key)) throw unauthorized(`The signature by ${keyId} of ${origin} is not right.`)
    verified += 1
  }
  if (verified === 0) throw unauthorized(`The key that signed the request cannot be had from ${origin}, or is not in use any more.`)
  origins.sawOrigin(origin)
}

function unauthorized(message: string): MatrixError {
  return new MatrixError('M_UNAUTHORIZED', message)
}
