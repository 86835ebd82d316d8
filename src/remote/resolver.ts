import { parseServerName, type ServerName } from '../matrix/server-name.ts'
import type { Clock } from '../util/clock.ts'
import { MINUTE_MS } from '../util/durations.ts'
import { Lru } from '../util/lru.ts'
import { messageOf } from '../util/message-of.ts'
import type { Random } from '../util/random.ts'
import type { Endpoint } from './dial.ts'
import type { Network } from './network.ts'
import { orderServices } from './service-order.ts'
import type { WellKnown } from './well-known.ts'

/** What a request to a server is sent to. */
export interface Target {
  readonly endpoint: Endpoint
  /** The Host header. */
  readonly host: string
}

/** A step of the resolution, for people who look for a mistake. */
export type ResolutionStep =
  | { readonly kind: 'literal' | 'port', readonly name: string }
  | { readonly kind: 'well-known', readonly name: string, readonly answer: WellKnown }
  | { readonly kind: 'srv', readonly name: string, readonly services: number, readonly problem: string | undefined }
  | { readonly kind: 'default-port', readonly name: string }

export type Resolution =
  /** Never empty; the first is to be tried first. */
  | { readonly ok: true, readonly targets: readonly Target[], readonly steps: readonly ResolutionStep[] }
  | { readonly ok: false, readonly message: string, readonly steps: readonly ResolutionStep[] }

export interface ResolverParts {
  readonly network: Pick<Network, 'findServices'>
  /** Undefined where well-known files are not looked at. */
  readonly wellKnowns: { find(hostname: string): Promise<WellKnown>, forget(hostname: string): void } | undefined
  readonly clock: Clock
  readonly random: Random
}

const DEFAULT_PORT = 8448
/** DNS tells no lifetimes here; well-known files have longer ones of their own. */
const KEPT_MS = 5 * MINUTE_MS
const ENTRIES_MAX = 20_000
/** `matrix` without `-fed` is deprecated, and still in use. */
const SERVICES = ['_matrix-fed._tcp', '_matrix._tcp'] as const

/** Where a server is. Specification: Server-Server API, Resolving server names. */
export class Resolver {
  readonly #parts: ResolverParts
  readonly #known = new Lru<string, { readonly resolution: Resolution, readonly expiresAt: number }>(ENTRIES_MAX)
  readonly #resolving = new Map<string, Promise<Resolution>>()

  constructor(parts: ResolverParts) {
    this.#parts = parts
  }

  async resolve(serverName: string): Promise<Resolution> {
    const known = this.#known.get(serverName)
    if (known !== undefined && known.expiresAt > this.#parts.clock.now()) return known.resolution
    const resolving = this.#resolving.get(serverName) ?? this.#resolveAndKeep(serverName).finally(() => this.#resolving.delete(serverName))
    this.#resolving.set(serverName, resolving)
    return resolving
  }

  /** Called when nobody was there: the next request looks anew, at DNS if not at what the host said of itself. */
  forget(serverName: string): void {
    this.#known.delete(serverName)
  }

  async #resolveAndKeep(serverName: string): Promise<Resolution> {
    const resolution = await this.#resolveAnew(serverName)
    this.#known.set(serverName, { resolution, expiresAt: this.#parts.clock.now() + KEPT_MS })
    return resolution
  }

  async #resolveAnew(serverName: string): Promise<Resolution> {
    const steps: ResolutionStep[] = []
    const name = parseServerName(serverName)
    if (name === undefined) return { ok: false, message: `${serverName} is no server name.`, steps }
    // Steps 1 and 2: an address, or a name with a port, is where it says.
    const given = explicitTarget(name, steps)
    if (given !== undefined) return { ok: true, targets: [given], steps }
    // Step 3: the host may name another one.
    const answer = await this.#parts.wellKnowns?.find(name.host)
    if (answer !== undefined) steps.push({ kind: 'well-known', name: name.host, answer })
    const delegated = answer?.ok === true ? parseServerName(answer.delegatedName) : undefined
    if (delegated === undefined) return this.#findByServices(name.host, steps)
    const delegatedTarget = explicitTarget(delegated, steps)
    if (delegatedTarget !== undefined) return { ok: true, targets: [delegatedTarget], steps }
    return this.#findByServices(delegated.host, steps)
  }

  /**
   * Steps 3.3 to 3.5, and the same as 4 to 6 where nothing was delegated: DNS may name another host and port, which has
   * the certificate of the name that was asked for; else it is the default port.
   */
  async #findByServices(name: string, steps: ResolutionStep[]): Promise<Resolution> {
    for (const service of SERVICES) {
      const asked = `${service}.${name}`
      const { services, problem } = await this.#findServices(asked)
      steps.push({ kind: 'srv', name: asked, services: services.length, problem })
      if (services.length === 0) continue
      const ordered = orderServices(services, this.#parts.random)
      // RFC 2782: a single record that names the root says that there is no such service.
      if (ordered.length === 0) return { ok: false, message: `${asked} says that there is no such service.`, steps }
      const targets = ordered.map(({ name: host, port }) => ({ endpoint: { host, port, certificateName: name }, host: name }))
      return { ok: true, targets, steps }
    }
    steps.push({ kind: 'default-port', name })
    return { ok: true, targets: [{ endpoint: { host: name, port: DEFAULT_PORT, certificateName: name }, host: name }], steps }
  }

  async #findServices(name: string) {
    try {
      return { services: await this.#parts.network.findServices(name), problem: undefined }
    } catch (error) {
      // Some name servers answer nothing to questions that they do not understand. The certificate still has to be right.
      return { services: [], problem: messageOf(error) }
    }
  }
}

/** Where a name is that needs no looking up: an address, or a host with a port. The Host header is the name as written. */
function explicitTarget({ host, port, kind }: ServerName, steps: ResolutionStep[]): Target | undefined {
  const written = port === undefined ? host : `${host}:${port}`
  if (kind === 'dns' && port === undefined) return undefined
  const bare = kind === 'ipv6' ? host.slice(1, -1) : host
  steps.push({ kind: kind === 'dns' ? 'port' : 'literal', name: written })
  return { endpoint: { host: bare, port: port ?? DEFAULT_PORT, certificateName: bare }, host: written }
}
