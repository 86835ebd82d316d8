import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { ListenerResource } from '../config/sections/listeners.ts'
import type { Answering, Tenant } from './doors.ts'
import { openListener, type OpenListener } from './listener.ts'
import { rawResponse } from './raw-response.ts'
import { errorBody } from './reply.ts'

/** What a process says that hands a request on. Nobody else knows the secret, which stands in the database. */
export const INNER_HEADERS = {
  secret: 'x-hearth-secret',
  /** Whose request it is. */
  address: 'x-hearth-client',
  /** What the listener answers at which it came in. */
  resources: 'x-hearth-resources',
} as const

const RESOURCES: readonly ListenerResource[] = ['client', 'federation']
const REFUSAL = rawResponse('403 Forbidden', JSON.stringify(errorBody('M_FORBIDDEN', 'This is for the processes of one server.')))
const NOBODY_HOME = rawResponse('503 Service Unavailable', JSON.stringify(errorBody('M_UNKNOWN', 'This process stands by.')))

/** Where the other processes of this server hand their requests on to this one. */
export class InnerDoor {
  #listener: OpenListener | undefined
  readonly #secret: Buffer
  readonly #addresses = new WeakMap<IncomingMessage, string>()
  #tenant: Tenant | undefined
  readonly #answering = new Map<string, Answering>()

  /** Opens it; until somebody is let in it turns everybody away. */
  static async open(place: { readonly bind: string, readonly port: number }, secret: string): Promise<InnerDoor> {
    const door = new InnerDoor(secret)
    door.#listener = await openListener(
      place,
      (req, res) => {
        const answering = door.#admit(req)
        if (typeof answering === 'string') res.socket?.end(answering)
        else answering.onRequest(req, res)
      },
      (req, socket, head) => {
        const answering = door.#admit(req)
        if (typeof answering === 'string') socket.end(answering)
        else answering.onUpgrade(req, socket, head)
      },
    )
    return door
  }

  private constructor(secret: string) {
    this.#secret = digest(secret)
  }

  get url(): string {
    return this.#listener?.url ?? ''
  }

  /** From now on this tenant answers what is handed on. */
  letIn(tenant: Tenant): void {
    this.#tenant = tenant
    this.#answering.clear()
  }

  /** Whose request it was that another process handed on; undefined for any other request. */
  addressOf(request: IncomingMessage): string | undefined {
    return this.#addresses.get(request)
  }

  async close(): Promise<void> {
    await this.#listener?.close()
  }

  cut(): void {
    this.#listener?.cut()
  }

  /** Who answers; or else a refusal as a whole response. */
  #admit(request: IncomingMessage): Answering | string {
    const { headers } = request
    const { [INNER_HEADERS.secret]: secret, [INNER_HEADERS.address]: address, [INNER_HEADERS.resources]: resources } = headers
    if (typeof secret !== 'string' || !timingSafeEqual(digest(secret), this.#secret)) return REFUSAL
    if (this.#tenant === undefined) return NOBODY_HOME
    this.#addresses.set(request, String(address ?? ''))
    const named = String(resources ?? '')
    const known = this.#answering.get(named)
    if (known !== undefined) return known
    const answering = this.#tenant.answering(RESOURCES.filter((resource) => named.split(',').includes(resource)))
    this.#answering.set(named, answering)
    return answering
  }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
