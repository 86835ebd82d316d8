import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { TimerWheel } from '../util/timer-wheel.ts'
import { CORS_HEADERS } from './cors.ts'
import type { Line } from './line.ts'
import type { Reply } from './reply.ts'

/** A body that was refused is still read up to here, so that the client gets to see why. */
const LINGER_BYTES = 512 * 1024
const LINGER_MS = 2000
/** A smaller rest is read to its end, and the connection can be used again. */
const SMALL_BODY_BYTES = 64 * 1024

/** Writes an answer. Both doors end here, so that both answer alike. */
export function writeReply(request: IncomingMessage, res: ServerResponse, reply: Reply, requestId: string, line: Line): void {
  if (res.headersSent || res.destroyed) return
  const { body } = reply
  const lingers = !request.complete && !isSmall(request)
  const headers = headersOf(reply, requestId)
  if (lingers || line.isClosing) headers.push('connection', 'close')
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) {
    res.writeHead(reply.status, headers)
    if (request.method === 'HEAD') {
      body.destroy()
      res.end()
    } else stream(body, res)
    return
  }
  if (reply.status !== 204 && reply.status !== 304) headers.push('content-length', String(Buffer.byteLength(body)))
  res.writeHead(reply.status, headers)
  if (!lingers) res.end(body)
  else linger(request, res, body, line.timers)
}

/** The names and values that every answer has and those of this one, in turn. */
export function headersOf(reply: Reply, requestId: string): string[] {
  const headers = [...CORS_HEADERS, 'x-request-id', requestId]
  for (const name in reply.headers) headers.push(name, reply.headers[name] ?? '')
  return headers
}

function isSmall({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return false
  return Number(headers['content-length'] ?? 0) <= SMALL_BODY_BYTES
}

/**
 * The answer is out, but the client is still sending what nobody wants. Were the connection closed now, the system
 * would reset it, and the client would lose the answer: so a little more is read, then nothing, and then it is cut.
 */
function linger(request: IncomingMessage, res: ServerResponse, body: string | Buffer, timers: TimerWheel): void {
  let left = LINGER_BYTES
  const timer = timers.add(LINGER_MS, end)
  function end(): void {
    timers.cancel(timer)
    res.end()
  }
  res.on('close', () => timers.cancel(timer))
  request.on('end', end)
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left <= 0) request.pause()
  })
  res.write(body)
  request.resume()
}

function stream(body: Readable, res: ServerResponse): void {
  body.on('error', () => res.destroy())
  res.on('close', () => body.destroy())
  body.pipe(res)
}
