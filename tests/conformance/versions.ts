import { test } from 'tap'
import { readJson } from '../../spec/generator/documents.ts'
import type { Gate } from '../../spec/generator/versions.ts'
import { clientOperations } from '../../src/spec/operations.ts'
import { clientSchemas, definitions } from '../../src/spec/schemas.ts'
import { unservedOperations } from '../../src/spec/unserved.ts'
import { servedVersions } from '../../src/spec/versions.ts'

const GATES = readJson<Readonly<Record<string, Gate>>>('versions.json')

type Node = Readonly<Record<string, unknown>>

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null
}

function members(schema: Node, name: string): Node | undefined {
  const { $ref, properties, additionalProperties, items, allOf } = schema
  if (typeof $ref === 'string') {
    const shared = definitions.$defs
    const target = isNode(shared) ? shared[$ref.slice($ref.lastIndexOf('/') + 1)] : undefined
    return isNode(target) ? members(target, name) : undefined
  }
  if (Array.isArray(allOf)) return allOf.map((part) => members(part, name)).find((found) => found !== undefined)
  const found = name === '*' ? additionalProperties ?? items : isNode(properties) ? properties[name] : undefined
  return isNode(found) ? found : undefined
}

test('what the versions stand on is in the specification', async (t) => {
  for (const [version, { operations, fields }] of Object.entries(GATES)) {
    for (const operationId of operations) t.ok(Object.hasOwn(clientOperations, operationId), `${version}: ${operationId}`)
    for (const field of fields) {
      const found = field.split('/').reduce<Node | undefined>((schema, name, depth) =>
        schema === undefined ? undefined : depth < 2 ? schema[name] as Node | undefined : members(schema, name), clientSchemas)
      t.ok(found, `${version}: ${field}`)
    }
  }
})

test('a version is served when all that clients gate on it is, and all before it', async (t) => {
  const all = Object.keys(GATES)
  t.same(servedVersions([]), all)
  t.same(servedVersions(['getContentAuthed']), all.slice(0, all.indexOf('v1.11')))
  t.same(servedVersions(['sync']), [])
  t.same(servedVersions(['reportRoom', 'getThreadRoots']), ['v1.1', 'v1.2', 'v1.3'])
})

test('every field that a served version stands on belongs to an operation that is served', async (t) => {
  for (const version of servedVersions(unservedOperations.client)) {
    for (const field of GATES[version]?.fields ?? []) {
      const [operationId = ''] = field.split('/')
      t.notOk(unservedOperations.client.some((unserved) => unserved === operationId), `${version}: ${field}`)
    }
  }
})
