import { V3, type Api } from './api.ts'
import type { TestUser } from './server.ts'

/** An answer of /sync, as tests look into it. */
export type SyncBody = Record<string, any>

type Query = Record<string, string | number | boolean | object>

/** Follows /sync with its tokens, as a client does. */
export class SyncClient {
  readonly #api: Api
  readonly user: TestUser
  readonly #query: Query
  token: string | undefined

  constructor(api: Api, user: TestUser, query: Query = {}) {
    this.#api = api
    this.user = user
    this.#query = query
  }

  /** The next answer; without `timeout` it comes at once. */
  async next(query: Query = {}): Promise<SyncBody> {
    const body = await this.peek(query)
    this.token = body['next_batch']
    return body
  }

  /** The same without going on: the next call asks from the same token. */
  async peek(query: Query = {}): Promise<SyncBody> {
    const all = { ...this.#query, ...(this.token === undefined ? {} : { since: this.token }), ...query }
    const fields = Object.entries(all).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)])
    const answer = await this.#api.get(`${V3}/sync?${new URLSearchParams(fields)}`, { token: this.user.token })
    if (answer.status !== 200) throw new Error(`sync: ${answer.status} ${answer.text}`)
    return answer.body
  }
}

interface Event { readonly type: string, readonly state_key?: string, readonly content: Record<string, any> }

/** What an answer says of a room that the user is in. */
export function joinedIn(body: SyncBody, roomId: string): SyncBody {
  return body['rooms']?.join?.[roomId]
}

/** What the messages of a room's timeline say. */
export function saidIn(room: SyncBody | undefined): string[] {
  return (
    (room?.['timeline']?.events ?? []) as Event[]
  ).filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body'] as string)
}

/** The types of events with their state keys. */
export function typesOf(events: readonly Event[] | undefined): string[] {
  return (events ?? []).map(({ type, state_key: stateKey }) => stateKey === undefined || stateKey === '' ? type : `${type} ${stateKey}`)
}
