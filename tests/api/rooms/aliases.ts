import type { Test } from 'tap'
import { refused } from '../../support/refusal.ts'
import { FORBIDDEN, inRoom, localpartOf, type World } from './world.ts'

/** Names of rooms. */
export function testAliases(t: Test, world: World): void {
  const { talk, get, put, remove, people, state, server } = world
  const at = (alias: string) => `/directory/room/${encodeURIComponent(alias)}`

  t.test('setRoomAlias, getRoomIdByAlias, getLocalAliases, deleteRoomAlias (A13)', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    await talk.join(bob, roomId)
    const tag = localpartOf(alice)
    const [first, second, odd] = [`#first-${tag}:localhost`, `#second-${tag}:localhost`, `#Grüße/ ?${tag}:localhost`]
    t.match(await get(alice, at(first)), refused(404, 'M_NOT_FOUND'))
    for (const [user, alias] of [[alice, first], [bob, second], [alice, odd]] as const) {
      t.same((await put(user, at(alias), { room_id: roomId })).body, {})
    }
    t.match((await get(carol, at(first))).body, { room_id: roomId, servers: ['localhost'] })
    t.match((await server.api.get(`/_matrix/client/v3${at(odd)}`)).body, { room_id: roomId }, 'nobody need be logged in')
    t.same((await get(bob, inRoom(roomId, 'aliases'))).body['aliases'].toSorted(), [first, second, odd].toSorted())
    t.match(await get(carol, inRoom(roomId, 'aliases')), FORBIDDEN)
    t.match(await put(alice, at(first), { room_id: roomId }), refused(409, 'M_UNKNOWN'), 'it is taken')
    t.match(await put(carol, at(`#third-${tag}:localhost`), { room_id: roomId }), FORBIDDEN, 'she is not in the room')
    t.match(await put(alice, at(`#x-${tag}:localhost`), { room_id: '!nowhere:localhost' }), { status: /^40[34]$/ })
    for (const alias of ['#elsewhere:example.org', '#nocolon', 'nohash:localhost', '#a\0b:localhost', `#${'x'.repeat(250)}:localhost`]) {
      t.match(await put(alice, at(alias), { room_id: roomId }), refused(400, 'M_INVALID_PARAM'), JSON.stringify(alias))
    }
    t.match(await get(alice, at('#nocolon')), refused(400, 'M_INVALID_PARAM'))

    t.match(await remove(bob, at(first)), FORBIDDEN, 'neither his nor in his power')
    t.match(await remove(carol, at(second)), FORBIDDEN)
    t.same((await remove(bob, at(second))).body, {}, 'it is his')
    t.same((await remove(alice, at(first))).body, {})
    t.match(await get(alice, at(second)), refused(404, 'M_NOT_FOUND'))
    t.match(await remove(alice, at(first)), refused(404, 'M_NOT_FOUND'))
    t.same((await get(alice, inRoom(roomId, 'aliases'))).body, { aliases: [odd] })
    await put(bob, at(second), { room_id: roomId })
    t.same((await remove(alice, at(second))).body, {}, 'who may set the canonical alias may remove one of another')
  })

  t.test('A canonical alias points to its own room', async (t) => {
    const [alice] = await people('alice')
    const tag = localpartOf(alice)
    const [own, other] = [`#own-${tag}:localhost`, `#other-${tag}:localhost`]
    const roomId = await talk.create(alice)
    const elsewhere = await talk.create(alice, { room_alias_name: `other-${tag}` })
    const set = (content: object) => put(alice, inRoom(roomId, 'state', 'm.room.canonical_alias'), content)
    t.match(await set({ alias: own }), refused(400, 'M_BAD_ALIAS'), 'there is none')
    await put(alice, at(own), { room_id: roomId })
    t.match(await set({ alias: other }), refused(400, 'M_BAD_ALIAS'), 'it is that of another room')
    t.match(await set({ alias: own, alt_aliases: [other] }), refused(400, 'M_BAD_ALIAS'))
    for (const content of [
      { alias: 'x' }, { alias: 5 }, { alt_aliases: 'x' }, { alt_aliases: ['x'] }, { alt_aliases: [5] }, { alias: '#x' },
    ]) {
      t.match(await set(content), refused(400, 'M_INVALID_PARAM'), JSON.stringify(content))
    }
    t.equal(await state(alice, roomId, 'm.room.canonical_alias'), undefined, 'nothing was set')
    t.equal((await set({ alias: own, alt_aliases: [own] })).status, 200)
    await remove(alice, at(own))
    t.same(await state(alice, roomId, 'm.room.canonical_alias'), {}, 'an alias that is removed is not the canonical one any more')
    t.match(await set({ alias: own }), refused(400, 'M_BAD_ALIAS'))
    const [bob] = await people('bob')
    const his = `#his-${tag}:localhost`
    await talk.invite(alice, roomId, bob)
    await talk.join(bob, roomId)
    for (const alias of [own, his]) await put(bob, at(alias), { room_id: roomId })
    t.equal((await set({ alias: his, alt_aliases: [his, own], more: 1 })).status, 200)
    t.equal((await remove(bob, at(own))).status, 200)
    t.same(await state(alice, roomId, 'm.room.canonical_alias'), { alias: his, alt_aliases: [his, own], more: 1 }, 'he may not change it')
    t.equal((await set({ alias: his, alt_aliases: [own, his], more: 1 })).status, 200, 'what stood there may stay')
    t.equal((await remove(alice, at(his))).status, 200)
    t.same(await state(alice, roomId, 'm.room.canonical_alias'), { alt_aliases: [own], more: 1 })
    t.match(await state(alice, elsewhere, 'm.room.canonical_alias'), { alias: other })
  })
}
