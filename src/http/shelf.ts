import { createRequire } from 'node:module'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { TimerWheel, WheelTimer } from '../util/timer-wheel.ts'

/** A connection on the shelf: it waits for our answer, or, having had it, for the client's next request. */
interface Shelved {
  /** What the client said too early, before it had its answer. */
  early: Buffer | undefined
  /** Called when the client goes away; undefined once it has been answered. */
  whenGone: (() => void) | undefined
  /** Until when it may be quiet after its answer. */
  deadline: WheelTimer | undefined
}

/** What node:http keeps with a connection, and what takes its parser off it. Not public: `take` looks whether it is there. */
interface OfHttp {
  readonly parser?: object | null
  readonly server?: { emit(event: string, socket: Socket): boolean }
  readonly _httpMessage?: ServerResponse | null
}
type FreeParser = (parser: object, request: IncomingMessage, socket: Socket) => void

const { freeParser } = createRequire(import.meta.url)('node:_http_common') as { freeParser?: FreeParser }

const EVENTS = ['data', 'end', 'close', 'drain', 'error', 'timeout', 'resume', 'pause'] as const
/** The names of the listeners that node:http puts on a connection, as it removes them itself for an upgrade. */
const HTTP_LISTENERS = /^(?:bound )?(?:socketOn(?:Data|End|Close|Drain|Error|Timeout)|onSocket(?:Resume|Pause))$/

/**
 * Connections that wait for long, taken off node:http: its parser, request, response and listeners cost 11 KB for each,
 * the bare socket 3 (measured with 10,000). The answer is written to the socket itself, and when the client speaks again
 * its connection is handed to node:http like a new one.
 */
export class Shelf {
  readonly #shelved = new Map<Socket, Shelved>()
  readonly #timers: TimerWheel
  readonly #keepAliveMs: number
  readonly #onData: (this: Socket, chunk: Buffer) => void
  readonly #onClose: (this: Socket) => void
  #isClosing = false

  constructor(timers: TimerWheel, keepAliveMs: number) {
    this.#timers = timers
    this.#keepAliveMs = keepAliveMs
    const receive = (socket: Socket, chunk: Buffer): void => this.#receive(socket, chunk)
    const lose = (socket: Socket): void => this.#lose(socket)
    // Shared by all connections: closures of its own would cost each of them half of what is saved.
    this.#onData = function onData(chunk) {
      receive(this, chunk)
    }
    this.#onClose = function onClose() {
      lose(this)
    }
  }

  get size(): number {
    return this.#shelved.size
  }

  /** Takes over the connection of a request that was read and not answered yet. False where that cannot be done. */
  take(request: IncomingMessage, res: ServerResponse, whenGone: () => void): boolean {
    const { socket } = request
    const { parser, server, _httpMessage: current } = ofHttp(socket)
    if (freeParser === undefined || parser === undefined || parser === null || server === undefined) return false
    const isPlain = request.complete && request.httpVersion === '1.1' && request.method === 'GET' && res.shouldKeepAlive
    // A pipelined request, or an answer that has begun, stays where it is.
    if (!isPlain || res.headersSent || current !== res || socket.destroyed) return false
    res.detachSocket(socket)
    for (const event of EVENTS) {
      for (const listener of socket.listeners(event) as ((...args: unknown[]) => void)[]) {
        if (HTTP_LISTENERS.test(listener.name)) socket.removeListener(event, listener)
      }
    }
    freeParser(parser, request, socket)
    this.#shelved.set(socket, { early: undefined, whenGone, deadline: undefined })
    socket.on('data', this.#onData)
    socket.on('end', destroy)
    socket.on('error', ignore)
    socket.on('close', this.#onClose)
    return true
  }

  /** Answers with the text of a whole HTTP response. */
  answer(socket: Socket, text: string): void {
    const shelved = this.#shelved.get(socket)
    if (shelved?.whenGone === undefined) return
    shelved.whenGone = undefined
    if (this.#isClosing) {
      socket.end(text)
      return
    }
    socket.write(text)
    if (shelved.early !== undefined) this.#giveBack(socket, shelved.early)
    else shelved.deadline = this.#timers.add(this.#keepAliveMs, () => socket.destroy())
  }

  /** From now on each answer is the last on its connection; those who wait for none are let go. */
  close(): void {
    this.#isClosing = true
    for (const [socket, { whenGone }] of this.#shelved) if (whenGone === undefined) socket.destroySoon()
  }

  /** Cuts what is left. */
  cut(): void {
    for (const socket of this.#shelved.keys()) socket.destroy()
  }

  #receive(socket: Socket, chunk: Buffer): void {
    const shelved = this.#shelved.get(socket)
    if (shelved === undefined) return
    if (shelved.whenGone === undefined) {
      this.#giveBack(socket, chunk)
      return
    }
    // Its next request waits in the system's buffers until this one has its answer.
    shelved.early = shelved.early === undefined ? chunk : Buffer.concat([shelved.early, chunk])
    socket.pause()
  }

  #lose(socket: Socket): void {
    const shelved = this.#shelved.get(socket)
    this.#forget(socket)
    shelved?.whenGone?.()
  }

  #forget(socket: Socket): void {
    const deadline = this.#shelved.get(socket)?.deadline
    if (deadline !== undefined) this.#timers.cancel(deadline)
    this.#shelved.delete(socket)
  }

  #giveBack(socket: Socket, data: Buffer): void {
    this.#forget(socket)
    socket.removeListener('data', this.#onData)
    socket.removeListener('end', destroy)
    socket.removeListener('error', ignore)
    socket.removeListener('close', this.#onClose)
    socket.unshift(data)
    ofHttp(socket).server?.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket)
    socket.resume()
  }
}

function ofHttp(socket: Socket): OfHttp {
  return socket as OfHttp
}

function destroy(this: Socket): void {
  this.destroy()
}

function ignore(): void {
  // The connection closes after an error, and that is listened to.
}
