import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Listener } from '../config/config.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { CertificateWatch, readCertificate } from './certificate-watch.ts'
import { rawResponse } from './raw-response.ts'
import { errorBody } from './reply.ts'

export type RequestListener = (req: IncomingMessage, res: ServerResponse) => void

/** Takes over a connection that asks to become a WebSocket. */
export type UpgradeListener = (req: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface OpenListener {
  readonly url: string
  readonly port: number
  /** Takes no new connections; resolves when the last one is gone. */
  close(): Promise<void>
  /** Cuts what is left. */
  cut(): void
}

/** How long a connection is kept: longer than reverse proxies keep theirs, so that none sends into one that we are closing. */
export const KEEP_ALIVE_MS = 75_000

/** Limits that keep a client which sends slowly, much, or nothing from holding what others need. */
const SERVER_OPTIONS = {
  maxHeaderSize: 16_384,
  headersTimeout: 20_000,
  // Long enough for a large upload over a slow line; bodies of JSON have a shorter limit of their own.
  requestTimeout: 600_000,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 5_000,
  noDelay: true,
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
}

/** Starts to listen. The port may be 0: then the system picks one. */
export async function openListener(
  listener: Pick<Listener, 'bind' | 'port'>, onRequest: RequestListener, onUpgrade: UpgradeListener,
): Promise<OpenListener> {
  return listen(createServer(SERVER_OPTIONS, onRequest), 'http', listener, onUpgrade)
}

/** The same with TLS; the certificate is exchanged when its files change. */
export async function openTlsListener(
  listener: Pick<Listener, 'bind' | 'port'>, files: NonNullable<Listener['tls']>, onRequest: RequestListener, onUpgrade: UpgradeListener,
  { clock, log }: { readonly clock: Clock, readonly log: Log },
): Promise<OpenListener> {
  const current = await readCertificate(files)
  const server = createTlsServer({ ...SERVER_OPTIONS, ...current }, onRequest)
  const open = await listen(server, 'https', listener, onUpgrade)
  const watch = new CertificateWatch({ files, current, use: (certificate) => server.setSecureContext(certificate), clock, log })
  return {
    ...open,
    close() {
      watch.close()
      return open.close()
    },
  }
}

async function listen(
  server: Server, scheme: 'http' | 'https', { bind, port: wished }: Pick<Listener, 'bind' | 'port'>, onUpgrade: UpgradeListener,
): Promise<OpenListener> {
  server.on('upgrade', onUpgrade)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(wished, bind, resolve)
  await promise
  server.off('error', reject)
  const { port } = addressOf(server)
  return {
    port,
    url: `${scheme}://${bind.includes(':') ? `[${bind}]` : bind}:${port}`,
    close: () => closeServer(server),
    cut: () => server.closeAllConnections(),
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port')
  return address
}

function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeIdleConnections()
  return promise
}

const REFUSALS: Readonly<Record<string, { readonly status: string, readonly message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: '431 Request Header Fields Too Large', message: 'The headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', message: 'The request took too long to arrive.' },
}

/** Answers what is no HTTP request at all, for which node:http makes no response object. */
function refuse({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, message } = REFUSALS[code] ?? { status: '400 Bad Request', message: 'This is not a request that can be read.' }
  socket.end(rawResponse(status, JSON.stringify(errorBody('M_UNKNOWN', message))))
}
