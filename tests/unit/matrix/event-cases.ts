import fc from 'fast-check'
import t from 'tap'
import { buildEvent, type BuiltEvent, type EventFields } from '../../../src/matrix/build-event.ts'
import { clientEvent, readStrippedState, strippedEvent } from '../../../src/matrix/client-event.ts'
import { impliedCreateEvent, readPdu } from '../../../src/matrix/event.ts'
import { eventIdOf } from '../../../src/matrix/hashes.ts'
import { isJsonObject, LOSSLESS, parseJson, type JsonObject, type JsonValue } from '../../../src/matrix/json.ts'
import { redactEvent, redactsOf } from '../../../src/matrix/redaction.ts'
import { findRoomVersion, listRoomVersions, type RoomVersion } from '../../../src/matrix/room-versions.ts'
import { isSignedBy, verifyEvent, type FindServerKey } from '../../../src/matrix/verify-event.ts'
import { signJson, verifyKeyFromBase64 } from '../../../src/matrix/signing.ts'
import { versionOf } from './room-of-events.ts'
import { KEY } from './signing-cases.ts'

const ROOM = '!room:a.test'
const HASH_ROOM = `!${'h'.repeat(43)}`
const v11 = versionOf('11')
const v12 = versionOf('12')

const findKey: FindServerKey = (serverName, keyId) => {
  const key = keyId === KEY.keyId && serverName === 'a.test' ? verifyKeyFromBase64(KEY.publicKey) : undefined
  return key === undefined ? undefined : { key, validUntilTs: 2000 }
}

function build(version: RoomVersion, fields: Partial<EventFields> = {}): BuiltEvent {
  const given = version.eventIdFormat === 'given' ? { eventId: '$given:a.test' } : {}
  const roomId = version.roomIdFromCreateEvent ? HASH_ROOM : ROOM
  return buildEvent({
    version,
    serverName: 'a.test',
    key: KEY,
    fields: {
      type: 'm.room.message', sender: '@a:a.test', roomId, content: { body: 'x' }, prevEvents: ['$p'], authEvents: ['$a'], depth: 2,
      originServerTs: 1000, ...given, ...fields,
    },
  })
}

function built(version: RoomVersion, fields: Partial<EventFields> = {}): Extract<BuiltEvent, { ok: true }> {
  const event = build(version, fields)
  if (!event.ok) throw new Error(event.message)
  return event
}

function problemOf(version: RoomVersion, json: JsonObject): string | undefined {
  const read = readPdu(json, version)
  return read.ok ? undefined : read.reason
}

/** Every key that some version keeps, and some that none does, in an event of a type. */
function fullEvent(type: string): JsonObject {
  const keys = [
    'membership', 'creator', 'join_rule', 'allow', 'ban', 'events', 'events_default', 'invite', 'kick', 'redact', 'state_default',
      'users',
    'users_default', 'notifications', 'aliases', 'history_visibility', 'redacts', 'join_authorised_via_users_server', 'other',
      '__proto__',
  ]
  const content: Record<string, JsonValue> = Object.fromEntries(keys.map((key) => [key, key]))
  return {
    type, content: { ...content, third_party_invite: { signed: { token: 't' }, display_name: 'x' } }, event_id: '$e', room_id: ROOM,
    sender: '@a:b', state_key: '', hashes: {}, signatures: {}, depth: 1, prev_events: [], prev_state: [], auth_events: [], origin: 'b',
    origin_server_ts: 1, membership: 'join', unsigned: { age: 1 }, redacts: '$x', extra: 1,
  }
}

function keptContent(type: string, version: RoomVersion): readonly string[] {
  const { content } = redactEvent(fullEvent(type), version)
  return isJsonObject(content) ? Object.keys(content).sort() : []
}

