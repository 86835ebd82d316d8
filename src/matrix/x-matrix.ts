import { canonicalJson } from './canonical-json.ts'
import { signText, type SigningKey } from './signing.ts'

/** What the signature of a request between servers covers (Server-Server API, Request Authentication). */
export interface SignedRequest {
  readonly method: string
  /** The path and the query, as they stand in the request. */
  readonly uri: string
  readonly origin: string
  /** Undefined where an old server did not say it. */
  readonly destination: string | undefined
  /** The body as Canonical JSON; undefined where there is none. */
  readonly content: string | undefined
}

/** What an X-Matrix Authorization header says. */
export interface XMatrix {
  readonly origin: string
  readonly destination: string | undefined
  readonly keyId: string
  readonly signature: string
}

/** The text that is signed. Its parts are in the order of Canonical JSON, and the body is that already. */
export function requestText({ method, uri, origin, destination, content }: SignedRequest): string {
  const of = (name: string, value: string) => `"${name}":${canonicalJson(value)}`
  const parts = [
    ...(content === undefined ? [] : [`"content":${content}`]),
    ...(destination === undefined ? [] : [of('destination', destination)]),
    of('method', method), of('origin', origin), of('uri', uri),
  ]
  return `{${parts.join(',')}}`
}

/** The Authorization header of a request of ours. */
export function xMatrixHeader(request: SignedRequest & { readonly destination: string }, key: SigningKey): string {
  const { origin, destination } = request
  return `X-Matrix origin="${origin}",destination="${destination}",key="${key.keyId}",sig="${signText(requestText(request), key)}"`
}

const SCHEME = /^[ \t]*x-matrix +/i
/** A name, and a value that is quoted or not; older servers write colons, and slashes of Base64, without quotes. */
const PARAMETER = /[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^",\s]*))[ \t]*(?:,|$)/y
const EMPTY_ITEM = /[ \t]*,/y
const HEADER_LENGTH_MAX = 4096

/**
 * What a header says, or undefined if it is none or says one thing twice. Names in any case and order, values with or
 * without quotes, unknown parameters and white space are all right (Server-Server API, Request Authentication; RFC 9110, 11.4).
 */
export function parseXMatrix(header: string): XMatrix | undefined {
  const scheme = header.length > HEADER_LENGTH_MAX ? null : SCHEME.exec(header)
  if (scheme === null) return undefined
  const parameters = parseParameters(header.slice(scheme[0].length).trimEnd())
  const origin = parameters?.get('origin')
  const keyId = parameters?.get('key')
  const signature = parameters?.get('sig') ?? parameters?.get('signature')
  if (origin === undefined || keyId === undefined || signature === undefined) return undefined
  return { origin, destination: parameters?.get('destination'), keyId, signature }
}

function parseParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (let at = 0; at < text.length;) {
    EMPTY_ITEM.lastIndex = at
    if (EMPTY_ITEM.test(text)) {
      at = EMPTY_ITEM.lastIndex
      continue
    }
    PARAMETER.lastIndex = at
    const match = PARAMETER.exec(text)
    const name = match?.[1]?.toLowerCase()
    if (match === null || name === undefined || parameters.has(name)) return undefined
    parameters.set(name, match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '')
    at = PARAMETER.lastIndex
  }
  return parameters
}
