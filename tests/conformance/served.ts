import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'tap'
import { readJson } from '../../spec/generator/documents.ts'
import { clientOperations, federationOperations, hearthOperations } from '../../src/spec/operations.ts'

type ApiName = 'client' | 'federation' | 'hearth'

const UNSERVED = readJson<Readonly<Record<ApiName, readonly string[]>>>('unserved.json')

/** How many operations may be unserved. Lower it with the table; it never rises. */
const CEILING: Readonly<Record<ApiName, number>> = { client: 21, federation: 2, hearth: 0 }

const OPERATIONS = { client: clientOperations, federation: federationOperations, hearth: hearthOperations }

/** Where the tables of endpoints are, and the operations that need none in them. */
interface Registry { readonly tables: readonly (readonly [module: string, name: string])[], readonly without: readonly string[] }

/** The WebSocket has a door of its own. */
const ENDPOINTS: Readonly<Record<ApiName, Registry>> = {
  client: { tables: [['../../src/client-api/endpoints.ts', 'clientEndpoints']], without: [] },
  federation: { tables: [['../../src/federation-api/endpoints.ts', 'federationEndpoints']], without: [] },
  hearth: {
    tables: [['../../src/admin-api/endpoints.ts', 'adminEndpoints'], ['../../src/client-api/own-endpoints.ts', 'ownEndpoints']],
    without: ['syncStream'],
  },
}

const APIS = ['client', 'federation', 'hearth'] as const

for (const api of APIS) {
  test(`${api}: the table of operations that are not served yet only shrinks`, async (t) => {
    const unserved = UNSERVED[api]
    t.equal(unserved.length, CEILING[api], 'the ceiling is the length of the table')
    t.same(unserved, [...new Set(unserved)].toSorted(), 'it is in order, with nothing twice')
    for (const operationId of unserved) t.ok(Object.hasOwn(OPERATIONS[api], operationId), `${operationId} is an operation`)
  })

  const { tables, without } = ENDPOINTS[api]
  test(`${api}: what is registered is what is served`, async (t) => {
    const registered: string[] = []
    for (const [module, name] of tables) registered.push(...operationIdsOf(await import(module), name))
    const served = Object.keys(OPERATIONS[api]).filter((operationId) => !UNSERVED[api].includes(operationId))
    t.same(registered.toSorted(), served.filter((operationId) => !without.includes(operationId)).toSorted())
  })

  const apiTests = ['../api/', '../federation/'].map((folder) => new URL(folder, import.meta.url))
  test(`${api}: an API test names each operation that is served`, async (t) => {
    const words = wordsOfTests(apiTests)
    const served = Object.keys(OPERATIONS[api]).filter((operationId) => !UNSERVED[api].includes(operationId))
    t.same(served.filter((operationId) => !words.has(operationId)), [], 'operations without an API test')
  })
}

/** Makers only take the services that they name from what they are given, so they can be asked for their operation. */
function operationIdsOf(endpoints: Readonly<Record<string, unknown>>, name: string): string[] {
  const makers = endpoints[name]
  if (!Array.isArray(makers)) throw new Error(`There is no ${name}`)
  return makers.map((make) => String(make({}).operationId))
}

function wordsOfTests(directories: readonly URL[]): ReadonlySet<string> {
  const files = directories.filter((directory) => existsSync(directory)).flatMap((directory) => (
    readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
      .map((file) => new URL(file, directory))
  ))
  return new Set(files.flatMap((file) => readFileSync(file, 'utf8').match(/\w+/g) ?? []))
}
