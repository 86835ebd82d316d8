// The Client-Server API calls that the workloads are made of.
import { createHmac } from 'node:crypto'
import { HttpConnection, type Answer } from './http-connection.ts'

export interface Account {
  readonly userId: string
  readonly password: string
  readonly deviceId: string
  readonly accessToken: string
  /** Where this account's last /sync ended, so that a later run need not begin with a first sync. */
  since?: string | undefined
}

export class RequestFailed extends Error {
  readonly status: number

  constructor(call: string, { status, body }: Answer) {
    super(`${call} was answered ${status}: ${body.toString('utf8', 0, 300)}`)
    this.status = status
  }
}

type Json = Record<string, unknown>

/** One client's connection; calls on it follow one another. */
export class Client {
  readonly #connection: HttpConnection
  readonly #accessToken: string | undefined

  constructor(connection: HttpConnection, accessToken?: string) {
    this.#connection = connection
    this.#accessToken = accessToken
  }

  /** The same connection in another account's name. */
  as(account: Account): Client {
    return new Client(this.#connection, account.accessToken)
  }

  ask(method: string, path: string, body?: Json): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    return this.#connection.request({ method, path, accessToken: this.#accessToken, body: text })
  }

  async call(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await this.ask(method, path, body)
    if (answer.status !== 200) throw new RequestFailed(`${method} ${path}`, answer)
    return JSON.parse(answer.body.toString()) as Json
  }

  close(): void {
    this.#connection.close()
  }
}

export class Homeserver {
  readonly url: URL
  readonly #sharedSecret: string | undefined

  constructor(url: string, sharedSecret?: string) {
    this.url = new URL(url)
    this.#sharedSecret = sharedSecret
  }

  connect(account?: Account): Client {
    return new Client(new HttpConnection(this.url), account?.accessToken)
  }

  /** Registers by the shared secret where one is given, else openly. */
  async register(client: Client, username: string): Promise<Account> {
    const password = `pass-${username}`
    const answer = this.#sharedSecret === undefined
      ? await registerOpenly(client, username, password)
      : await registerBySecret(client, username, password, this.#sharedSecret)
    return {
      userId: String(answer.user_id), password, deviceId: String(answer.device_id), accessToken: String(answer.access_token),
    }
  }
}

async function registerBySecret(client: Client, username: string, password: string, secret: string): Promise<Json> {
  const { nonce } = await client.call('GET', '/_synapse/admin/v1/register')
  const mac = createHmac('sha1', secret).update([nonce, username, password, 'notadmin'].join('\0')).digest('hex')
  return client.call('POST', '/_synapse/admin/v1/register', { nonce, username, password, mac, admin: false })
}

async function registerOpenly(client: Client, username: string, password: string): Promise<Json> {
  const path = '/_matrix/client/v3/register'
  const body = { username, password, auth: { type: 'm.login.dummy' } }
  const answer = await client.ask('POST', path, body)
  if (answer.status === 200) return JSON.parse(answer.body.toString()) as Json
  if (answer.status !== 401) throw new RequestFailed(`POST ${path}`, answer)
  const { session } = JSON.parse(answer.body.toString()) as Json
  return client.call('POST', path, { ...body, auth: { type: 'm.login.dummy', session } })
}

/** Logs in by password as a new device. */
export async function login(client: Client, { userId, password }: Account): Promise<Account> {
  const identifier = { type: 'm.id.user', user: userId }
  const answer = await client.call('POST', '/_matrix/client/v3/login', { type: 'm.login.password', identifier, password })
  return { userId, password, deviceId: String(answer.device_id), accessToken: String(answer.access_token) }
}

export async function createRoom(client: Client, name: string, version?: string): Promise<string> {
  const ofVersion = version === undefined ? {} : { room_version: version }
  const { room_id } = await client.call('POST', '/_matrix/client/v3/createRoom', { preset: 'public_chat', name, ...ofVersion })
  return String(room_id)
}

export async function joinRoom(client: Client, roomId: string): Promise<void> {
  await client.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`, {})
}

export function sendMessage(client: Client, roomId: string, txnId: string, text: string): Promise<Answer> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${encodeURIComponent(txnId)}`
  return client.ask('PUT', path, { msgtype: 'm.text', body: text })
}

export interface SyncOptions {
  readonly since?: string | undefined
  readonly timeoutMs: number
  /** A filter's JSON as text. */
  readonly filter: string
}

export function sync(client: Client, { since, timeoutMs, filter }: SyncOptions): Promise<Answer> {
  const from = since === undefined ? '' : `&since=${encodeURIComponent(since)}`
  const query = `timeout=${timeoutMs}&set_presence=offline&filter=${encodeURIComponent(filter)}${from}`
  return client.ask('GET', `/_matrix/client/v3/sync?${query}`)
}

/** Finds the token in a /sync answer without parsing it: a parse of each would be charged to the server's latency. */
export function findNextBatch(body: Buffer): string | undefined {
  return /"next_batch"\s*:\s*"([^"]*)"/.exec(body.toString('latin1'))?.[1]
}
