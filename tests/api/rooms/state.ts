import type { Test } from 'tap'
import { V3 } from '../../support/api.ts'
import { refused } from '../../support/refusal.ts'
import { FORBIDDEN, inRoom, type World } from './world.ts'

/** State, and who may set it. */
export function testState(t: Test, world: World): void {
  const { talk, get, put, people, state, server } = world

  t.test('setRoomStateWithKey sets state, under the empty key in all spellings', async (t) => {
    const [alice] = await people('alice')
    const roomId = await talk.create(alice)
    const base = `${V3}${inRoom(roomId, 'state', 'm.room.topic')}`
    for (const [path, topic] of [[base, 'a'], [`${base}/`, 'b'], [base.replace('v3', 'r0'), 'c']] as const) {
      const answer = await server.api.put(path, { token: alice.token, body: { topic } })
      t.match(answer, { status: 200, body: { event_id: /^\$/ } })
      t.same(await state(alice, roomId, 'm.room.topic'), { topic })
      t.same((await server.api.get(path, { token: alice.token })).body, { topic }, `getRoomStateWithKey ${path}`)
    }
    for (const key of ['a key', '__proto__', 'constructor', 'a/b', 'é🐈', '%']) {
      await talk.set(alice, roomId, 'org.example.keyed', { key }, key)
      t.same(await state(alice, roomId, 'org.example.keyed', key), { key })
    }
    const set = await talk.set(alice, roomId, 'm.room.name', { name: 'same' })
    t.equal(await talk.set(alice, roomId, 'm.room.name', { name: 'same' }), set, 'setting the same is no new event')
    t.not(await talk.set(alice, roomId, 'm.room.name', { name: 'new' }), set)
  })

  t.test('getRoomStateWithKey gives the content or the whole event', async (t) => {
    const [alice] = await people('alice')
    const roomId = await talk.create(alice, { name: 'N' })
    const path = inRoom(roomId, 'state', 'm.room.name')
    t.same((await get(alice, `${path}?format=content`)).body, { name: 'N' })
    t.match((await get(alice, `${path}?format=event`)).body, {
      type: 'm.room.name', state_key: '', content: { name: 'N' }, sender: alice.userId, event_id: /^\$/, room_id: roomId,
      origin_server_ts: Number,
    })
    t.match(await get(alice, `${path}?format=x`), refused(400, 'M_INVALID_PARAM'))
    t.match(await get(alice, inRoom(roomId, 'state', 'm.room.avatar')), refused(404, 'M_NOT_FOUND'))
    t.match(await get(alice, inRoom(roomId, 'state', 'm.room.name', 'other')), refused(404, 'M_NOT_FOUND'))
  })

  t.test('getRoomState gives all of it once', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { name: 'first', preset: 'public_chat' })
    await talk.join(bob, roomId)
    await talk.set(alice, roomId, 'm.room.name', { name: 'second' })
    const { body } = await get(bob, inRoom(roomId, 'state'))
    const events = body as unknown as {
      type: string, state_key: string, content: Record<string, unknown>, unsigned: Record<string, unknown>,
    }[]
    const keys = events.map(({ type, state_key: key }) => `${type} ${key}`.trim())
    t.same(keys.toSorted(), [
      'm.room.create', 'm.room.history_visibility', 'm.room.join_rules', `m.room.member ${alice.userId}`,
      `m.room.member ${bob.userId}`, 'm.room.name', 'm.room.power_levels',
    ].toSorted())
    const name = events.find(({ type }) => type === 'm.room.name')
    t.match(name, { content: { name: 'second' }, unsigned: { replaces_state: /^\$/, prev_content: { name: 'first' } } })
  })

  t.test('Power levels hold for everything', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice, {
      room_version: '11', preset: 'public_chat',
      power_level_content_override: {
        users: { [alice.userId]: 100, [bob.userId]: 50 }, events_default: 10, events: { 'm.special': 75, 'm.room.power_levels': 50 },
      },
    })
    for (const user of [bob, carol]) await talk.join(user, roomId)
    const levels = await state(alice, roomId, 'm.room.power_levels') ?? {}
    const setLevels = (user: typeof alice, change: object) => put(
      user, inRoom(roomId, 'state', 'm.room.power_levels'), { ...levels, ...change },
    )
    t.match(await put(carol, inRoom(roomId, 'send', 'm.room.message', 'c'), { body: 'x' }), FORBIDDEN, 'events_default')
    t.equal((await put(bob, inRoom(roomId, 'send', 'm.room.message', 'b'), { body: 'x' })).status, 200)
    t.match(await put(bob, inRoom(roomId, 'send', 'm.special', 'b'), {}), FORBIDDEN)
    t.match(await put(carol, inRoom(roomId, 'state', 'm.other'), {}), FORBIDDEN, 'state_default')
    t.equal((await put(bob, inRoom(roomId, 'state', 'm.other'), {})).status, 200)
    t.match(await setLevels(carol, { users_default: 1 }), FORBIDDEN)
    t.match(await setLevels(bob, { users: { ...levels['users'], [carol.userId]: 51 } }), FORBIDDEN, 'none above his own')
    t.match(await setLevels(bob, { users: { ...levels['users'], [bob.userId]: 100 } }), FORBIDDEN)
    t.match(await setLevels(bob, { users: { [bob.userId]: 50 } }), FORBIDDEN, 'nor those above him')
    t.match(await setLevels(bob, { ban: 51 }), FORBIDDEN)
    t.match(await setLevels(bob, { events: { ...levels['events'], 'm.special': 50 } }), FORBIDDEN, 'nor what stands above him')
    t.equal((await setLevels(bob, { users: { ...levels['users'], [carol.userId]: 50 } })).status, 200)
    t.equal((await put(carol, inRoom(roomId, 'state', 'm.other'), { by: 'carol' })).status, 200)
    t.same(await state(alice, roomId, 'm.other'), { by: 'carol' })
    t.match(await put(bob, inRoom(roomId, 'state', 'm.other', alice.userId), {}), FORBIDDEN, 'the key is another user')
    t.equal((await put(bob, inRoom(roomId, 'state', 'm.other', bob.userId), {})).status, 200)
  })
}
