import { existsSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { test } from 'tap'
import {
  bodyOf, operationsOf, parametersOf, readApis, referencedName, responseOf, sharedSchemas, type DocumentOperation, type Schema,
} from '../../spec/generator/documents.ts'
import { clientSchemas, definitions, federationSchemas, hearthSchemas, type OperationSchemas } from '../../src/spec/schemas.ts'
import { fieldsOf, type Resolve } from './fields.ts'
import { MATRIX_SPEC, readUpstreamOperations } from './upstream.ts'

function newAjv(coerceTypes: false | 'array') {
  const ajv = new Ajv2020({ strict: true, strictNumbers: false, allowUnionTypes: true, coerceTypes })
  return ajv.addSchema(definitions)
}

test('Ajv compiles every schema in its strict mode', async (t) => {
  const ajvs = { query: newAjv('array'), others: newAjv(false) }
  for (const table of [clientSchemas, federationSchemas, hearthSchemas]) {
    for (const [operationId, schemas] of Object.entries<OperationSchemas>(table)) {
      for (const [part, schema] of Object.entries(schemas)) {
        const ajv = part === 'query' || part === 'params' ? ajvs.query : ajvs.others
        t.doesNotThrow(() => ajv.compile(schema), `${operationId} ${part}`)
      }
    }
  }
})

test('bodies of real clients pass, wrong types do not', async (t) => {
  const ajv = newAjv(false)
  const accepts = (id: keyof typeof clientSchemas, body: unknown) => ajv.validate(clientSchemas[id].body ?? false, body)
  t.ok(accepts('login', { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'a' }, password: 'b', 'org.x': 1 }))
  t.ok(accepts('login', { type: 'm.login.password', user: 'a', password: 'b' }))
  t.ok(accepts('login', { type: 'm.login.token', token: 'x', identifier: { type: 'm.id.phone', country: 'GB', phone: '1' } }))
  t.notOk(accepts('login', { type: 1 }))
  t.notOk(accepts('login', {}))
  t.ok(accepts('register', { auth: { type: 'm.login.dummy', session: 's' }, username: 'a', password: 'b', inhibit_login: true }))
  t.ok(accepts('register', {}))
  t.notOk(accepts('register', { auth: 'x' }))
  t.ok(accepts('createRoom', { initial_state: [{ type: 'm.room.encryption', state_key: '', content: {} }] }))
  t.notOk(accepts('createRoom', { room_version: 1 }))
  t.notOk(accepts('createRoom', { invite: '@a:b' }))
  t.ok(accepts('inviteUser', { user_id: '@a:b', reason: 'r' }))
  t.ok(accepts('inviteUser', { id_server: 'i', id_access_token: 't', medium: 'email', address: 'a@b' }))
  t.notOk(accepts('inviteUser', { reason: 'r' }))
  t.ok(accepts('queryKeys', { device_keys: { '@a:b': [] }, timeout: 10_000 }))
  t.notOk(accepts('queryKeys', { device_keys: ['@a:b'] }))
  t.notOk(accepts('queryKeys', { device_keys: { a: [] } }))
  t.notOk(accepts('uploadKeys', { device_keys: null }))
  const oneTimeKey = { key: 'k', signatures: { '@a:b': { 'ed25519:D': 's' } } }
  t.ok(accepts('uploadKeys', { one_time_keys: { 'signed_curve25519:A': oneTimeKey, 'curve25519:B': 'k' } }))
  t.ok(accepts('setRoomTag', { order: 0.25 }))
  t.notOk(accepts('setTyping', { typing: true, timeout: 1e300 }))
})

test('text in a query becomes what the schema says, or is refused', async (t) => {
  const ajv = newAjv('array')
  const read = (id: keyof typeof clientSchemas, query: Record<string, unknown>) =>
    ajv.validate(clientSchemas[id].query, query) && query
  t.same(read('sync', { timeout: '30000', full_state: 'true' }), { timeout: 30_000, full_state: true })
  t.same(read('joinRoom', { via: 'a' }), { via: ['a'] })
  t.same(read('getRoomEvents', { dir: 'b', limit: '0', unknown: 'x' }), { dir: 'b', limit: 0, unknown: 'x' })
  for (const limit of ['abc', '-1', '1.5', '', 'Infinity', '1e300']) {
    t.equal(read('getRoomEvents', { dir: 'b', limit }), false, `limit=${limit}`)
  }
  t.equal(read('getRoomEvents', { dir: 'x' }), false)
  t.equal(read('getEventByTimestamp', { dir: 'f' }), false)
})

