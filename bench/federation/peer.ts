// The scripted server of this bench: TLS on loopback, a key of its own, and rooms that it holds in memory.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, createServer, request, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { canonicalJson } from '../../src/matrix/canonical-json.ts'
import type { JsonObject } from '../../src/matrix/json.ts'
import { signingKeyFromSeed, signJson, type SigningKey } from '../../src/matrix/signing.ts'
import { xMatrixHeader } from '../../src/matrix/x-matrix.ts'
import type { FederationPlan } from '../contenders/contender.ts'
import { answerAboutRooms, type Asked } from './peer-answers.ts'
import type { PeerRoom } from './peer-room.ts'

/** JSON of an answer. */
export type Body = Record<string, any>

const farFutureTs = 4_000_000_000_000

export class Peer {
  readonly name: string
  readonly key: SigningKey
  readonly rooms: Map<string, PeerRoom>
  /** Whether a join is told without the members where that is asked for. */
  omitsMembers = true
  /** Told of each event that is sent here. */
  onPdu: (pdu: Body) => void = () => {}
  readonly #port: number
  readonly #tls: FederationPlan['tls']
  readonly #agent: Agent
  #server: Server | undefined

  constructor(port: number, tls: FederationPlan['tls'], rooms: Map<string, PeerRoom>) {
    this.name = `127.0.0.1:${port}`
    this.key = signingKeyFromSeed('bench', randomBytes(32))
    this.rooms = rooms
    this.#port = port
    this.#tls = tls
    this.#agent = new Agent({ keepAlive: true, ca: readFileSync(tls.ca) })
  }

  /** Is there for others. */
  async open(): Promise<void> {
    const { cert, key } = this.#tls
    const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (message, response) => {
      void this.#answer(message, response)
    })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.#port, '127.0.0.1', resolve))
    this.#server = server
  }

  /** Is away: connections are refused. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }

  /** Asks a server in its own name; the body is Canonical JSON. Throws where it is refused. */
  async ask(destination: string, method: string, path: string, content?: string): Promise<Body> {
    const authorization = xMatrixHeader({ method, uri: path, origin: this.name, destination, content }, this.key)
    const [host = '', port = ''] = destination.split(':')
    const headers: Record<string, string> = { authorization }
    if (content !== undefined) {
      headers['content-type'] = 'application/json'
      headers['content-length'] = String(Buffer.byteLength(content))
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ host, port, method, path, headers, agent: this.#agent }, resolve).once('error', reject).end(content)
    })
    const text = await readText(answer)
    if (answer.statusCode !== 200) throw new Error(`${method} ${path} was answered ${answer.statusCode}: ${text.slice(0, 300)}`)
    return JSON.parse(text) as Body
  }

  /** One transaction; each event is Canonical JSON. */
  send(destination: string, txnId: string, pdus: readonly string[], edus: readonly JsonObject[] = []): Promise<Body> {
    const content = `{"edus":${canonicalJson([...edus])},"origin":${JSON.stringify(this.name)},"origin_server_ts":${Date.now()},`
      + `"pdus":[${pdus.join(',')}]}`
    return this.ask(destination, 'PUT', `/_matrix/federation/v1/send/${txnId}`, content)
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = message
    const body = await readText(message)
    const { pathname, searchParams } = new URL(url, 'https://peer')
    const path = pathname.split('/').slice(2).map(decodeURIComponent)
    const answer = this.#find({ method, path, query: searchParams, body: () => JSON.parse(body) as JsonObject })
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(answer ?? '{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request."}')
  }

  #find(asked: Asked): string | undefined {
    const [area, version, what] = asked.path
    if (area === 'key') return version === 'v2' && what === 'server' ? JSON.stringify(this.#publishKeys()) : undefined
    if (what === 'version') return '{"server":{"name":"Bench","version":"1"}}'
    if (what === 'send') {
      const { pdus } = asked.body() as Body
      for (const pdu of pdus ?? []) this.onPdu(pdu)
      return '{"pdus":{}}'
    }
    const room = this.rooms.get(asked.path[3] ?? '') ?? this.#findByEvent(asked.path[3] ?? '')
    return room === undefined ? undefined : answerAboutRooms(room, asked, this)
  }

  #findByEvent(eventId: string): PeerRoom | undefined {
    return [...this.rooms.values()].find((room) => room.find(eventId) !== undefined)
  }

  #publishKeys(): JsonObject {
    const keys = { [this.key.keyId]: { key: this.key.publicKey } }
    const published = { server_name: this.name, valid_until_ts: farFutureTs, verify_keys: keys, old_verify_keys: {} }
    return signJson(published, this.name, this.key)
  }
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
