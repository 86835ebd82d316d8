import type { Answer, Api } from '../support/api.ts'

/** JSON of an answer, as tests look into it. */
export type Body = Record<string, any>

export interface RoomEvent {
  readonly event_id: string
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly content: Body
  readonly unsigned?: Body
}

type Ask = Readonly<{ body?: object, query?: Readonly<Record<string, string | readonly string[]>> }>

let transactions = 0

/** Somebody with a client at one of the servers; what the server refuses is thrown. */
export class Person {
  readonly userId: string
  readonly deviceId: string
  readonly serverName: string
  readonly #api: Api
  readonly #token: string

  constructor(api: Api, account: { user_id: string, device_id: string, access_token: string }) {
    this.#api = api
    this.userId = account.user_id
    this.deviceId = account.device_id
    this.#token = account.access_token
    this.serverName = account.user_id.slice(account.user_id.indexOf(':') + 1)
  }

  /** Whatever the answer is. */
  ask(method: string, path: readonly string[], { body, query = {} }: Ask = {}): Promise<Answer<Body>> {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) search.append(name, one)
    return this.#api.ask(method, `/_matrix/client/${path.map(encodeURIComponent).join('/')}?${search}`, { token: this.#token, body })
  }

  async call(method: string, path: readonly string[], ask: Ask = {}): Promise<Body> {
    const answer = await this.ask(method, path, ask)
    if (answer.status === 200) return answer.body
    throw new Error(`${this.userId} ${method} /${path.join('/')}: ${answer.status} ${answer.text}`)
  }

  /** What is no JSON. */
  async fetch(
    path: readonly string[], { query = {} }: { readonly query?: Readonly<Record<string, string>> } = {},
  ): Promise<{ readonly type: string | null, readonly bytes: Buffer }> {
    const url = `${this.#api.url}/_matrix/client/${path.map(encodeURIComponent).join('/')}?${new URLSearchParams(query)}`
    const response = await fetch(url, { headers: { authorization: `Bearer ${this.#token}` } })
    const bytes = Buffer.from(await response.arrayBuffer())
    if (response.status !== 200) throw new Error(`${this.userId} GET /${path.join('/')}: ${response.status} ${bytes.toString()}`)
    return { type: response.headers.get('content-type'), bytes }
  }

  /** Keeps a file on the server; returns its `mxc:` URI. */
  async upload(bytes: Uint8Array, type: string): Promise<string> {
    const headers = { 'content-type': type }
    const answer = await this.#api.post('/_matrix/media/v3/upload', { token: this.#token, body: bytes, headers })
    if (answer.status !== 200) throw new Error(`A file was not kept: ${answer.status} ${answer.text}`)
    return answer.body['content_uri'] as string
  }

  async createRoom(version: string, body: object = {}): Promise<string> {
    const answer = await this.call('POST', ['v3', 'createRoom'], { body: { room_version: version, preset: 'public_chat', ...body } })
    return answer['room_id'] as string
  }

  /** By way of servers that are in the room. */
  join(room: string, ...via: readonly string[]): Promise<Body> {
    return this.call('POST', ['v3', 'join', room], { body: {}, query: { via, server_name: via } })
  }

  act(roomId: string, action: 'invite' | 'leave' | 'kick' | 'ban' | 'unban' | 'forget', userId?: string): Promise<Body> {
    return this.call('POST', ['v3', 'rooms', roomId, action], { body: userId === undefined ? {} : { user_id: userId } })
  }

  async send(roomId: string, content: object, type = 'm.room.message'): Promise<string> {
    const path = ['v3', 'rooms', roomId, 'send', type, `t${transactions += 1}-${Date.now()}`]
    return (await this.call('PUT', path, { body: content }))['event_id'] as string
  }

  say(roomId: string, body: string): Promise<string> {
    return this.send(roomId, { msgtype: 'm.text', body })
  }

  async setState(roomId: string, type: string, content: object, stateKey = ''): Promise<string> {
    return (await this.call('PUT', ['v3', 'rooms', roomId, 'state', type, stateKey], { body: content }))['event_id'] as string
  }

  /** The content of an entry, or undefined where there is none or it may not be seen. */
  async findState(roomId: string, type: string, stateKey = ''): Promise<Body | undefined> {
    const answer = await this.ask('GET', ['v3', 'rooms', roomId, 'state', type, stateKey])
    return answer.status === 200 ? answer.body : undefined
  }

  async redact(roomId: string, eventId: string): Promise<string> {
    const path = ['v3', 'rooms', roomId, 'redact', eventId, `t${transactions += 1}-${Date.now()}`]
    return (await this.call('PUT', path, { body: {} }))['event_id'] as string
  }

  /** What /sync says, from the beginning or since a token, at once. */
  sync(since?: string): Promise<Body> {
    const filter = JSON.stringify({ room: { timeline: { limit: 40 }, include_leave: true } })
    return this.call('GET', ['v3', 'sync'], { query: { filter, ...(since === undefined ? {} : { since }) } })
  }

  async findJoined(roomId: string): Promise<Body | undefined> {
    return (await this.sync())['rooms']?.join?.[roomId]
  }

  /** The newest events of a room that this person is in. */
  async timeline(roomId: string): Promise<readonly RoomEvent[]> {
    return (await this.findJoined(roomId))?.['timeline'].events ?? []
  }

  async findEvent(roomId: string, eventId: string): Promise<RoomEvent | undefined> {
    return (await this.timeline(roomId)).find((event) => event.event_id === eventId)
  }
}
