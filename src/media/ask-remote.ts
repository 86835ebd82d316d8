import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { MatrixError, notFound } from '../matrix/errors.ts'
import { isUnrecognised, type RemoteFailure } from '../remote/outcome.ts'
import { federationPath, withQuery } from '../remote/path.ts'
import type { SignedRequests } from '../remote/signed-requests.ts'
import type { WebClient } from '../remote/web-client.ts'
import { readSecondPart } from './multipart.ts'

export interface AskRemoteParts {
  readonly signedRequests: Pick<SignedRequests, 'open'>
  readonly webClient: Pick<WebClient, 'open'>
  readonly uploadBytesMax: number
}

export interface MediaName { readonly serverName: string, readonly mediaId: string }

/** A file on its way. Whoever got it ends with `close`. */
export interface Incoming {
  readonly contentType: string | undefined
  readonly disposition: string | undefined
  readonly bytes: AsyncIterable<Buffer>
  close(): void
}

/** What the two parts have around the file. */
const AROUND_BYTES_MAX = 128 * 1024
const FETCH_MS_MAX = 120_000
const REDIRECTS_MAX = 3

/**
 * Asks a server for a file of its (Server-Server API, Content Repository). Where the file is elsewhere it is fetched from there;
 * a server of before authenticated media is asked in the old way. Errors: M_NOT_FOUND, M_UNKNOWN (502).
 */
export async function openRemoteFile(parts: AskRemoteParts, name: MediaName, waitMs: number): Promise<Incoming> {
  const { serverName, mediaId } = name
  const path = withQuery(federationPath('v1', 'media', 'download', mediaId), { timeout_ms: waitMs })
  const answer = await parts.signedRequests.open(serverName, path, limitsOf(parts))
  if (!answer.ok) {
    if (isUnrecognised(answer)) return openInOldWay(parts, name, waitMs)
    throw failureOf(serverName, answer)
  }
  const { headers, body } = answer.value
  const part = await readSecondPart(headers['content-type'], body).catch(() => undefined)
  const location = part?.headers.get('location')
  if (part !== undefined && location === undefined) {
    return {
      contentType: part.headers.get('content-type'), disposition: part.headers.get('content-disposition'), bytes: part.bytes,
      close: () => drop(body),
    }
  }
  drop(body)
  if (location === undefined) throw unavailable(`${serverName} gave no file.`)
  return openElsewhere(parts, serverName, location)
}

/** Where a server keeps its files with somebody else, that is an address of the web like others. */
async function openElsewhere(parts: AskRemoteParts, serverName: string, location: string): Promise<Incoming> {
  if (!location.startsWith('https://')) throw unavailable(`${serverName} gave no file.`)
  const answer = await parts.webClient.open(location, { ...limitsOf(parts), redirectsMax: REDIRECTS_MAX })
  if (!answer.ok) throw unavailable(`${serverName} leads to a place that gives no file: ${answer.message}`)
  if (answer.status === 200) return incomingOf(answer)
  drop(answer.body)
  const message = `${serverName} leads to a place that gives no file.`
  throw answer.status === 404 ? notFound(message) : unavailable(message)
}

async function openInOldWay(parts: AskRemoteParts, { serverName, mediaId }: MediaName, waitMs: number): Promise<Incoming> {
  const path = ['/_matrix/media/v3/download', encodeURIComponent(serverName), encodeURIComponent(mediaId)].join('/')
  const query = { allow_remote: false, timeout_ms: waitMs }
  const answer = await parts.signedRequests.open(serverName, withQuery(path, query), limitsOf(parts))
  if (!answer.ok) throw failureOf(serverName, answer)
  return incomingOf(answer.value)
}

function incomingOf({ headers, body }: { readonly headers: IncomingHttpHeaders, readonly body: Readable }): Incoming {
  return { contentType: headers['content-type'], disposition: headers['content-disposition'], bytes: body, close: () => drop(body) }
}

function drop(body: Readable): void {
  body.on('error', () => undefined).destroy()
}

/** Of a server that cannot be asked no file can be found. */
function failureOf(serverName: string, failure: RemoteFailure): MatrixError {
  if (failure.reason !== 'answered' || failure.status === 404) return notFound(`${serverName} gives no such file: ${failure.message}`)
  return unavailable(`${serverName} does not give the file: ${failure.message}`)
}

/** The error for who asked for a file that another server does not give: M_UNKNOWN with the status 502. */
export function unavailable(message: string): MatrixError {
  return new MatrixError('M_UNKNOWN', message, { status: 502 })
}

function limitsOf({ uploadBytesMax }: AskRemoteParts): { readonly timeoutMs: number, readonly sizeBytesMax: number } {
  return { timeoutMs: FETCH_MS_MAX, sizeBytesMax: uploadBytesMax + AROUND_BYTES_MAX }
}
