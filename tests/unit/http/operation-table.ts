import { test } from 'tap'
import { OperationTable } from '../../../src/http/operation-table.ts'
import { clientOperations, federationOperations, hearthOperations, type Operation } from '../../../src/spec/operations.ts'

const operation = (method: Operation['method'], path: string, ...aliases: string[]) => ({ method, path, aliases })

test('words come before parameters, and a dead end goes back to the parameter', async (t) => {
  const table = new OperationTable<string>()
  table.add(operation('GET', '/keys/{version}'), 'key')
  table.add(operation('GET', '/keys/version'), 'version')
  table.add(operation('GET', '/keys/{version}/count'), 'count')
  t.match(table.find('GET', '/keys/version'), { kind: 'found', entry: 'version', params: {} })
  t.match(table.find('GET', '/keys/other'), { kind: 'found', entry: 'key', params: { version: 'other' } })
  t.match(table.find('GET', '/keys/version/count'), { kind: 'found', entry: 'count', params: { version: 'version' } })
})

test('methods, encodings and empty names', async (t) => {
  const table = new OperationTable<string>()
  table.add(operation('GET', '/state/{type}/{stateKey}', '/state/{type}'), 'get')
  table.add(operation('PUT', '/state/{type}/{stateKey}', '/state/{type}'), 'put')
  table.add(operation('GET', '/profile/{userId}'), 'profile')
  t.match(table.find('PUT', '/state/a'), { entry: 'put', params: { type: 'a', stateKey: '' } })
  t.match(table.find('PUT', '/state/a/'), { entry: 'put', params: { type: 'a', stateKey: '' } })
  t.match(table.find('GET', '/state/%E2%82%AC/a%2Fb'), { params: { type: '€', stateKey: 'a/b' } })
  t.match(table.find('HEAD', '/state/a'), { entry: 'get', params: { type: 'a', stateKey: '' } })
  t.same(table.find('DELETE', '/state/a'), { kind: 'wrong-method', allowed: ['GET', 'PUT'] })
  t.same(table.find('GET', '/state/%ff'), { kind: 'bad-encoding' })
  t.same(table.find('GET', '/state/%'), { kind: 'bad-encoding' })
  const others = ['', '/', '/state', '/state//', '/state//x', '/profile/', '/profile', '/state/a/b/c', 'state/a', '//state/a', '/__proto__']
  for (const path of others) {
    t.same(table.find('GET', path), { kind: 'unknown' }, path)
  }
  t.throws(() => table.add(operation('GET', '/profile/{other}'), 'again'))
})

test('every operation of our documents is found by its path and its aliases', async (t) => {
  for (const operations of [{ ...clientOperations, ...hearthOperations }, federationOperations]) {
    const table = new OperationTable<string>()
    // Two operations of one path and method are told apart by their bodies, in one handler.
    const shared = new Set(['inviteBy3PID', 'peekEvents', 'getEvents'])
    const served = Object.values<Operation>(operations).filter(({ operationId }) => !shared.has(operationId))
    for (const each of served) table.add(each, each.operationId)
    for (const each of served) {
      for (const path of [each.path, ...each.aliases]) {
        t.match(table.find(each.method, path.replaceAll(/\{(\w+)\}/g, '~$1')), { kind: 'found', entry: each.operationId }, path)
      }
    }
  }
})
