import { notFound } from '../matrix/errors.ts'
import { isJsonObject, type JsonObject } from '../matrix/json.ts'
import type { Protocol, ThirdpartyLocation, ThirdpartyUser } from '../spec/types.ts'
import type { ApplicationService, ApplicationServices } from '../users/application-services.ts'
import type { AppserviceRequests } from './requests.ts'

type Fields = Readonly<Record<string, string>>

/** The networks that application services are bridges to, and who and where is what in them (Third-party Lookups). */
export class ThirdParties {
  readonly #appservices: ApplicationServices
  readonly #requests: AppserviceRequests

  constructor({ appservices, requests }: { readonly appservices: ApplicationServices, readonly requests: AppserviceRequests }) {
    this.#appservices = appservices
    this.#requests = requests
  }

  /** Every network that a bridge tells of. */
  async listProtocols(): Promise<Record<string, Protocol>> {
    const names = [...new Set(this.#appservices.all.flatMap(({ registration }) => registration.protocols))]
    const found = await Promise.all(names.map(async (name) => [name, await this.#findProtocol(name)] as const))
    return Object.fromEntries(found.flatMap(([name, protocol]) => (protocol === undefined ? [] : [[name, protocol]])))
  }

  /** Throws M_NOT_FOUND. */
  async getProtocol(name: string): Promise<Protocol> {
    const protocol = await this.#findProtocol(name)
    if (protocol === undefined) throw notFound('There is no bridge to that network.')
    return protocol
  }

  /** Who is meant in Matrix by fields of a network. Throws M_NOT_FOUND. */
  listUsers(protocol: string, fields: Fields): Promise<readonly ThirdpartyUser[]> {
    return this.#ask(this.#of(protocol), `/thirdparty/user/${encodeURIComponent(protocol)}`, fields, isUser)
  }

  /** Which rooms are meant. Throws M_NOT_FOUND. */
  listLocations(protocol: string, fields: Fields): Promise<readonly ThirdpartyLocation[]> {
    return this.#ask(this.#of(protocol), `/thirdparty/location/${encodeURIComponent(protocol)}`, fields, isLocation)
  }

  /** Who a user is in other networks. Throws M_NOT_FOUND. */
  listUsersOf(userId: string): Promise<readonly ThirdpartyUser[]> {
    return this.#ask(this.#appservices.all.filter((service) => service.ownsUser(userId)), '/thirdparty/user', { userid: userId }, isUser)
  }

  /** What the room of an alias is in other networks. Throws M_NOT_FOUND. */
  listLocationsOf(alias: string): Promise<readonly ThirdpartyLocation[]> {
    return this.#ask(this.#appservices.all.filter((service) => service.ownsAlias(alias)), '/thirdparty/location', { alias }, isLocation)
  }

  #of(protocol: string): readonly ApplicationService[] {
    return this.#appservices.all.filter(({ registration }) => registration.protocols.includes(protocol))
  }

  /** Several bridges may lead into one network: each adds its instances. */
  async #findProtocol(name: string): Promise<Protocol | undefined> {
    const path = `/thirdparty/protocol/${encodeURIComponent(name)}`
    const found = await Promise.all(this.#of(name).map(async (service) => {
      const protocol = await this.#requests.find(service, path)
      return isProtocol(protocol) ? [{ ...protocol, instances: named(service, protocol.instances) }] : []
    }))
    const told = found.flat()
    const [first] = told
    return first === undefined ? undefined : { ...first, instances: told.flatMap(({ instances }) => instances) }
  }

  async #ask<T>(
    services: readonly ApplicationService[], path: string, fields: Fields, isOne: (value: unknown) => value is T,
  ): Promise<readonly T[]> {
    const asked = `${path}?${new URLSearchParams(fields)}`
    const answers = await Promise.all(services.map((service) => this.#requests.ask(service, { method: 'GET', path: asked })))
    const found = answers.flatMap((answer) => (answer?.ok === true && Array.isArray(answer.json) ? answer.json.filter(isOne) : []))
    if (found.length === 0) throw notFound('No bridge knows of that.')
    return found
  }
}

function isProtocol(value: JsonObject | undefined): value is Protocol & JsonObject {
  return value !== undefined && Array.isArray(value['instances'])
}

/** The `instance_id` of a network is this server's to give: clients ask for its rooms by it. */
function named(service: ApplicationService, instances: Protocol['instances']): Protocol['instances'] {
  return instances.filter((instance) => isJsonObject(instance) && typeof instance['network_id'] === 'string')
    .map((instance) => ({ ...instance, instance_id: service.instanceIdOf(instance.network_id) }))
}

function isUser(value: unknown): value is ThirdpartyUser {
  return isJsonObject(value) && typeof value['userid'] === 'string' && hasNetwork(value)
}

function isLocation(value: unknown): value is ThirdpartyLocation {
  return isJsonObject(value) && typeof value['alias'] === 'string' && hasNetwork(value)
}

const hasNetwork = (value: JsonObject): boolean => typeof value['protocol'] === 'string' && isJsonObject(value['fields'])