export function testEvents(): void {
  t.test('room versions 1 to 12 are known', async (t) => {
    t.strictSame(listRoomVersions().map(({ id }) => id), ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'])
    for (const id of ['0', '13', '', '1 ', '__proto__', 'org.matrix.msc1']) t.equal(findRoomVersion(id), undefined)
    t.strictSame(listRoomVersions().map(({ stateResolution }) => stateResolution), ['v1', ...Array(10).fill('v2'), 'v2.1'])
  })

  t.test('redaction keeps what each version protects', async (t) => {
    const levels = ['ban', 'events', 'events_default', 'kick', 'redact', 'state_default', 'users', 'users_default']
    for (const [id, type, kept] of [
      ['1', 'm.room.aliases', ['aliases']], ['5', 'm.room.aliases', ['aliases']], ['6', 'm.room.aliases', []],
      ['7', 'm.room.join_rules', ['join_rule']], ['8', 'm.room.join_rules', ['allow', 'join_rule']],
      ['8', 'm.room.member', ['membership']], ['9', 'm.room.member', ['join_authorised_via_users_server', 'membership']],
      ['11', 'm.room.member', ['join_authorised_via_users_server', 'membership', 'third_party_invite']],
      ['10', 'm.room.create', ['creator']], ['10', 'm.room.power_levels', levels], ['11', 'm.room.power_levels',
        [...levels, 'invite'].sort()],
      ['10', 'm.room.redaction', []], ['11', 'm.room.redaction', ['redacts']], ['12', 'm.room.history_visibility',
        ['history_visibility']],
      ['12', 'm.room.message', []], ['12', 'constructor', []], ['12', '__proto__', []],
    ] as const) t.strictSame(keptContent(type, versionOf(id)), kept, `${type} in ${id}`)
    t.same(redactEvent(fullEvent('m.room.create'), v12)['content'], fullEvent('m.room.create')['content'], 'all of a create event')
    t.same(redactEvent(fullEvent('m.room.member'), v11)['content'], {
      membership: 'membership', join_authorised_via_users_server: 'join_authorised_via_users_server',
      third_party_invite: { signed: { token: 't' } },
    })
    const before = Object.keys(redactEvent(fullEvent('x'), versionOf('10')))
    const after = Object.keys(redactEvent(fullEvent('x'), v11))
    t.strictSame(before.filter((key) => !after.includes(key)).sort(), ['membership', 'origin', 'prev_state'])
    t.notOk(before.includes('redacts') || before.includes('unsigned') || before.includes('extra'))
    t.same(redactEvent({ type: 'm.room.member', content: 5 }, v11)['content'], {})
    t.same(redactEvent({ type: 'm.room.member', content: { third_party_invite: 'x' } }, v11)['content'], {})
    // Which decides the event's id, so all servers have to read the rule alike.
    const unsigned = { type: 'm.room.member', content: { third_party_invite: { display_name: 'x' } } }
    t.same(redactEvent(unsigned, v11)['content'], { third_party_invite: {} })
    t.equal(redactsOf({ redacts: '$a', content: { redacts: '$b' } }, versionOf('10')), '$a')
    t.equal(redactsOf({ redacts: '$a', content: { redacts: '$b' } }, v11), '$b')
    t.equal(redactsOf({ redacts: 5, content: [] }, v11), undefined)
  })

  t.test('redacting twice is redacting once, and keeps the event id', async (t) => {
    const types = fc.constantFrom('m.room.member', 'm.room.create', 'm.room.power_levels', 'm.room.aliases', 'm.room.redaction', 'x')
    t.doesNotThrow(() => fc.assert(fc.property(fc.constantFrom(...listRoomVersions()), types, fc.jsonValue(), (version, type, extra) => {
      const content: JsonObject = JSON.parse(JSON.stringify({ extra, third_party_invite: extra, users: extra, membership: extra }))
      const event: JsonObject = { ...fullEvent(type), content }
      const once = redactEvent(event, version)
      t.same(redactEvent(once, version), once)
      return eventIdOf(once, version) === eventIdOf(event, version)
    }), { numRuns: 60 }))
  })

  t.test('an event that we build is one that we accept', async (t) => {
    for (const version of listRoomVersions()) {
      const { pdu, canonical } = built(version)
      const parsed = parseJson(canonical, LOSSLESS)
      const json = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
      const read = readPdu(json, version)
      if (!read.ok) return t.fail(read.message)
      t.equal(read.pdu.eventId, pdu.eventId, `version ${version.id}`)
      const verified = await verifyEvent(read.pdu, version, findKey)
      t.ok(verified.ok && !verified.redacted)
      t.strictSame([pdu.prevEvents, pdu.authEvents], [['$p'], ['$a']])
    }
    t.match(built(versionOf('3')).pdu.eventId, /^\$[A-Za-z0-9+/]{43}$/)
    t.match(built(v11).pdu.eventId, /^\$[A-Za-z0-9_-]{43}$/)
    t.equal(built(versionOf('1')).pdu.eventId, '$given:a.test')
    t.same(built(versionOf('2')).pdu.json['prev_events'], [['$p', {}]])
  })

  t.test('a version 12 room takes its id from its create event', async (t) => {
    const event = buildEvent({
      version: v12, serverName: 'a.test', key: KEY,
      fields: {
        type: 'm.room.create', sender: '@a:a.test', stateKey: '', content: { room_version: '12' }, prevEvents: [], authEvents: [],
          depth: 1,
        originServerTs: 1000,
      },
    })
    if (!event.ok) return t.fail(event.message)
    t.equal(event.pdu.roomId, `!${event.pdu.eventId.slice(1)}`)
    t.notOk(Object.hasOwn(event.pdu.json, 'room_id'))
    const read = readPdu(event.pdu.json, v12)
    t.ok(read.ok && read.pdu.roomId === event.pdu.roomId)
    t.equal(impliedCreateEvent({ roomId: event.pdu.roomId, type: 'm.room.message' }, v12), event.pdu.eventId)
    t.equal(impliedCreateEvent({ roomId: ROOM, type: 'm.room.message' }, v11), undefined)
    t.equal(problemOf(v11, event.pdu.json), 'bad-format', 'elsewhere a create event states the room')
    t.equal(problemOf(v12, { ...event.pdu.json, type: 'm.room.message' }), 'bad-format')
  })

  t.test('events that do not fit are not built', async (t) => {
    for (const [fields, reason] of [
      [{ type: 'x'.repeat(256) }, 'too-large'], [{ type: 'é'.repeat(128) }, 'too-large'], [{ stateKey: 'é'.repeat(128) }, 'too-large'],
      [{ content: { body: 'x'.repeat(65_000) } }, undefined], [{ content: { body: 'x'.repeat(65_536) } }, 'too-large'],
      [{ content: { body: 'é'.repeat(32_700) } }, 'too-large'], [{ content: { a: 1.5 } }, 'bad-json'],
        [{ content: { a: 2 ** 53 } }, 'bad-json'],
      [{ content: { a: '\ud800' } }, 'bad-json'], [{ stateKey: '\ud800' }, 'bad-json'], [{ stateKey: 'x'.repeat(255) }, undefined],
    ] as const) {
      const event = build(v11, fields)
      t.equal(event.ok ? undefined : event.reason, reason, JSON.stringify(fields).slice(0, 40))
    }
    const filled = 65_536 - built(v11, { content: { body: '' } }).canonical.length
    t.equal(built(v11, { content: { body: 'x'.repeat(filled) } }).canonical.length, 65_536, 'the largest event')
    t.notOk(build(v11, { content: { body: 'x'.repeat(filled + 1) } }).ok)
    t.equal(problemOf(v11, signJson({ ...built(v11).pdu.json, more: 'x'.repeat(65_400) }, 'b', KEY)), 'too-large')
  })

  t.test('events of a wrong form are dropped', async (t) => {
    const { json } = built(v11, { stateKey: '' }).pdu
    t.equal(problemOf(v11, json), undefined)
    for (const [key, values] of Object.entries({
      type: [undefined, 5, null], sender: [undefined, 'alice', 5, '@a'], content: [undefined, null, [], 'x'], state_key: [5, null, {}],
      room_id: [undefined, 5, 'room', '!'], depth: [undefined, -1, 1.5, 2 ** 53, '5', null],
        origin_server_ts: [undefined, '1', 1.5, null],
      hashes: [undefined, {}, { sha256: 5 }, 'x'], signatures: [undefined, [], { a: 5 }, { a: { b: 5 } }], unsigned: [5, 'x', []],
      prev_events: [undefined, 'x', [5], [['$a', {}]], Array(21).fill('$a')], auth_events: [undefined, {}, [null], Array(11).fill('$a')],
    })) {
      for (const value of values) {
        const changed: Record<string, JsonValue> = { ...json }
        if (value === undefined) Reflect.deleteProperty(changed, key)
        else changed[key] = value
        t.equal(problemOf(v11, changed), 'bad-format', `${key}: ${JSON.stringify(value)?.slice(0, 30)}`)
      }
    }
    t.equal(problemOf(v11, { ...json, depth: 2 ** 53 - 1, origin_server_ts: -1 }), undefined)
    t.equal(problemOf(v11, { ...json, prev_events: Array(20).fill('$a'), auth_events: Array(10).fill('$a') }), undefined)
    t.equal(problemOf(v11, { ...json, type: 'é'.repeat(128) }), 'too-large')
    const old = built(versionOf('10')).pdu.json
    for (const [field, fits, isToo] of [
      ['type', 'é'.repeat(255), 'é'.repeat(256)], ['state_key', '💥'.repeat(70), '💥'.repeat(256)],
    ] as const) {
      t.equal(problemOf(versionOf('10'), { ...old, [field]: fits }), undefined, 'measured in characters')
      t.equal(problemOf(versionOf('10'), { ...old, [field]: isToo }), 'too-large')
    }
    t.equal(problemOf(v11, { ...json, content: { a: 1.5 } }), 'bad-format', 'a float in a strict version')
    t.equal(problemOf(versionOf('5'), { ...json, content: { a: 1.5 } }), undefined, 'and in one that is not')
    const large = parseJson('{"depth":9223372036854775806}', LOSSLESS)
    const { depth } = large.ok && isJsonObject(large.value) ? large.value : {}
    t.equal(problemOf(versionOf('5'), { ...json, depth: depth ?? 0 }), undefined)
    t.equal(problemOf(v11, { ...json, depth: depth ?? 0 }), 'bad-format')
    t.equal(problemOf(versionOf('5'), { ...json, depth: 2 ** 63 }), 'bad-format')
  })

  t.test('what the forms of old and new events have apart', async (t) => {
    const v1 = versionOf('1')
    const v12 = versionOf('12')
    const { json: old } = built(v1, { stateKey: '' }).pdu
    t.equal(problemOf(v1, { ...old, redacts: null }), undefined, 'null is nothing')
    t.equal(problemOf(v1, { ...old, redacts: 5 }), 'bad-format')
    t.equal(problemOf(v1, { ...old, event_id: '$x' }), 'bad-format', 'an id without a domain')
    for (const references of [['$a:b'], [['$a:b']], [['$a:b', 5]], [['$a:b', {}, 1]]]) {
      t.equal(problemOf(v1, { ...old, prev_events: references }), 'bad-format', JSON.stringify(references))
    }
    t.equal(problemOf(v1, { ...old, prev_events: [['$a:b', {}]] }), undefined)
    const { room_id: _, ...create } = built(v12, { type: 'm.room.create', stateKey: '', content: {} }).pdu.json
    t.equal(problemOf(v12, create), undefined)
    t.equal(problemOf(v12, { ...create, state_key: 'x' }), 'bad-format', 'only the create event gives the room its id')
  })

  t.test('signatures and hashes of events of other servers', async (t) => {
    const read = readPdu(built(v11, { content: { body: 'secret' } }).pdu.json, v11)
    if (!read.ok) return t.fail(read.message)
    const { pdu } = read
    const altered = await verifyEvent({ ...pdu, json: { ...pdu.json, content: { body: 'other' } } }, v11, findKey)
    t.ok(altered.ok && altered.redacted, 'an altered body: the redacted event goes on')
    t.same(altered.ok ? altered.pdu.content : undefined, {})
    t.notOk((await verifyEvent({ ...pdu, json: { ...pdu.json, depth: 9 } }, v11, findKey)).ok, 'an altered protected field')
    t.notOk((await verifyEvent(pdu, v11, () => undefined)).ok, 'no key')
    const late = built(v11, { originServerTs: 2001 }).pdu
    t.notOk((await verifyEvent(late, v11, findKey)).ok, 'the key was not valid any more')
    const old = await verifyEvent(built(versionOf('4'), { originServerTs: 2001 }).pdu, versionOf('4'), findKey)
    t.ok(old.ok, 'which counts since version 5')
    const foreign = built(versionOf('1'), { eventId: '$e:b.test' }).pdu
    t.notOk((await verifyEvent(foreign, versionOf('1'), findKey)).ok, 'version 1 wants the server of the event id, too')
    const invite = { membership: 'invite', third_party_invite: { signed: {} } }
    const thirdParty = built(v11, { type: 'm.room.member', sender: '@a:c.test', stateKey: '@x:b.test', content: invite }).pdu
    t.ok((await verifyEvent(thirdParty, v11, findKey)).ok, 'another server may send an invite of a third-party invite')
    t.ok(await isSignedBy(thirdParty, v11, 'a.test', findKey))
    t.notOk(await isSignedBy(thirdParty, v11, 'c.test', findKey))
    t.equal(eventIdOf({ ...pdu.json, unsigned: { age: 1 }, signatures: {} }, v11), pdu.eventId)
    t.not(eventIdOf({ ...pdu.json, event_id: '$false' }, v11), '$false')
  })

  t.test('events as clients see them', async (t) => {
    const { pdu } = built(v11, { type: 'm.room.redaction', content: { redacts: '$x', reason: 'r' } })
    t.same(clientEvent(pdu, v11, { withRoomId: true }), {
      type: 'm.room.redaction', content: { redacts: '$x', reason: 'r' }, redacts: '$x', event_id: pdu.eventId, room_id: ROOM,
      sender: '@a:a.test', origin_server_ts: 1000,
    })
    const old = built(versionOf('9'), { type: 'm.room.redaction', content: {}, redacts: '$x', stateKey: '' }).pdu
    t.same(clientEvent(old, versionOf('9'), { withRoomId: false }), {
      type: 'm.room.redaction', content: { redacts: '$x' }, redacts: '$x', event_id: old.eventId, sender: '@a:a.test',
      origin_server_ts: 1000, state_key: '',
    })
    t.same(strippedEvent(old), { type: 'm.room.redaction', content: {}, sender: '@a:a.test', state_key: '' })
    const good = { type: 'm.room.name', state_key: '', sender: '@a:b', content: { name: 'x' } }
    t.same(readStrippedState([{ ...good, event_id: '$x', unsigned: {} }, { ...good, content: 5 }, { ...good, state_key: 1 }, null,
      'x']), [good])
    t.same(readStrippedState({ 0: good }), [])
  })
}
