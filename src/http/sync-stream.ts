import type { WebSocket } from 'ws'
import { MatrixError } from '../matrix/errors.ts'
import { isJsonObject, parseJson, STRICT, type JsonObject } from '../matrix/json.ts'
import type { ClientTypes } from '../spec/types.ts'
import type { Requester } from '../users/requester.ts'
import type { Log } from '../util/log.ts'
import type { TimerWheel, WheelTimer } from '../util/timer-wheel.ts'
import type { Waiter } from './endpoint.ts'
import { errorReply } from './errors.ts'
import type { Tenure } from './tenure.ts'
import type { Validators } from './validate.ts'

export type SyncQuery = ClientTypes['sync']['query']

/** Port: who answers /sync. */
export interface SyncSource {
  /** Answers when there is something new for the requester after `query.since`, or nothing for `query.timeout`. */
  wait(requester: Requester, query: SyncQuery, waiter: Waiter): void | Promise<void>
}

export interface SyncStreamParts {
  readonly sync: SyncSource
  /** Who a token stands for. Errors: as for any request. */
  readonly authenticate: (token: string | undefined) => Promise<Requester>
  readonly validateQuery: Validators['query']
  readonly timers: TimerWheel
  readonly tenure: Tenure
  readonly log: Log
}

export interface SyncStreamStart {
  readonly id: string
  /** A token that came as a subprotocol. */
  readonly token: string | undefined
  readonly query: Record<string, unknown>
}

const HELLO_MS = 10_000
const WAIT_MS = 300_000
const ACKNOWLEDGE_MS = 30_000
const DRAIN_MS = 10_000
const BUFFERED_BYTES_MAX = 1024 * 1024
const PING_MS = 30_000
const CLOSE_MS = 2000
const CLOSE_RESTART = 1012

/**
 * One reader of the stream. It gets one answer of /sync at a time and the next after it has acknowledged that one, so
 * a reader that is gone or slow holds one frame and no more, and what it has not acknowledged comes again.
 */
export class SyncStream {
  readonly #socket: WebSocket
  readonly #parts: SyncStreamParts
  readonly #id: string
  #query: Record<string, unknown>
  #token: string | undefined
  #state: 'hello' | 'waiting' | 'unacknowledged' | 'over' = 'hello'
  #deadline: WheelTimer
  #ping: WheelTimer
  #isAlive = true
  #whenGone: (() => void) | undefined

  constructor(socket: WebSocket, { id, token, query }: SyncStreamStart, parts: SyncStreamParts) {
    this.#socket = socket
    this.#parts = parts
    this.#id = id
    this.#token = token
    this.#query = query
    this.#deadline = parts.timers.add(HELLO_MS, () => this.#end(4408, 'No first frame'))
    this.#ping = parts.timers.add(PING_MS, () => this.#keepAlive())
    socket.on('message', (data, isBinary) => {
      this.#receive(isBinary ? undefined : data.toString()).catch((error: unknown) => this.#fail(error))
    })
    socket.on('pong', () => {
      this.#isAlive = true
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#forget())
  }

  /** Tells the reader to come back to a server that is not stopping. */
  close(): void {
    this.#end(CLOSE_RESTART, 'The server stops')
  }

  async #receive(text: string | undefined): Promise<void> {
    if (this.#state === 'over') return
    const frame = readFrame(text)
    if (this.#state === 'hello') {
      this.#greet(frame)
    } else if (this.#state === 'unacknowledged' && typeof frame.ack === 'string') {
      this.#query = { ...this.#query, since: frame.ack, full_state: false }
    } else {
      throw new MatrixError('M_BAD_JSON', 'Nothing but an acknowledgement of the last frame is expected.')
    }
    await this.#wait()
  }

  /** The first frame: the token, unless it came as a subprotocol, and what /sync takes in its query. */
  #greet({ access_token: token, ...options }: JsonObject): void {
    if (typeof token === 'string') {
      if (this.#token !== undefined && this.#token !== token) {
        throw new MatrixError('M_UNKNOWN_TOKEN', 'Two different access tokens were given.')
      }
      this.#token = token
    }
    const filter = isJsonObject(options.filter) ? { filter: JSON.stringify(options.filter) } : {}
    this.#query = this.#parts.validateQuery({ ...this.#query, ...options, ...filter })
  }

  async #wait(): Promise<void> {
    const { timers, authenticate, sync } = this.#parts
    this.#state = 'waiting'
    timers.cancel(this.#deadline)
    // The token is looked up anew each time: it may have been revoked since the last frame.
    const requester = await authenticate(this.#token)
    await sync.wait(requester, { ...this.#query, timeout: WAIT_MS }, {
      answer: (jsonText) => this.#answer(jsonText),
      fail: (error) => this.#fail(error),
      onClose: (run) => {
        if (this.#state === 'over') run()
        else this.#whenGone = run
      },
    })
  }

  /** Only what is known to be true is sent: the reader comes back to the process that knows. */
  #answer(jsonText: string): void {
    const { tenure } = this.#parts
    if (tenure.isSure()) this.#send(jsonText)
    else void tenure.confirm().then((isOurs) => isOurs ? this.#send(jsonText) : this.close())
  }

  #send(jsonText: string): void {
    if (this.#state !== 'waiting') return
    const { timers } = this.#parts
    this.#state = 'unacknowledged'
    this.#whenGone = undefined
    this.#socket.send(jsonText)
    this.#deadline = timers.add(DRAIN_MS, () => {
      if (this.#socket.bufferedAmount > BUFFERED_BYTES_MAX) this.#end(4408, 'Too slow a reader')
      else this.#deadline = timers.add(ACKNOWLEDGE_MS - DRAIN_MS, () => this.#end(4408, 'No acknowledgement'))
    })
  }

  /** An error is told in a frame of its own, and in the close code: 4000 and the status that /sync would have had. */
  #fail(error: unknown): void {
    if (this.#state === 'over') return
    const { status, body } = errorReply(error, this.#parts.log, this.#id)
    this.#socket.send(String(body))
    this.#end(4000 + status, error instanceof MatrixError ? error.errcode : 'M_UNKNOWN')
  }

  #keepAlive(): void {
    if (!this.#isAlive) {
      this.#socket.terminate()
      return
    }
    this.#isAlive = false
    this.#socket.ping()
    this.#ping = this.#parts.timers.add(PING_MS, () => this.#keepAlive())
    if (this.#state !== 'waiting') return
    this.#parts.authenticate(this.#token).catch((error: unknown) => this.#fail(error))
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'over') return
    this.#forget()
    this.#socket.close(code, reason)
    // A slow reader does not read that it is being closed either.
    this.#parts.timers.add(CLOSE_MS, () => this.#socket.terminate())
  }

  #forget(): void {
    this.#state = 'over'
    this.#parts.timers.cancel(this.#deadline)
    this.#parts.timers.cancel(this.#ping)
    this.#whenGone?.()
    this.#whenGone = undefined
  }
}

function readFrame(text: string | undefined): JsonObject {
  if (text === undefined) throw new MatrixError('M_NOT_JSON', 'Frames must be text.')
  const parsed = parseJson(text, STRICT)
  if (!parsed.ok) throw new MatrixError(parsed.reason === 'not-json' ? 'M_NOT_JSON' : 'M_BAD_JSON', parsed.message)
  if (!isJsonObject(parsed.value)) throw new MatrixError('M_BAD_JSON', 'A frame must be a JSON object.')
  return parsed.value
}
