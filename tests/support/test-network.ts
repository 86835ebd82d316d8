import { connect, Socket } from 'node:net'
import type { Network, ServiceRecord } from '../../src/remote/network.ts'

/**
 * An internet within this process: names have addresses that look public, and connections to them end at ports of this
 * machine. Whatever is asked is written down.
 */
export class TestNetwork implements Network {
  readonly #addresses = new Map<string, readonly string[]>()
  readonly #services = new Map<string, readonly ServiceRecord[]>()
  readonly #ports = new Map<string, number>()
  readonly #open = new Set<Socket>()
  #isCut = false
  #count = 0
  /** Questions to DNS, in order. */
  readonly questions: string[] = []
  /** Where connections went, in order. */
  readonly connections: string[] = []
  /** Names to which DNS gives no answer at all. */
  readonly silent = new Set<string>()

  /** Gives a name an address at which ports lead to ports of this machine: `{ 8448: 41234 }`. Gives the address. */
  add(name: string, ports: Readonly<Record<number, number>>, address = this.#newAddress()): string {
    this.#addresses.set(name, [address])
    for (const [port, real] of Object.entries(ports)) this.#ports.set(`${address}:${port}`, real)
    return address
  }

  /** Gives a name any addresses. */
  setAddresses(name: string, ...addresses: readonly string[]): void {
    this.#addresses.set(name, addresses)
  }

  /** Takes a name away, with all that it says. */
  remove(name: string): void {
    this.#addresses.delete(name)
  }

  /** `_matrix-fed._tcp.example.org` and where it is; a priority of 10 and a weight of 1 unless told. */
  addServices(name: string, ...records: readonly (Pick<ServiceRecord, 'name' | 'port'> & Partial<ServiceRecord>)[]): void {
    this.#services.set(name, records.map((record) => ({ priority: 10, weight: 1, ...record })))
  }

  /** Nobody reaches anybody until it is mended; what is open breaks. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#open) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async findAddresses(name: string): Promise<readonly string[]> {
    this.questions.push(name)
    if (this.silent.has(name)) throw new Error('DNS gave no answer')
    return this.#addresses.get(name) ?? []
  }

  async findServices(name: string): Promise<readonly ServiceRecord[]> {
    this.questions.push(name)
    if (this.silent.has(name)) throw new Error('DNS gave no answer')
    return this.#services.get(name) ?? []
  }

  connect(address: string, port: number): Socket {
    this.connections.push(`${address}:${port}`)
    const real = this.#ports.get(`${address}:${port}`) ?? (address === '127.0.0.1' ? port : undefined)
    if (real !== undefined && !this.#isCut) return this.#track(connect({ host: '127.0.0.1', port: real, noDelay: true }))
    const socket = new Socket()
    setImmediate(() => socket.destroy(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })))
    return socket
  }

  #track(socket: Socket): Socket {
    this.#open.add(socket)
    return socket.on('close', () => this.#open.delete(socket))
  }

  #newAddress(): string {
    this.#count += 1
    return `9.8.${this.#count >> 8}.${this.#count & 255}`
  }
}
