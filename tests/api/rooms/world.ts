import { V3, type Answer } from '../../support/api.ts'
import { refused } from '../../support/refusal.ts'
import type { TestServer, TestUser } from '../../support/server.ts'
import { Talk } from '../../support/talk.ts'

type Body = Record<string, any>

/** One server for all cases on rooms, and short words for what they ask it. */
export interface World {
  readonly server: TestServer
  readonly talk: Talk
  /** People whom no other case knows. */
  people<const Names extends readonly string[]>(...names: Names): Promise<{ [Index in keyof Names]: TestUser }>
  guest(): Promise<TestUser>
  get(user: TestUser, path: string): Promise<Answer<Body>>
  put(user: TestUser, path: string, body?: unknown): Promise<Answer<Body>>
  post(user: TestUser, path: string, body?: unknown): Promise<Answer<Body>>
  remove(user: TestUser, path: string): Promise<Answer<Body>>
  /** The content of an entry of the state; undefined where the room has none. */
  state(user: TestUser, roomId: string, type: string, stateKey?: string): Promise<Body | undefined>
  membership(user: TestUser, roomId: string, of: TestUser): Promise<string | undefined>
}

export const VERSIONS = ['10', '11', '12'] as const

/** A path below /rooms, each part of it encoded. */
export function inRoom(roomId: string, ...parts: string[]): string {
  return `/rooms/${[roomId, ...parts].map(encodeURIComponent).join('/')}`
}

export function localpartOf({ userId }: TestUser): string {
  return userId.slice(1, userId.indexOf(':'))
}

export const FORBIDDEN = refused(403, 'M_FORBIDDEN')

export function createWorld(server: TestServer): World {
  const { api } = server
  let count = 0
  const ask = (method: string) => ({ token }: TestUser, path: string, body?: unknown) => api.ask<Body>(method, V3 + path, { token, body })
  const get = ask('GET')
  async function state(user: TestUser, roomId: string, type: string, stateKey = ''): Promise<Body | undefined> {
    const answer = await get(user, inRoom(roomId, 'state', type, stateKey))
    return answer.status === 404 ? undefined : answer.body
  }
  return {
    server, get, state,
    put: ask('PUT'),
    post: ask('POST'),
    remove: ask('DELETE'),
    talk: new Talk(api),
    people<const Names extends readonly string[]>(...names: Names) {
      count++
      return Promise.all(names.map((name) => server.register(`${name}${count}`))) as Promise<{ [Index in keyof Names]: TestUser }>
    },
    async guest() {
      const { body } = await api.post(`${V3}/register?kind=guest`, { body: {} })
      return { userId: String(body['user_id']), deviceId: String(body['device_id']), token: String(body['access_token']) }
    },
    membership: async (user, roomId, of) => (await state(user, roomId, 'm.room.member', of.userId))?.['membership'],
  }
}
