import type { Test } from 'tap'
import { adminEndpoints } from '../../../src/admin-api/endpoints.ts'
import { clientEndpoints } from '../../../src/client-api/endpoints.ts'
import { describeOperation, type DescribedOperation } from '../../../src/http/operation.ts'
import type { JsonValue } from '../../../src/matrix/json.ts'
import type { Services } from '../../../src/services.ts'
import type { Dice } from '../../soak/dice.ts'
import { sampleOf } from '../../support/samples.ts'
import type { TestServer } from '../../support/server.ts'
import { createAsker, expectNoFault, type Asker } from './asker.ts'
import { listWrongTexts, spoil } from './wrong-values.ts'

/** Words for the parameters of paths with which the operations come further than to a refusal. */
const WORDS: Readonly<Record<string, string>> = {
  serverName: 'localhost', roomAlias: '#alias:localhost', kind: 'override', scope: 'global', eventType: 'm.room.name', stateKey: '',
  receiptType: 'm.read', relType: 'm.thread', keyName: 'displayname', type: 'm.room.message', version: '1',
}

/** Each operation that is served, with something wrong in every field of its body, its query and its path. */
export function fuzzOperations(t: Test, server: TestServer, dice: Dice, seed: number): void {
  let count = 0
  for (const operation of listOperations()) {
    t.test(operation.operationId, async (t) => {
      count++
      const asker = await createAsker(server, `user${count}`)
      const askAll = async (): Promise<void> => {
        for (const request of listRequests(operation, asker, dice)) {
          await expectNoFault(t, server, seed, { ...request, token: asker.token })
        }
      }
      await askAll()
      if (operation.method !== 'GET' || !operation.path.includes('{roomId}')) return
      // Who has left reads the past, which is kept elsewhere than the present.
      await server.api.post(`/_matrix/client/v3/rooms/${encodeURIComponent(asker.roomId)}/leave`, { token: asker.token })
      await askAll()
    })
  }
}

/** Operations of the house, as they are made from what they are given. */
function listOperations(): DescribedOperation[] {
  const makers: readonly ((services: Services) => { readonly operationId: string })[] = [...clientEndpoints, ...adminEndpoints]
  // Makers only take the services that they name, and nothing is asked of those here.
  return makers.map((make) => describeOperation('client', make({} as Services).operationId))
}

interface Request { readonly method: string, readonly path: string, readonly body?: string | undefined }

function* listRequests(operation: DescribedOperation, asker: Asker, dice: Dice): Generator<Request> {
  const { method, schemas } = operation
  const sample = schemas.body === undefined ? undefined : sampleOf(schemas.body, asker)
  const body = sample === undefined ? undefined : JSON.stringify(sample)
  const query = new URLSearchParams(queryOf(operation, asker))
  let turn = 0
  // With the same transaction id only the first request would be looked at.
  const pathTo = (others: Readonly<Record<string, string>> = {}): string => pathOf(operation, asker, { txnId: `t${turn++}`, ...others })
  yield { method, path: `${pathTo()}?${query}`, body }
  if (sample !== undefined) for (const text of spoil(sample, dice)) yield { method, path: `${pathTo()}?${query}`, body: text }
  for (const name of namesOf(schemas.query)) {
    for (const wrong of listWrongTexts(dice)) {
      // With a long wait the answer would come when nobody asks any more.
      if (name.startsWith('timeout') && Number(wrong) > 0) continue
      yield { method, path: `${pathTo()}?${new URLSearchParams({ ...Object.fromEntries(query), [name]: wrong })}`, body }
      if (wrong.length < 10) yield { method, path: `${pathTo()}?${query}&${new URLSearchParams([[name, wrong], [name, 'x']])}`, body }
    }
  }
  for (const name of operation.path.matchAll(/\{(\w+)\}/g).map(([, each]) => each ?? '')) {
    for (const wrong of listWrongTexts(dice)) yield { method, path: `${pathTo({ [name]: wrong })}?${query}`, body }
  }
}

function namesOf(schema: object): string[] {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, object>> }
  return Object.keys(properties)
}

/** What the operation must be asked with, apart from what is tried. */
function queryOf({ schemas }: DescribedOperation, asker: Asker): Record<string, string> {
  const { required = [] } = schemas.query as { readonly required?: readonly string[] }
  const sample = sampleOf(schemas.query, asker) as Readonly<Record<string, JsonValue>>
  return Object.fromEntries(required.map((name) => [name, String(sample[name])]))
}

function pathOf(operation: DescribedOperation, asker: Asker, others: Readonly<Record<string, string>>): string {
  const { roomId, userId, eventId, deviceId } = asker
  const values: Readonly<Record<string, string>> = { ...WORDS, roomId, roomIdOrAlias: roomId, userId, eventId, deviceId, ...others }
  return operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'name'))
}
