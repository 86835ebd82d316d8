import fc from 'fast-check'
import t from 'tap'
import { findContentProblem, findCreationProblem } from '../../../src/matrix/content-checks.ts'
import { forbidden, invalidParam, limitExceeded, MatrixError, missingParam, notFound } from '../../../src/matrix/errors.ts'
import { compileGlob, includesWords } from '../../../src/matrix/glob.ts'
import { historyVisibilityOf, mayServerSeeEvent, maySeeEvent, type HistoryVisibility } from '../../../src/matrix/history-visibility.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { relationOf, threadRootOf } from '../../../src/matrix/relations.ts'
import { compileServerAcl } from '../../../src/matrix/server-acl.ts'
import { ALICE, BOB, roomIdIn, versionOf } from './room-of-events.ts'

/** Globs by their definition: slow, and plainly right. */
function matchesSlowly(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...others] = pattern
  if (first === undefined) return text.length === 0
  if (first === '*') return matchesSlowly(others, text) || (text.length > 0 && matchesSlowly(pattern, text.slice(1)))
  return text.length > 0 && (first === '?' || first === text[0]) && matchesSlowly(others, text.slice(1))
}

function matchesWordsSlowly(pattern: string, text: readonly string[]): boolean {
  const isWord = (character: string | undefined): boolean => character !== undefined && /[A-Za-z0-9_]/.test(character)
  for (let from = 0; from <= text.length; from += 1) {
    for (let to = from; to <= text.length; to += 1) {
      if (!isWord(text[from - 1]) && !isWord(text[to]) && matchesSlowly([...pattern], text.slice(from, to))) return true
    }
  }
  return false
}

const VISIBILITIES: readonly HistoryVisibility[] = ['world_readable', 'shared', 'invited', 'joined']

