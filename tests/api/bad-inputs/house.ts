import pg from 'pg'
import type { Test } from 'tap'
import { V3, type Answer } from '../../support/api.ts'
import type { TestServer, TestUser } from '../../support/server.ts'
import { Talk } from '../../support/talk.ts'

/** One request that must be refused. */
export interface BadInput {
  /** The row of the list of bad inputs, and what is wrong. */
  readonly name: string
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** Whose token is sent; Alice's unless told. */
  readonly as?: TestUser | undefined
  readonly token?: string | null
  readonly headers?: Record<string, string>
  readonly status: number
  readonly errcode: string
  readonly fields?: Record<string, unknown>
}

/** People and rooms for bad inputs to be tried on. */
export interface House {
  readonly server: TestServer
  readonly talk: Talk
  /** Made the rooms. */
  readonly alice: TestUser
  /** Is in the rooms, without power. */
  readonly bob: TestUser
  /** Is in none of them. */
  readonly carol: TestUser
  readonly guest: TestUser
  /** The public room of version 11 that rows are tried on unless they say more. */
  readonly roomId: string
  readonly roomV10: string
  readonly roomV12: string
  /** A message of Alice's in that room. */
  readonly eventId: string
}

export const V1 = '/_matrix/client/v1'

export function at(base: string, ...parts: string[]): string {
  return [base, ...parts.map(encodeURIComponent)].join('/')
}

export async function furnish(server: TestServer): Promise<House> {
  const talk = new Talk(server.api)
  const [alice, bob, carol] = [await server.register('alice'), await server.register('bob'), await server.register('carol')]
  const rooms: string[] = []
  for (const version of ['11', '10', '12']) {
    const roomId = await talk.create(alice, { room_version: version, preset: 'public_chat', name: `Version ${version}` })
    await talk.join(bob, roomId)
    rooms.push(roomId)
  }
  const [roomId = '', roomV10 = '', roomV12 = ''] = rooms
  const { body } = await server.api.post(`${V3}/register?kind=guest`, { body: {} })
  const guest = { userId: String(body['user_id']), deviceId: String(body['device_id']), token: String(body['access_token']) }
  return { server, talk, alice, bob, carol, guest, roomId, roomV10, roomV12, eventId: await talk.say(alice, roomId, 'said') }
}

/** Tables that may grow by a request that is refused: names that were looked up, and steps of authenticating. */
const MAY_GROW = ['users', 'state_keys', 'uia_sessions']

/** Asks for each of the rows, and looks whether anything has changed by it. */
export async function refuseAll(t: Test, house: House, rows: readonly BadInput[]): Promise<void> {
  const { server: { connection } } = house
  const client = new pg.Client({ ...connection })
  await client.connect()
  t.teardown(() => client.end())
  const countAll = await countStatement(client)
  let before = (await client.query(countAll)).rows
  for (const row of rows) {
    const answer = await ask(house, row)
    const { name, status, errcode, fields = {} } = row
    t.match({ status: answer.status, body: answer.body }, { status, body: { errcode, error: String, ...fields } }, name)
    const after = (await client.query(countAll)).rows
    t.same(after, before, `nothing has changed by ${name}`)
    before = after
  }
  t.equal((await house.server.api.get('/_matrix/client/versions')).status, 200, 'the server answers')
  t.equal((await house.server.api.get(`${V3}/account/whoami`, { token: house.alice.token })).status, 200, 'and knows its people')
}

function ask(
  { server: { api }, alice }: House, { method = 'PUT', path, body, as = alice, token = as.token, headers }: BadInput,
): Promise<Answer> {
  return api.ask(method, path, { ...(token === null ? {} : { token }), body, ...(headers === undefined ? {} : { headers }) })
}

/** The number of rows of each table, and the position up to which there is anything. */
async function countStatement(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    'select relname as name from pg_class where relnamespace = \'public\'::regnamespace and relkind = \'r\'',
  )
  const counts = rows.filter(({ name }) => !MAY_GROW.includes(name)).map(
    ({ name }) => `select '${name}' as name, count(*) as value from ${name}`,
  )
  return [
    ...counts, 'select \'positions\', last_value from positions', 'order by name',
  ].join(' union all ').replace(' union all order', ' order')
}
