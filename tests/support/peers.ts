import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { canonicalJson } from '../../src/matrix/canonical-json.ts'
import type { JsonObject, JsonValue } from '../../src/matrix/json.ts'
import { signingKeyFromSeed, signJson, type SigningKey } from '../../src/matrix/signing.ts'
import { xMatrixHeader } from '../../src/matrix/x-matrix.ts'
import { systemRandom } from '../../src/util/random.ts'
import { createApi, type Answer } from './api.ts'
import type { TestNetwork } from './test-network.ts'

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

/** Certificates of an authority that exists for these tests alone, good for a hundred years. */
const certificate = (name: string): string => fileURLToPath(new URL(`certificates/${name}`, import.meta.url))

/** What a server trusts that is to believe the peers. */
export const TEST_CA_FILE = certificate('ca.pem')

export type TestDomain = 'hearth.test' | 'elsewhere.test'

/** Files of a certificate: for all names directly under hearth.test, or those under elsewhere.test. */
export function certificateFiles(domain: TestDomain = 'hearth.test'): { readonly cert: string, readonly key: string } {
  const name = domain.replace('.', '-')
  return { cert: certificate(`${name}.pem`), key: certificate(`${name}.key.pem`) }
}

export interface PeerRequest {
  readonly method: string
  /** The path with the query, as it was sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface PeerAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or a text that is sent as it is. */
  readonly body?: JsonValue
}

/** Answers a request: with what it gives, or by itself where it takes the response. */
export type PeerHandler = (request: PeerRequest, response: ServerResponse) => PeerAnswer | undefined | Promise<PeerAnswer | undefined>

export interface PeerOptions {
  readonly network: TestNetwork
  /** Its own name; one under hearth.test has the right certificate. */
  readonly name: string
  readonly domain?: TestDomain
  /** The ports at which it is found under its name. */
  readonly ports?: readonly number[]
  readonly key?: SigningKey
}

/** Another server, which does what a test tells it: it publishes its keys, answers as scripted, and signs what it asks. */
export class ScriptedPeer {
  readonly name: string
  readonly key: SigningKey
  /** The real port on this machine. */
  readonly port: number
  /** Where its name leads to. */
  readonly address: string
  readonly requests: PeerRequest[] = []
  readonly #handlers: { readonly method: string, readonly path: string | RegExp, readonly handler: PeerHandler }[] = []

  private constructor(name: string, key: SigningKey, port: number, address: string) {
    this.name = name
    this.key = key
    this.port = port
    this.address = address
  }

  static async start(t: Cleanup, options: PeerOptions): Promise<ScriptedPeer> {
    const { network, name, domain, ports = [8448, 443], key = newSigningKey() } = options
    const files = certificateFiles(domain)
    let peer: ScriptedPeer | undefined
    const server = createServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) }, (request, response) => {
      void peer?.answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const address = network.add(name, Object.fromEntries(ports.map((fake) => [fake, port])))
    peer = new ScriptedPeer(name, key, port, address)
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    t.teardown(() => {
      server.close(() => resolve())
      server.closeAllConnections()
      return closed
    })
    return peer
  }

  /** From now on requests for a path (without its query) are answered so; what was said last counts. */
  on(method: string, path: string | RegExp, handler: PeerHandler | PeerAnswer): void {
    this.#handlers.unshift({ method, path, handler: typeof handler === 'function' ? handler : () => handler })
  }

  /** What it publishes of its keys, with changes that are signed as well. */
  keys(changes: JsonObject = {}): JsonObject {
    return signJson({
      server_name: this.name, valid_until_ts: 4_000_000_000_000, verify_keys: { [this.key.keyId]: { key: this.key.publicKey } },
      old_verify_keys: {}, ...changes,
    }, this.name, this.key)
  }

  /** The Authorization header of a request. `destination` is whom it is for. */
  authorization(method: string, path: string, destination: string, body?: JsonValue): string {
    const content = body === undefined ? undefined : canonicalJson(body)
    return xMatrixHeader({ method, uri: path, origin: this.name, destination, content }, this.key)
  }

  /** Asks a server in its own name. */
  ask<Body = Record<string, any>>(
    url: string, destination: string, method: string, path: string, body?: JsonObject,
  ): Promise<Answer<Body>> {
    const headers = { authorization: this.authorization(method, path, destination, body) }
    return createApi(url).ask<Body>(method, path, { headers, ...(body === undefined ? {} : { body: canonicalJson(body) }) })
  }

  async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = message
    const chunks: Buffer[] = []
    for await (const chunk of message) chunks.push(chunk)
    const request = { method, url, headers: message.headers, body: Buffer.concat(chunks).toString('utf8') }
    this.requests.push(request)
    const [path = ''] = url.split('?')
    const known = this.#handlers.find((entry) =>
      entry.method === method && (typeof entry.path === 'string' ? entry.path === path : entry.path.test(path)))
    const answer = known === undefined ? this.#usually(path) : await known.handler(request, response)
    if (answer === undefined) return
    const { status = 200, headers = {}, body = {} } = answer
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  #usually(path: string): PeerAnswer {
    if (path === '/_matrix/key/v2/server') return { body: this.keys() }
    if (path === '/_matrix/federation/v1/version') return { body: { server: { name: 'Scripted', version: '1' } } }
    return { status: 404, body: { errcode: 'M_UNRECOGNIZED', error: 'Unrecognized request.' } }
  }
}

export function newSigningKey(version = 'peer'): SigningKey {
  return signingKeyFromSeed(version, systemRandom.bytes(32))
}