export function testPolicies(): void {
  t.test('globs (A62)', async (t) => {
    for (const [pattern, text, matches] of [
      ['', '', true], ['', 'a', false], ['*', '', true], ['?', '', false], ['?', '😀', true], ['??', '😀', false], ['a*b*c', 'aXbYc', true],
      ['a*b*c', 'aXbY', false], ['*.b', 'a.b', true], ['*.b', 'b', false], ['.*', 'x', false], ['[a]', 'a', false], ['\\*', '\\x', true],
      ['a?c', 'abc', true], ['*a', 'ba', true], ['**', 'x', true],
    ] as const) t.equal(compileGlob(pattern).matches(text), matches, `${pattern} and ${text}`)
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', ' ', '😀'), minLength: 1, maxLength: 8 })
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '😀'), maxLength: 9 })
    t.doesNotThrow(() => fc.assert(fc.property(letters, texts, (pattern, text) =>
      compileGlob(pattern).matches(text) === matchesSlowly([...pattern], [...text])
      && compileGlob(pattern).matchesWords(text) === matchesWordsSlowly(pattern, [...text])), { numRuns: 2000 }))
    const long = 'ab'.repeat(50)
    t.ok(compileGlob(`*${long}?`).matches(`x${long}${long}y`), 'more than one word of bits')
    t.notOk(compileGlob(`*${long}?b`).matches(`x${long}${long}y`))
    t.ok(compileGlob(`${long}*`).matchesWords(`x ${long}`))
    t.ok(includesWords('hi bob', 'bob'))
    t.notOk(includesWords('hi bobby', 'bob'))
  })

  t.test('server ACLs', async (t) => {
    const acl = compileServerAcl({ allow: ['*'], deny: ['evil.test', '*.bad.test', 'Ev?l.test'], allow_ip_literals: false })
    for (const name of ['good.test', 'bad.test', 'evil.test.good.test']) t.ok(acl.allows(name), name)
    for (const name of ['evil.test', 'EVIL.test', 'evil.test:8448', 'a.bad.test', 'evxl.test', '1.2.3.4', '1.2.3.4:80', '[::1]',
      '[::1]:80', '', 'a b']) {
      t.notOk(acl.allows(name), name)
    }
    t.ok(compileServerAcl(undefined).allows('a'))
    t.notOk(compileServerAcl({}).allows('a'), 'nobody is allowed who is not named')
    t.ok(compileServerAcl({ allow: ['1.2.*'] }).allows('1.2.3.4'))
    t.ok(compileServerAcl({ allow: ['*'], allow_ip_literals: 'no' }).allows('1.2.3.4'))
    t.notOk(compileServerAcl({ allow: '*', deny: 5 }).allows('a'))
    t.ok(compileServerAcl({ allow: [5, null, 'a'] }).allows('a'))
    t.notOk(compileServerAcl({ allow: ['*'], deny: Array(300).fill(`${'*a'.repeat(100)}b`) }).allows(''))
  })

  t.test('history visibility', async (t) => {
    const sees = (visibility: HistoryVisibility, membership: string | undefined, joinedLater = false): boolean =>
      maySeeEvent({ visibility, membership, joinedLater })
    for (const visibility of VISIBILITIES) {
      t.ok(sees(visibility, 'join'), `a member, ${visibility}`)
      t.equal(sees(visibility, undefined), visibility === 'world_readable', `a stranger, ${visibility}`)
      t.equal(sees(visibility, undefined, true), visibility === 'world_readable' || visibility === 'shared',
        `a later member, ${visibility}`)
      t.equal(sees(visibility, 'invite'), visibility === 'world_readable' || visibility === 'invited', `an invited one, ${visibility}`)
      for (const membership of ['leave', 'ban', 'knock', 'constructor']) t.equal(sees(visibility, membership),
        visibility === 'world_readable')
      t.equal(mayServerSeeEvent(visibility, ['leave', 'join'], false), true)
      t.equal(mayServerSeeEvent(visibility, ['leave'], false), visibility === 'world_readable')
    }
    const change = { membership: undefined, joinedLater: false }
    t.ok(maySeeEvent({ ...change, visibility: 'joined', visibilityAfter: 'world_readable' }), 'the event that opens the room')
    t.ok(maySeeEvent({ ...change, visibility: 'world_readable', visibilityAfter: 'joined' }), 'and that which closes it')
    t.ok(maySeeEvent({ ...change, visibility: 'joined', membershipAfter: 'join' }), 'one\'s own join')
    t.ok(maySeeEvent({ visibility: 'joined', membership: 'join', membershipAfter: 'ban', joinedLater: false }), 'one\'s own ban')
    t.notOk(maySeeEvent({ visibility: 'joined', membership: 'leave', membershipAfter: 'invite', joinedLater: false }))
    for (const visibility of VISIBILITIES) t.equal(historyVisibilityOf({ history_visibility: visibility }), visibility)
    for (const content of [undefined, {}, { history_visibility: 'x' },
      { history_visibility: 5 }]) t.equal(historyVisibilityOf(content), 'shared')
  })

  t.test('relations', async (t) => {
    const to = (relation: unknown): JsonObject => ({ 'm.relates_to': relation as JsonObject })
    t.same(relationOf(to({ rel_type: 'm.annotation', event_id: '$x', key: '👍' })), { relType: 'm.annotation', eventId: '$x', key: '👍' })
    t.same(relationOf(to({ rel_type: 'm.replace', event_id: '$x', key: 5 })), { relType: 'm.replace', eventId: '$x', key: undefined })
    for (const relation of [undefined, null, 5, 'x', [], {}, { rel_type: 'x' }, { event_id: '$x' }, { rel_type: 1, event_id: '$x' }]) {
      t.equal(relationOf(relation === undefined ? {} : to(relation)), undefined)
    }
    t.equal(threadRootOf(to({ rel_type: 'm.thread', event_id: '$x' })), '$x')
    t.equal(threadRootOf(to({ rel_type: 'm.replace', event_id: '$x' })), undefined)
  })

  t.test('what clients may not send', async (t) => {
    const check = (type: string, content: JsonObject, id = '11', isState = true): string | undefined => findContentProblem({
      version: versionOf(id), roomId: roomIdIn(versionOf(id)), serverName: 'a.test', creators: [ALICE], type, isState, content,
    })?.errcode
    for (const [type, good, bad] of [
      ['m.room.power_levels', [{}, { users: { [BOB]: 5 }, ban: 1 }], [{ ban: '50' }, { ban: 1.5 }, { users: { x: 1 } },
        { users: [] }, { events: { a: null } }]],
      ['m.room.server_acl', [{ allow: ['*'] }, { allow: ['a.test'], deny: [] }], [{}, { allow: ['*'], deny: ['a.*'] },
        { allow: '*' }, { allow: ['*'], deny: [1] }]],
      ['m.room.member', [{ membership: 'join', displayname: null }], [{}, { membership: 5 }, { membership: 'join', displayname: {} }]],
      ['m.room.join_rules', [{ join_rule: 'public' }, { join_rule: 'restricted', allow: 'x' }], [{}, { join_rule: 5 }]],
      ['m.room.history_visibility', [{ history_visibility: 'joined' }], [{}, { history_visibility: 'all' }]],
      ['m.room.guest_access', [{ guest_access: 'can_join' }], [{}, { guest_access: true }]],
      ['m.room.encryption', [{ algorithm: 'm.megolm.v1.aes-sha2' }], [{}, { algorithm: 1 }]],
      ['m.room.name', [{ name: 5 }, { 'm.mentions': {} }], [{ 'm.mentions': [] }, { 'm.mentions': { user_ids: [1] } },
        { 'm.mentions': { room: 1 } }]],
    ] as const) {
      for (const content of good) t.equal(check(type, content), undefined, `${type} ${JSON.stringify(content)}`)
      for (const content of bad) t.equal(check(type, content), 'M_BAD_JSON', `${type} ${JSON.stringify(content)}`)
    }
    for (const content of [{}, { alias: null }, { alias: '' },
      { alias: '#a:b', alt_aliases: ['#c:d'] }]) t.equal(check('m.room.canonical_alias', content), undefined)
    for (const content of [{ alias: 'x' }, { alias: 5 }, { alt_aliases: 'x' }, { alt_aliases: ['x'] }]) {
      t.equal(check('m.room.canonical_alias', content), 'M_INVALID_PARAM')
    }
    t.equal(check('m.room.tombstone', { replacement_room: roomIdIn(versionOf('11')) }), 'M_INVALID_PARAM')
    t.equal(check('m.room.tombstone', { replacement_room: '!other' }), undefined)
    t.equal(check('m.room.power_levels', { users: { [ALICE]: 100 } }, '12'), 'M_BAD_JSON', 'a creator of version 12')
    t.equal(check('m.room.power_levels', { users: { [ALICE]: 100 } }, '11'), undefined)
    t.equal(check('m.room.power_levels', { ban: '50' }, '9'), 'M_BAD_JSON', 'text is not sent where it would be taken')
    t.equal(check('m.room.power_levels', { ban: '50' }, '11', false), undefined, 'an event that is no state says nothing')
    t.equal(check('constructor', {}), undefined)
    t.equal(findCreationProblem(versionOf('12'), { additional_creators: [BOB], 'm.federate': false }), undefined)
    t.match(findCreationProblem(versionOf('12'), { additional_creators: ['x'] }), { errcode: 'M_INVALID_PARAM' })
    t.match(findCreationProblem(versionOf('12'), { 'm.federate': 'no' }), { errcode: 'M_BAD_JSON' })
  })

  t.test('errors', async (t) => {
    const wait = limitExceeded(1500)
    t.same(wait.body(), { errcode: 'M_LIMIT_EXCEEDED', error: wait.message, retry_after_ms: 1500 })
    t.strictSame([wait.status, wait.headers], [429, { 'Retry-After': '2' }])
    t.strictSame([forbidden('x'), notFound('x'), invalidParam('x'), missingParam('x')].map(({ status }) => status), [403, 404, 400, 400])
    const error = new MatrixError('M_UNKNOWN_TOKEN', 'x', { status: 418, fields: { soft_logout: true, errcode: 'M_OTHER' } })
    t.strictSame([error.status, error.body()['soft_logout'], error.body()['errcode']], [418, true, 'M_UNKNOWN_TOKEN'])
  })
}
