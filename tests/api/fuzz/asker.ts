import type { Test } from 'tap'
import type { TestServer } from '../../support/server.ts'
import type { Names } from '../../support/samples.ts'
import { Talk } from '../../support/talk.ts'

/** Somebody with a room and an event in it, who may spoil them for himself. */
export interface Asker extends Names {
  readonly token: string
  readonly deviceId: string
}

export async function createAsker(server: TestServer, name: string, version = '12'): Promise<Asker> {
  const user = await server.register(name)
  const talk = new Talk(server.api)
  const roomId = await talk.create(user, { preset: 'public_chat', room_version: version })
  return { ...user, roomId, eventId: await talk.say(user, roomId, 'hello') }
}

export interface FuzzedRequest {
  readonly method: string
  readonly path: string
  readonly token: string
  readonly body?: string | undefined
}

/** Whatever comes, there is an answer, and a refusal says what it is. What fails names the seed and the request. */
export async function expectNoFault(t: Test, { api }: TestServer, seed: number, request: FuzzedRequest): Promise<number> {
  const { method, path, ...rest } = request
  const { status, text, body } = await api.ask(method, path, rest)
  // Another server that does not answer is no fault of ours.
  const isBroken = status >= 500 && status !== 502
  const saysWhy = typeof body['errcode'] === 'string' || body['flows'] !== undefined
  if (isBroken || (status >= 400 && !saysWhy)) {
    t.fail(`seed ${seed}: ${method} ${path} ${rest.body ?? ''}: ${status} ${text}`.slice(0, 1000))
  }
  return status
}
