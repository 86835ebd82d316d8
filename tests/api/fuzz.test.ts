import t from 'tap'
import type { Test } from 'tap'
import { adminEndpoints } from '../../src/admin-api/endpoints.ts'
import { clientEndpoints } from '../../src/client-api/endpoints.ts'
import { describeOperation } from '../../src/http/operation.ts'
import type { DescribedOperation } from '../../src/http/operation.ts'
import type { JsonValue } from '../../src/matrix/json.ts'
import type { Services } from '../../src/services.ts'
import { createTestServer } from '../support/server.ts'
import type { TestServer, TestUser } from '../support/server.ts'
import { listPlaces, sampleOf, withValueAt } from '../support/samples.ts'
import type { Names } from '../support/samples.ts'

/** What nobody expects in a field. */
const WRONG: readonly JsonValue[] = [
  null, true, 0, -1, 9_007_199_254_740_991, '', 'x', '\0', 'é'.repeat(300), '@', '{', [], [[]], [null], ['x', 1], {}, { a: { b: [] } },
  { ['__proto__']: 1, constructor: 'x' },
]
const WRONG_TEXTS = ['', 'x', '-1', '9'.repeat(30), '1e400', '{bad', '{"room":7}', '[]', '\0', '%', 'é'.repeat(200), '../..', '__proto__']
/** How many wrong values each field gets; over all fields each value has its turn. */
const WRONG_AT_EACH_PLACE = 5

interface Asker extends Names { readonly token: string }

/** Operations of the house, as they are made from what they are given. */
function listOperations(): DescribedOperation[] {
  const makers: readonly ((services: Services) => { readonly operationId: string })[] = [...clientEndpoints, ...adminEndpoints]
  // Makers only take the services that they name, and nothing is asked of those here.
  return makers.map((make) => describeOperation('client', make({} as Services).operationId))
}

t.test('no field of any operation brings a fault about', async (t) => {
  const server = await createTestServer(t)
  let turn = 0
  for (const operation of listOperations()) {
    await t.test(operation.operationId, async (t) => {
      const user = await server.register(`user${turn++}`)
      const asker = await createAsker(server, user)
      await fuzzBody(t, server, operation, asker)
      await fuzzQuery(t, server, operation, asker)
      await fuzzParams(t, server, operation, asker)
    })
  }
})

/** A user with a room and an event in it: the operations may spoil them for themselves. */
async function createAsker({ api }: TestServer, { token, userId }: TestUser): Promise<Asker> {
  const room = await api.post('/_matrix/client/v3/createRoom', { token, body: { preset: 'public_chat' } })
  const roomId = String(room.body.room_id)
  const sent = await api.put(`/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/t`, {
    token, body: { msgtype: 'm.text', body: 'hello' },
  })
  return { token, userId, roomId, eventId: String(sent.body.event_id) }
}

async function fuzzBody(t: Test, server: TestServer, operation: DescribedOperation, asker: Asker): Promise<void> {
  const { schemas, method } = operation
  if (schemas.body === undefined) return
  const body = sampleOf(schemas.body, asker)
  const path = pathOf(operation, asker)
  await expectNoFault(t, server, { method, path, token: asker.token, body: JSON.stringify(body) })
  let index = 0
  for (const place of listPlaces(body)) {
    for (let count = 0; count < WRONG_AT_EACH_PLACE; count++) {
      const wrong = WRONG[index++ % WRONG.length] ?? null
      await expectNoFault(t, server, { method, path, token: asker.token, body: JSON.stringify(withValueAt(body, place, wrong)) })
    }
  }
}

async function fuzzQuery(t: Test, server: TestServer, operation: DescribedOperation, asker: Asker): Promise<void> {
  const { properties = {} } = operation.schemas.query as { readonly properties?: Readonly<Record<string, object>> }
  for (const name of Object.keys(properties)) {
    for (const wrong of WRONG_TEXTS) {
      // With a long wait the answer would come when nobody asks any more.
      if (name === 'timeout' && Number(wrong) > 0) continue
      const query = new URLSearchParams({ ...queryOf(operation, asker), [name]: wrong })
      await expectNoFault(t, server, { ...requestOf(operation, asker), path: `${pathOf(operation, asker)}?${query}` })
    }
  }
}

async function fuzzParams(t: Test, server: TestServer, operation: DescribedOperation, asker: Asker): Promise<void> {
  for (const name of operation.path.matchAll(/\{(\w+)\}/g).map(([, each]) => each ?? '')) {
    for (const wrong of WRONG_TEXTS) {
      await expectNoFault(t, server, { ...requestOf(operation, asker), path: pathOf(operation, asker, { [name]: wrong }) })
    }
  }
}

function requestOf(operation: DescribedOperation, asker: Asker) {
  const { method, schemas } = operation
  const body = schemas.body === undefined ? {} : { body: JSON.stringify(sampleOf(schemas.body, asker)) }
  return { method, token: asker.token, ...body }
}

/** What the operation must be asked with, apart from what is tried. */
function queryOf({ schemas }: DescribedOperation, asker: Asker): Record<string, string> {
  const { required = [] } = schemas.query as { readonly required?: readonly string[] }
  const sample = sampleOf(schemas.query, asker) as Readonly<Record<string, JsonValue>>
  return Object.fromEntries(required.map((name) => [name, String(sample[name])]))
}

function pathOf(operation: DescribedOperation, asker: Asker, others: Readonly<Record<string, string>> = {}): string {
  const values: Readonly<Record<string, string>> = {
    roomId: asker.roomId, roomIdOrAlias: asker.roomId, userId: asker.userId, eventId: asker.eventId, roomAlias: '#alias:localhost',
    ...others,
  }
  return operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'name'))
}

interface Request { readonly method: string, readonly path: string, readonly token: string, readonly body?: string }

async function expectNoFault(t: Test, { api }: TestServer, { method, path, ...rest }: Request): Promise<void> {
  const { status, text, body } = await api.ask(method, path, rest)
  // Another server that does not answer is no fault of ours.
  const isFault = (status >= 500 && status !== 502) || (status >= 400 && typeof body.errcode !== 'string' && body.flows === undefined)
  if (isFault) t.fail(`${method} ${path} ${rest.body ?? ''}: ${status} ${text}`.slice(0, 1000))
}
