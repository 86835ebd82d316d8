// One keep-alive connection to a homeserver with one request on it at a time, as a client's browser would hold it.
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AnswerReader, type ParsedAnswer } from './http-answer.ts'

export interface Answer {
  readonly status: number
  readonly body: Buffer
  readonly startedMs: number
  readonly firstByteMs: number
  readonly endedMs: number
}

export interface Request {
  readonly method: string
  readonly path: string
  readonly accessToken?: string | undefined
  readonly body?: string | undefined
}

/** The connection broke before the answer was whole; the server may or may not have acted on the request. */
export class ConnectionLost extends Error {}

interface Waiting {
  readonly text: string
  readonly startedMs: number
  readonly onFreshSocket: boolean
  firstByteMs: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

export class HttpConnection {
  readonly #url: URL
  #socket: Socket | undefined
  #reader = new AnswerReader()
  #waiting: Waiting | undefined

  constructor(url: URL) {
    this.#url = url
  }

  request(request: Request): Promise<Answer> {
    return this.#write(this.#format(request))
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #format({ method, path, accessToken, body }: Request): string {
    const authorization = accessToken === undefined ? '' : `Authorization: Bearer ${accessToken}\r\n`
    const head = `${method} ${path} HTTP/1.1\r\nHost: ${this.#url.host}\r\n${authorization}`
    if (body === undefined) return `${head}\r\n`
    return `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  }

  #write(text: string): Promise<Answer> {
    if (this.#waiting !== undefined) throw new Error('A request is on its way already')
    return new Promise((resolve, reject) => {
      const onFreshSocket = this.#socket === undefined
      this.#waiting = { text, startedMs: performance.now(), onFreshSocket, firstByteMs: 0, resolve, reject }
      this.#socket ??= this.#open()
      this.#socket.write(text)
    })
  }

  #open(): Socket {
    const port = Number(this.#url.port) || (this.#url.protocol === 'https:' ? 443 : 80)
    const host = this.#url.hostname
    const socket = this.#url.protocol === 'https:' ? connectTls({ host, port, servername: host }) : connectPlain({ host, port })
    socket.setNoDelay(true)
    this.#reader = new AnswerReader()
    let cause: Error | undefined
    socket.on('data', (data: Buffer) => this.#receive(socket, data))
    socket.on('error', (error) => { cause = error })
    socket.on('close', () => this.#lose(socket, cause))
    return socket
  }

  #receive(socket: Socket, data: Buffer): void {
    const waiting = this.#waiting
    if (waiting === undefined || socket !== this.#socket) return
    if (waiting.firstByteMs === 0) waiting.firstByteMs = performance.now()
    const parsed = this.#reader.push(data)
    if (parsed !== undefined) this.#answer(waiting, parsed)
  }

  #answer(waiting: Waiting, { status, body, keepAlive }: ParsedAnswer): void {
    this.#waiting = undefined
    if (!keepAlive) this.close()
    const { startedMs, firstByteMs } = waiting
    waiting.resolve({ status, body, startedMs, firstByteMs, endedMs: performance.now() })
  }

  #lose(socket: Socket, cause: Error | undefined): void {
    if (socket !== this.#socket) return
    this.#socket = undefined
    const waiting = this.#waiting
    if (waiting === undefined) return
    const parsed = this.#reader.finish()
    if (parsed !== undefined) return this.#answer(waiting, parsed)
    this.#waiting = undefined
    // A server may close an idle connection just as we write to it. It has read nothing of the request then, so it is sent anew.
    const wasIdle = waiting.firstByteMs === 0 && !waiting.onFreshSocket
    if (wasIdle) return void this.#write(waiting.text).then(waiting.resolve, waiting.reject)
    waiting.reject(new ConnectionLost(cause?.message ?? 'The server closed the connection'))
  }
}
