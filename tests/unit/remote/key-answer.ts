import t from 'tap'
import { readKeyAnswer } from '../../../src/remote/key-answer.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { signJson } from '../../../src/matrix/signing.ts'
import { DAY_MS } from '../../../src/util/durations.ts'
import { newSigningKey } from '../../support/peers.ts'

const NOW = 1_700_000_000_000
const WEEK_MS = 7 * DAY_MS
const first = newSigningKey('one')
const second = newSigningKey('two')

function answer(changes: JsonObject = {}, ...signers: readonly (typeof first)[]): JsonObject {
  const json: JsonObject = {
    server_name: 'a.test', valid_until_ts: NOW + 1000, verify_keys: { [first.keyId]: { key: first.publicKey } },
    old_verify_keys: { 'ed25519:old': { key: second.publicKey, expired_ts: 5 } }, ...changes,
  }
  return signers.reduce((signed, key) => signJson(signed, 'a.test', key), json)
}

const problemOf = (json: JsonObject) => {
  const read = readKeyAnswer(json, 'a.test', NOW)
  return read.ok ? undefined : read.message
}

t.test('what a server says of its keys is read when it is signed by them', async (t) => {
  const read = readKeyAnswer(answer({}, first), 'a.test', NOW)
  t.ok(read.ok)
  if (!read.ok) return
  t.match(read.answer.keys, [
    { keyId: first.keyId, publicKey: first.publicKey, validUntilTs: NOW + 1000, expiredTs: null },
    { keyId: 'ed25519:old', publicKey: second.publicKey, expiredTs: 5 },
  ])
  const far = readKeyAnswer(answer({ valid_until_ts: 2 ** 53 - 1 }, first), 'a.test', NOW)
  t.equal(far.ok && far.answer.validUntilTs, NOW + WEEK_MS, 'nobody is believed for longer than a week')
  const both = { [first.keyId]: { key: first.publicKey }, [second.keyId]: { key: second.publicKey }, 'other:x': { key: 'y' } }
  const half = readKeyAnswer(answer({ verify_keys: both, old_verify_keys: {} }, first), 'a.test', NOW)
  t.same(half.ok && half.answer.keys.map(({ keyId }) => keyId), [first.keyId], 'a key that did not sign is nobody\'s')
  const whole = readKeyAnswer(answer({ verify_keys: both, old_verify_keys: {} }, first, second), 'a.test', NOW)
  t.same(whole.ok && whole.answer.keys.length, 2)
})

t.test('answers that are not to be believed', async (t) => {
  t.equal(problemOf(answer({ server_name: 'b.test' }, first)), 'The answer is about another server.')
  t.match(problemOf(answer()), 'signed by none')
  t.match(problemOf(answer({}, second)), 'signed by none')
  t.match(problemOf({ ...answer({}, first), valid_until_ts: NOW + 2000 }), 'wrong signature')
  t.match(problemOf(answer({ valid_until_ts: '5' }, first)), 'until when')
  t.match(problemOf(answer({ verify_keys: {} }, first)), 'no keys')
  t.match(problemOf(answer({ verify_keys: { [first.keyId]: { key: 'short' } } }, first)), 'no keys')
  t.match(problemOf(answer({ verify_keys: [] }, first)), 'no keys')
  t.match(problemOf(answer({ extra: 1.5 }, first)), 'canonical')
  t.match(problemOf(answer({ extra: 'x'.repeat(70_000) }, first)), 'longer')
})
