import type { AppserviceRegistration } from '../config/sections/appservice.ts'
import { MatrixError } from '../matrix/errors.ts'
import { digestOf } from './secret.ts'

/** A network as one application service leads to it. */
export interface NetworkInstance { readonly appserviceId: string, readonly networkId: string }

type Kind = keyof AppserviceRegistration['namespaces']
const NETWORK_ID_LENGTH_MAX = 255

interface Namespace { readonly regex: RegExp, readonly exclusive: boolean }

/** A bridge or bot that speaks for users of its own (Application Service API). */
export class ApplicationService {
  readonly registration: AppserviceRegistration
  /** Its own user. */
  readonly senderId: string
  readonly #serverName: string
  readonly #namespaces: Readonly<Record<Kind, readonly Namespace[]>>

  constructor(registration: AppserviceRegistration, serverName: string) {
    const { namespaces } = registration
    this.registration = registration
    this.senderId = `@${registration.senderLocalpart}:${serverName}`
    this.#serverName = serverName
    this.#namespaces = {
      users: namespaces.users.map(compile), aliases: namespaces.aliases.map(compile), rooms: namespaces.rooms.map(compile),
    }
  }

  get id(): string {
    return this.registration.id
  }

  /** The id of one of its networks that no other one on this server has (Third-party Lookups, `instance_id`). */
  instanceIdOf(networkId: string): string {
    return `${encodeURIComponent(this.id)}|${networkId}`
  }

  /** Whether a user of this server is one that it speaks for. */
  ownsUser(userId: string): boolean {
    return userId === this.senderId || userId.endsWith(`:${this.#serverName}`) && this.#covers('users', userId)
  }

  ownsAlias(alias: string): boolean {
    return this.#covers('aliases', alias)
  }

  ownsRoom(roomId: string): boolean {
    return this.#covers('rooms', roomId)
  }

  /** Whether the rate limits hold for what it asks for a user; never for its own one. */
  isLimited(userId: string): boolean {
    return this.registration.rateLimited && userId !== this.senderId
  }

  /** Whether nobody else can have a name. */
  claims(kind: 'users' | 'aliases', name: string): boolean {
    if (kind === 'users' && name === this.senderId) return true
    return this.#namespaces[kind].some(({ exclusive, regex }) => exclusive && regex.test(name))
  }

  #covers(kind: Kind, name: string): boolean {
    return this.#namespaces[kind].some(({ regex }) => regex.test(name))
  }
}

/** All of this server's, as their registrations say. */
export class ApplicationServices {
  readonly all: readonly ApplicationService[]
  readonly #byToken: ReadonlyMap<string, ApplicationService>
  readonly #byId: ReadonlyMap<string, ApplicationService>

  constructor({ registrations, serverName }: { registrations: readonly AppserviceRegistration[], serverName: string }) {
    this.all = registrations.map((registration) => new ApplicationService(registration, serverName))
    this.#byId = new Map(this.all.map((service) => [service.id, service]))
    this.#byToken = new Map(this.all.map((service) => [keyOf(service.registration.asToken), service]))
  }

  find(id: string | undefined): ApplicationService | undefined {
    return id === undefined ? undefined : this.#byId.get(id)
  }

  /** What an `instance_id` stands for; undefined where it is of no application service of this server. */
  findInstance(instanceId: string): NetworkInstance | undefined {
    const [prefix] = instanceId.split('|', 1)
    const networkId = instanceId.slice(`${prefix}|`.length)
    const service = isNetworkId(networkId) ? this.all.find((each) => each.instanceIdOf(networkId) === instanceId) : undefined
    return service === undefined ? undefined : { appserviceId: service.id, networkId }
  }

  /** Looked up by digest, so that the time it takes tells nothing of a token. */
  findByToken(token: string): ApplicationService | undefined {
    return this.all.length === 0 ? undefined : this.#byToken.get(keyOf(token))
  }

  /** Whether the rate limits hold for a user; not where only an application service that is let off can be the user. */
  isLimited(userId: string): boolean {
    return !this.all.some((service) => !service.isLimited(userId) && service.claims('users', userId))
  }

  /** Another application service than this one, or than none, for which a name is kept. */
  findClaimant(kind: 'users' | 'aliases', name: string, own?: ApplicationService): ApplicationService | undefined {
    return this.all.find((service) => service !== own && service.claims(kind, name))
  }
}

/** Whether a text can name a network. */
export function isNetworkId(text: string): boolean {
  return text !== '' && text.length <= NETWORK_ID_LENGTH_MAX && !text.includes('\0')
}

/** Whom an access token must belong to that only application services have. Errors: M_MISSING_TOKEN, M_UNKNOWN_TOKEN. */
export function getByToken(services: ApplicationServices, token: string | undefined): ApplicationService {
  if (token === undefined) throw new MatrixError('M_MISSING_TOKEN', 'Missing access token.')
  const service = services.findByToken(token)
  if (service === undefined) throw new MatrixError('M_UNKNOWN_TOKEN', 'That is not the token of an application service.')
  return service
}

const keyOf = (token: string): string => digestOf(token).toString('base64')

/** A namespace says how names in it begin, as every other server reads it. */
function compile({ regex, exclusive }: { readonly regex: string, readonly exclusive: boolean }): Namespace {
  return { regex: new RegExp(`^(?:${regex})`), exclusive }
}
