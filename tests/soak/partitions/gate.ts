// A way to a server that can be shut: connections through it break, and new ones are refused.
import { connect, createServer, type Server, type Socket } from 'node:net'

export class Gate {
  readonly #from: number
  readonly #to: number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  /** Leads from one port of this machine to another. */
  constructor(from: number, to: number) {
    this.#from = from
    this.#to = to
  }

  async open(): Promise<void> {
    const server = createServer((socket) => this.#pass(socket))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(this.#from, '127.0.0.1', resolve))
  }

  async shut(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => server === undefined ? resolve() : server.close(() => resolve()))
  }

  #pass(incoming: Socket): void {
    const outgoing = connect({ host: '127.0.0.1', port: this.#to, noDelay: true })
    for (const [socket, other] of [[incoming, outgoing], [outgoing, incoming]] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
