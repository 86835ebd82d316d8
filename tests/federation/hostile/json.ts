import t from 'tap'
import { canonicalJson } from '../../../src/matrix/canonical-json.ts'
import { eventIdOf } from '../../../src/matrix/hashes.ts'
import type { JsonObject, JsonValue } from '../../../src/matrix/json.ts'
import { federationPath } from '../../../src/remote/path.ts'
import { OURS, text } from '../receiving/world.ts'
import { countRows, EVE, evil, isUnseen, madeBy, openRoom, sendAll, settle, world } from './world.ts'

const NOT_JSON = { status: 400, body: { errcode: 'M_NOT_JSON' } }
const BAD_JSON = { status: 400, body: { errcode: 'M_BAD_JSON' } }
const raw = (text: string) => JSON.rawJSON(text) as unknown as JsonValue
const nested = (depth: number): JsonValue => {
  let value: JsonValue = 1
  for (let level = 0; level < depth; level += 1) value = [value]
  return value
}

/** Whole bodies of a transaction that are no JSON, by the row of the list. */
const BODIES: [row: string, body: string | Buffer, answer: object][] = [
  ['B1', '{', NOT_JSON], ['B1', '', NOT_JSON],
  ['B2', Buffer.from('{"pdus":[],"a":"\x81"}', 'latin1'), NOT_JSON],
  ['B3', '[]', BAD_JSON], ['B3', '"x"', BAD_JSON], ['B3', 'null', BAD_JSON],
  ['B7', '{"a":NaN}', NOT_JSON], ['B7', '{"a":-Infinity}', NOT_JSON],
  ['A23', '{"pdus":[{"type":"m.room.member","content":{"membership":"join","a":NaN}}]}', NOT_JSON],
  ['B8', '{"a":01}', NOT_JSON], ['B8', '{"a":+1}', NOT_JSON], ['B8', '{"a":.5}', NOT_JSON],
  ['B14', '\uFEFF{}', NOT_JSON],
]

/** What stands in the content of the middle one of three events: only that one is dropped. (`-0` is 0 to all peers, and signed so.) */
const DROPPED: [row: string, value: JsonValue][] = [
  ['B4', raw('9007199254740992')], ['B4', raw('-9007199254740992')],
  ['B5', raw('1.1')],
  ['B6', raw('1.0')], ['B6', raw('1e2')], ['B6', raw('-0.0')], ['B6', raw('1E400')],
  ['B10', '\ud800'],
  ['B12', nested(5_000)],
]

/** What is unusual, and no fault. */
const TAKEN: [row: string, value: JsonValue][] = [
  ['B11', '\u0000'], ['B13', JSON.parse('{"":{"":null},"__proto__":{"a":1},"constructor":2,"toString":[]}')],
]

t.test('bodies that are no JSON are refused whole, and leave nothing', async (t) => {
  const before = await countRows()
  for (const [row, body, answer] of BODIES) {
    const path = federationPath('v1', 'send', `bad${row}`)
    const authorization = evil.authorization('PUT', path, OURS, {})
    const { status, body: { errcode } } = await world.server.api.put(path, { headers: { authorization }, body })
    t.match({ status, body: { errcode } }, answer, `${row}: ${String(body).slice(0, 40)}`)
  }
  t.same(await countRows(), before)
})

t.test('of three events the one in the middle is dropped that two servers could read differently', async (t) => {
  const shared = await openRoom()
  let [tip = ''] = shared.remote.ends()
  for (const [row, value] of [...DROPPED, ...TAKEN]) {
    const say = (body: string, prev: string) => shared.remote.say({ ...text(EVE, body), prev: [prev] })
    const first = say(`${row} first`, tip)
    const [middle, last] = [say('middle', first), say('last', first)]
    tip = first
    const hostile = madeBy(evil.name, shared, shared.remote.json(middle), { content: { body: 'x', value } as JsonObject })
    const eventId = eventIdOf(hostile, shared.remote.version) ?? ''
    const results = await sendAll([shared.remote.json(first), hostile, shared.remote.json(last)])
    for (const other of [first, last]) {
      t.same(results[other], {}, `${row}: the others are taken`)
      t.equal((await shared.event(other)).status, 200)
    }
    const isTaken = TAKEN.some(([taken]) => taken === row)
    const name = `${row}: ${canonicalJson(value).slice(0, 40)}`
    if (isTaken) {
      const { text: told, body } = await shared.event(eventId)
      t.equal(body['event_id'], eventId, `${name} is taken`)
      t.ok(told.includes(canonicalJson(value)), 'as it was written')
    } else t.ok(await isUnseen(shared, eventId), `${name} is dropped`)
  }
})

t.test('a room whose name nobody can write down is none, and what else comes with it is taken (B11)', async (t) => {
  const shared = await openRoom()
  const said = shared.remote.say(text(EVE, 'beside it'))
  const leave = { type: 'm.room.member', room_id: '!a\0b:evil.hearth.test', sender: EVE, state_key: world.alice.userId, content: {
    membership: 'leave',
  } }
  const results = await sendAll([leave, shared.remote.json(said)])
  t.same(results[said], {})
  t.equal((await shared.event(said)).status, 200)
})

t.test('hostile keys are data: both servers compute one id of an event (A63)', async (t) => {
  const shared = await openRoom()
  const content = JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":2},"hasOwnProperty":3,"10":4,"9":5,"\uff61":6,"\u{10000}":7}')
  for (const type of ['__proto__', 'constructor', 'toString']) {
    const said = await world.talk.say(world.alice, shared.roomId, content, type)
    const set = await world.talk.set(world.alice, shared.roomId, type, content, '__proto__')
    for (const eventId of [said, set]) {
      const { body } = await world.get(federationPath('v1', 'event', eventId), evil)
      const [pdu] = body['pdus']
      t.equal(eventIdOf(pdu, shared.remote.version), eventId)
      t.same(pdu.content, content)
    }
    const state = await world.asAlice(`/rooms/${encodeURIComponent(shared.roomId)}/state/${type}/__proto__`)
    t.equal(state.text, JSON.stringify(content))
  }
  await settle()
})

t.test('an EDU may hold any number, and an event of the same transaction may not (A29)', async (t) => {
  const shared = await openRoom()
  const json = shared.remote.json(shared.remote.say(text(EVE, 'float')))
  const float = madeBy(evil.name, shared, json, { content: { body: 'float', a: raw('1.0') } })
  const big = madeBy(evil.name, shared, json, { content: { body: 'big in unsigned' } })
  const good = { ...big, unsigned: { age: raw('9999999999999999999999'), a: raw('1e3') } }
  const messages = { [world.alice.userId]: { '*': { a: raw('1.0'), b: raw('1152921504606846976'), c: raw('1e3') } } }
  const answer = await world.send({
    pdus: [float, good as JsonObject],
    edus: [{ edu_type: 'm.direct_to_device', content: { sender: EVE, type: 'm.float', message_id: 'float', messages } }],
  }, { from: evil })
  t.equal(answer.status, 200, answer.text)
  await settle()
  const { body } = await world.asAlice('/sync')
  t.match(body['to_device'].events.at(-1), { sender: EVE, type: 'm.float' })
  t.equal((await shared.event(eventIdOf(big, shared.remote.version) ?? '')).body['content'].body, 'big in unsigned')
  t.ok(await isUnseen(shared, float))
})
