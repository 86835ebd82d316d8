import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { MatrixError } from '../matrix/errors.ts'
import { hearthOperations } from '../spec/operations.ts'
import type { Requester } from '../users/requester.ts'
import type { Log } from '../util/log.ts'
import type { TimerWheel } from '../util/timer-wheel.ts'
import { authenticateFor, type RequesterSource } from './authenticate.ts'
import { errorReply } from './errors.ts'
import { describeOperation } from './operation.ts'
import type { Page } from './page.ts'
import { rawResponse } from './raw-response.ts'
import { errorBody, jsonReply } from './reply.ts'
import { SyncStream, type SyncSource } from './sync-stream.ts'
import type { Tenure } from './tenure.ts'
import type { ValidatorFactory, Validators } from './validate.ts'

export interface SyncSocketParts {
  readonly sync: SyncSource
  readonly requesters: RequesterSource
  readonly validatorsOf: ValidatorFactory
  readonly nextRequestId: () => string
  readonly timers: TimerWheel
  readonly tenure: Tenure
  readonly log: Log
}

export interface SyncSocket {
  /** Takes over a connection that asks to become a WebSocket. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes every stream; readers come back with the last token that they acknowledged. */
  close(): void
}

const { path: PATH } = hearthOperations.syncStream
const PROTOCOL = 'hearth.sync.v1'
const TOKEN_PROTOCOL = 'hearth.token.'
/** Room for a filter, which is the largest thing that a reader has to say. */
const FRAME_BYTES_MAX = 64 * 1024

/**
 * `GET /_hearth/client/v1/sync/ws`: /sync as a stream. The access token comes in the first frame, or for browsers as
 * the subprotocol `hearth.token.<token>` beside `hearth.sync.v1`, and never in the address, which proxies write down.
 */
export function createSyncSocket(parts: SyncSocketParts): SyncSocket {
  const { log, timers, sync, tenure, nextRequestId } = parts
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
    // The subprotocol that carries the token is never repeated in the answer.
    handleProtocols: (protocols) => protocols.has(PROTOCOL) ? PROTOCOL : false,
  })
  const streams = new Set<SyncStream>()
  const validateQuery = parts.validatorsOf(describeOperation('client', 'syncStream')).query
  const streamParts = { sync, timers, tenure, log, validateQuery, authenticate: authenticateByToken(parts.requesters) }

  function accept(req: IncomingMessage, socket: Duplex, head: Buffer, id: string): void {
    const start = { id, token: tokenProtocol(req), query: queryOf(req, validateQuery) }
    server.handleUpgrade(req, socket, head, (ws) => {
      const stream = new SyncStream(ws, start, streamParts)
      streams.add(stream)
      ws.on('close', () => streams.delete(stream))
    })
  }

  return {
    upgrade(req, socket, head) {
      const id = nextRequestId()
      socket.on('error', () => socket.destroy())
      try {
        accept(req, socket, head, id)
      } catch (error) {
        const { status, body } = errorReply(error, log, id)
        socket.end(rawResponse(`${status} Refused`, String(body)))
      }
    },
    close() {
      for (const stream of streams) stream.close()
    },
  }
}

function authenticateByToken(requesters: RequesterSource): (token: string | undefined) => Promise<Requester> {
  const authenticate = authenticateFor(describeOperation('client', 'sync'), { requesters, allowTokenInQuery: false })
  return async (token) => {
    const requester = await authenticate?.({ authorization: token === undefined ? undefined : `Bearer ${token}`, query: {} })
    if (requester === undefined) throw new MatrixError('M_MISSING_TOKEN', 'Missing access token.')
    return requester
  }
}

/** What a client learns that asks without the words that make a connection a WebSocket. */
export const syncSocketPage: Page = {
  method: 'GET',
  path: PATH,
  aliases: [],
  handle: () => jsonReply(426, errorBody('M_UNRECOGNIZED', 'This is a WebSocket.'), { upgrade: 'websocket' }),
}

function queryOf(req: IncomingMessage, validateQuery: Validators['query']): Record<string, unknown> {
  const [path, search = ''] = (req.url ?? '/').split('?', 2)
  if (path !== PATH) throw new MatrixError('M_UNRECOGNIZED', 'There is no WebSocket here.')
  const query = parse(search)
  if (query.access_token !== undefined) {
    throw new MatrixError('M_INVALID_PARAM', 'The access token must not stand in the address: send it in the first frame.')
  }
  return validateQuery(query)
}

function tokenProtocol(req: IncomingMessage): string | undefined {
  const offered = req.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
  return offered.find((name) => name.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length)
}