/** Fields that stand only in the text of the specification, or that ours names beside its own: they begin with one of these. */
const OURS_ONLY: readonly string[] = [
  'sync response to_device/',
  'sync response device_unused_fallback_key_types',
  'sync response rooms/join/*/org.matrix.msc4222.state_after',
  'sync response rooms/leave/*/org.matrix.msc4222.state_after',
  // The two forms of the invite are one operation, and each form requires its own.
  'inviteUser body ',
]

/** Where theirs says otherwise than the text, or ours joins two descriptions into one. */
const THEIRS_ONLY: ReadonlySet<string> = new Set([
  // The answer is an event only with `format=event`.
  ...['type', 'state_key', 'content', 'sender', 'event_id', 'origin_server_ts', 'room_id', 'unsigned', 'unsigned/age']
    .flatMap((name) => [`getRoomStateWithKey response ${name}`, `getRoomStateWithKey response ${name}!`]),
  'inviteUser body user_id!',
  // Old clients leave it out.
  'getRoomEvents query dir!',
  // The formats of events have no origin any more, and other servers send none.
  ...[
    'sendJoinV2 body ', 'sendKnock body ', 'sendLeaveV2 body ', 'sendInviteV1 body ', 'sendInviteV1 response */event/',
    'sendInviteV2 body event/', 'sendInviteV2 response event/',
  ].map((where) => `${where}origin!`),
])

const noMatrixSpec = !existsSync(MATRIX_SPEC) && 'matrix-spec is not beside the repository'

test('our fields and what is required of them are those of matrix-spec', { skip: noMatrixSpec }, async (t) => {
  const apis = readApis()
  const shared = sharedSchemas(apis)
  const resolve: Resolve = (schema) => ({ schema: shared.get(referencedName(schema.$ref ?? '')) ?? {}, resolve })
  for (const [name, directory] of [['client', 'client-server'], ['federation', 'server-server']] as const) {
    const api = apis.filter((each) => each.name === name)
    const ours = new Map(api.flatMap(operationsOf).map((operation) => [operation.operationId, operation]))
    for (const upstream of readUpstreamOperations(directory)) {
      const { operationId } = upstream
      const operation = ours.get(operationId)
      if (operation === undefined) continue
      const mine = describe(operationId, fieldsOfOperation(operation, (schema) => fieldsOf(schema, resolve)))
      const theirs = describe(operationId, upstream.fields)
      const missing = theirs.filter((field) => !mine.includes(field) && !THEIRS_ONLY.has(field))
      t.same(missing, [], `${operationId}: nothing of theirs is missing`)
      const added = mine.filter((field) => field.endsWith('!') && !theirs.includes(field) && !isOursOnly(field))
      t.same(added, [], `${operationId}: ours requires no more`)
    }
  }
})

function isOursOnly(field: string): boolean {
  return OURS_ONLY.some((beginning) => field.startsWith(beginning))
}

type Parts = ReadonlyMap<string, Iterable<string>>

function fieldsOfOperation(operation: DocumentOperation, fields: (schema: Schema) => Iterable<string>): Parts {
  const parameters = (place: 'path' | 'query') =>
    parametersOf(operation, place).flatMap(({ name, required }) => required === true ? [name, `${name}!`] : [name])
  return new Map([
    ['params', parameters('path')],
    ['query', parameters('query')],
    ['body', fields(bodyOf(operation) ?? {})],
    ['response', fields(responseOf(operation) ?? {})],
  ])
}

function describe(operationId: string, parts: Parts): string[] {
  return [...parts].flatMap(([part, fields]) => [...fields].map((field) => `${operationId} ${part} ${field}`))
}
