import { existsSync, readFileSync } from 'node:fs'
import { test } from 'tap'
import { operationsOf, readApis } from '../../spec/generator/documents.ts'
import { clientOperations, federationOperations, type Operation } from '../../src/spec/operations.ts'

/** The operations of the Client-Server and Server-Server APIs, v1.19. */
const COMMITTED = new URL('endpoints.tsv', import.meta.url)
const REFERENCE = new URL('../../../shared/reference/endpoints.tsv', import.meta.url)

interface Row {
  readonly api: string
  readonly method: string
  readonly path: string
  readonly operationId: string
  readonly auth: string
}

function readRows(url: URL): Row[] {
  const [, ...lines] = readFileSync(url, 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const [api = '', method = '', path = '', operationId = '', auth = ''] = line.split('\t')
    return { api, method, path, operationId, auth }
  }).filter(({ api }) => api === 'CS' || api === 'SS')
}

const AUTH: Readonly<Record<string, Operation['auth']>> = {
  'access token': 'token',
  'access token (guest allowed)': 'token-or-guest',
  'access token (guest allowed: displayname only)': 'token-or-guest',
  'access token (optional)': 'optional',
  'as-token': 'appservice',
  'federation signature': 'signature',
  'none': 'none',
}

/** Where ours differs on purpose. */
const AUTH_OF_OURS: Readonly<Record<string, Operation['auth']>> = {
  // The list of public rooms may be kept from those who do not log in (rooms.public_list_without_auth).
  getPublicRooms: 'optional',
  // One operation with the peeking form, which guests may use.
  getEvents: 'token-or-guest',
}

/** The specification describes two methods and paths twice; each is one operation of ours. */
const MERGED: Readonly<Record<string, string>> = { inviteBy3PID: 'inviteUser', peekEvents: 'getEvents' }

function ownIdOf(operationId: string): string {
  return MERGED[operationId] ?? operationId
}

/** Of the first version of the API, which the specification describes no more, and which servers still ask for. */
const OF_OLD: readonly string[] = ['sendJoinV1', 'sendLeaveV1']

test('every operation of the specification is in ours', async (t) => {
  const rows = readRows(COMMITTED)
  t.equal(rows.length, 202)
  for (const { api, method, path, operationId, auth } of rows) {
    const table: Readonly<Record<string, Operation>> = api === 'CS' ? clientOperations : federationOperations
    const ownId = ownIdOf(operationId)
    const wanted = (api === 'CS' ? AUTH_OF_OURS[ownId] : undefined) ?? AUTH[auth]
    t.match(table[ownId], { method, path, auth: wanted }, `${method} ${path}`)
  }
  const named = (api: string) => [...new Set(rows.filter((row) => row.api === api).map((row) => ownIdOf(row.operationId)))]
  t.same(Object.keys(clientOperations).toSorted(), named('CS').toSorted(), 'ours has no other client operations')
  t.same(Object.keys(federationOperations).toSorted(), [...named('SS'), ...OF_OLD].toSorted(), 'ours has no other federation operations')
})

const noReference = !existsSync(REFERENCE) && 'the reference is not beside the repository'

test('the committed list of operations is that of the reference', { skip: noReference }, async (t) => {
  t.same(readRows(COMMITTED), readRows(REFERENCE))
})

test('no two operations of an API share a method and a path', async (t) => {
  for (const table of [clientOperations, federationOperations]) {
    const seen = new Map<string, string>()
    for (const { operationId, method, path, aliases } of Object.values<Operation>(table)) {
      for (const each of [path, ...aliases]) {
        const key = `${method} ${each.replaceAll(/\{\w+\}/g, '{}')}`
        t.equal(seen.get(key), undefined, `${key} is only ${operationId}`)
        seen.set(key, operationId)
      }
    }
  }
})

test('the documents carry over no sentences', async (t) => {
  for (const api of readApis()) {
    for (const operation of operationsOf(api)) {
      const words = Object.values(operation.responses).map(({ description }) => description)
      t.notOk(words.some((text) => text.length > 30 && !/^M_[A-Z_]+(, M_[A-Z_]+)*$/.test(text)), operation.operationId)
    }
  }
})
