import { createHash } from 'node:crypto'
import { invalidParam, MatrixError } from '../matrix/errors.ts'
import { isUserId } from '../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../matrix/json.ts'
import { isServerName } from '../matrix/server-name.ts'
import type { WebClient } from '../remote/web-client.ts'

/** An address of somebody outside of Matrix, and the identity server that may know whose it is. */
export interface ThirdPartyAddress {
  readonly id_server: string
  readonly id_access_token: string
  readonly medium: string
  readonly address: string
}

/** What an identity server keeps until the address has an owner. */
export interface StoredInvite {
  readonly token: string
  readonly displayName: string
  readonly publicKeys: readonly { readonly public_key: string, readonly key_validity_url: string }[]
}

const LIMITS = { timeoutMs: 10_000, sizeBytesMax: 256 * 1024 }
const KEYS_MAX = 10
const JSON_TYPE = 'application/json'

/** Asks the identity servers that clients name, on their behalf (Identity Service API). */
export class IdentityServers {
  readonly #webClient: Pick<WebClient, 'request'>

  constructor(webClient: Pick<WebClient, 'request'>) {
    this.#webClient = webClient
  }

  /** Whose address it is; undefined where the server does not know. The server learns no more than the hash where it can do with it. */
  async findOwner({ id_access_token: token, id_server: server, address, medium }: ThirdPartyAddress): Promise<string | undefined> {
    const details = await this.#ask(server, token, 'GET', 'hash_details')
    const [pepper, algorithms] = [ownValue(details, 'lookup_pepper'), ownValue(details, 'algorithms')]
    if (typeof pepper !== 'string' || !Array.isArray(algorithms)) throw unusable(server)
    const name = `${medium === 'email' ? address.toLowerCase() : address} ${medium}`
    const algorithm = algorithms.includes('sha256') ? 'sha256' : 'none'
    if (!algorithms.includes(algorithm)) throw unusable(server)
    const asked = algorithm === 'none' ? name : createHash('sha256').update(`${name} ${pepper}`).digest('base64url')
    const found = await this.#ask(server, token, 'POST', 'lookup', { addresses: [asked], algorithm, pepper })
    const mappings = ownValue(found, 'mappings')
    const owner = isJsonObject(mappings) ? ownValue(mappings, asked) : undefined
    return isUserId(owner) ? owner : undefined
  }

  /** Has the server tell who has the address that there is an invite. */
  async storeInvite(asked: ThirdPartyAddress, invite: JsonObject): Promise<StoredInvite> {
    const { id_access_token: token, id_server: server, address, medium } = asked
    const stored = await this.#ask(server, token, 'POST', 'store-invite', { ...invite, medium, address })
    const [inviteToken, displayName, keys] = ['token', 'display_name', 'public_keys'].map((key) => ownValue(stored, key))
    const publicKeys = (Array.isArray(keys) ? keys : []).slice(0, KEYS_MAX).flatMap(readKey)
    if (typeof inviteToken !== 'string' || typeof displayName !== 'string' || publicKeys.length === 0) throw unusable(server)
    return { token: inviteToken, displayName, publicKeys }
  }

  async #ask(server: string, token: string, method: 'GET' | 'POST', what: string, body?: JsonObject): Promise<JsonObject> {
    if (!isServerName(server)) throw invalidParam('id_server is no name of a server.')
    const answer = await this.#webClient.request(`https://${server}/_matrix/identity/v2/${what}`, {
      ...LIMITS, method,
      headers: { authorization: `Bearer ${token.replaceAll(/[^\x21-\x7e]/g, '')}`, accept: JSON_TYPE, 'content-type': JSON_TYPE },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new MatrixError('M_UNKNOWN', `The identity server ${server} cannot be asked: ${answer.message}`, { status: 502 })
    if (answer.status === 401 || answer.status === 403) throw new MatrixError('M_FORBIDDEN', `The identity server ${server} refuses.`)
    const parsed = parseObject(answer.body)
    if (answer.status !== 200 || parsed === undefined) throw unusable(server)
    return parsed
  }
}

function readKey(key: JsonValue): StoredInvite['publicKeys'][number][] {
  const [publicKey, url] = isJsonObject(key) ? [ownValue(key, 'public_key'), ownValue(key, 'key_validity_url')] : []
  return typeof publicKey === 'string' && typeof url === 'string' ? [{ public_key: publicKey, key_validity_url: url }] : []
}

function parseObject(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function unusable(server: string): MatrixError {
  return new MatrixError('M_UNKNOWN', `The answer of the identity server ${server} cannot be used.`, { status: 502 })
}
