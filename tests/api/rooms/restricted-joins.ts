import type { Test } from 'tap'
import { FORBIDDEN, inRoom, VERSIONS, type World } from './world.ts'

/** Rooms that let in the members of other rooms. */
export function testRestrictedJoins(t: Test, world: World): void {
  const { talk, post, put, people, membership, state } = world

  t.test('joinRoom lets in by membership of another room', async (t) => {
    const [alice, bob, carol, dora] = await people('alice', 'bob', 'carol', 'dora')
    for (const version of VERSIONS) {
      const club = await talk.create(alice, { preset: 'public_chat' })
      await talk.join(bob, club)
      const rules = (rule: string) => ({ join_rule: rule, allow: [{ type: 'm.room_membership', room_id: club }, { type: 'odd' }, 5] })
      const roomId = await talk.create(alice, {
        room_version: version, initial_state: [{ type: 'm.room.join_rules', content: rules('restricted') }],
      })
      t.match(await post(carol, inRoom(roomId, 'join')), FORBIDDEN, 'she is in none of the rooms')
      t.match(await post(carol, `/knock/${encodeURIComponent(roomId)}`, {}), FORBIDDEN)
      t.equal((await post(bob, inRoom(roomId, 'join'))).status, 200)
      t.match(
        await state(alice, roomId, 'm.room.member', bob.userId), { membership: 'join', join_authorised_via_users_server: alice.userId },
      )
      await talk.leave(bob, roomId)
      await talk.leave(bob, club)
      t.match(await post(bob, inRoom(roomId, 'join')), FORBIDDEN, 'he is in it no more')
      await talk.invite(alice, roomId, dora)
      t.equal((await post(dora, inRoom(roomId, 'join'))).status, 200, 'an invite suffices')
      t.equal((await state(alice, roomId, 'm.room.member', dora.userId))?.['join_authorised_via_users_server'], undefined)

      await talk.set(alice, roomId, 'm.room.join_rules', rules('knock_restricted'))
      t.equal((await post(carol, `/knock/${encodeURIComponent(roomId)}`, {})).status, 200)
      t.equal(await membership(alice, roomId, carol), 'knock')
      await talk.join(bob, club)
      t.equal((await post(bob, `/join/${encodeURIComponent(roomId)}`, {})).status, 200)
      t.equal(await membership(alice, roomId, bob), 'join')
    }
  })

  t.test('What is no room lets nobody in, and is no hindrance', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const club = await talk.create(alice, { preset: 'public_chat' })
    await talk.join(bob, club)
    const allow = ['!a\0b:localhost', club].map((roomId) => ({ type: 'm.room_membership', room_id: roomId }))
    const content = { join_rule: 'restricted', allow }
    const roomId = await talk.create(alice, { initial_state: [{ type: 'm.room.join_rules', content }] })
    t.match(await post(carol, inRoom(roomId, 'join')), FORBIDDEN)
    t.equal((await post(bob, inRoom(roomId, 'join'))).status, 200)
  })

  t.test('Nobody says himself who let him in', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const club = await talk.create(alice)
    const content = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: club }] }
    const roomId = await talk.create(alice, { initial_state: [{ type: 'm.room.join_rules', content }] })
    const path = inRoom(roomId, 'state', 'm.room.member', bob.userId)
    t.match(await put(bob, path, { membership: 'join', join_authorised_via_users_server: alice.userId }), FORBIDDEN)
    t.equal(await membership(alice, roomId, bob), undefined)
    await talk.invite(alice, roomId, bob)
    t.equal((await put(bob, path, { membership: 'join', join_authorised_via_users_server: alice.userId })).status, 200)
    t.same(await state(alice, roomId, 'm.room.member', bob.userId), { membership: 'join' })
  })

  t.test('Where nobody may invite nobody is let in', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const club = await talk.create(alice, { preset: 'public_chat' })
    await talk.join(bob, club)
    const content = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: club }] }
    const roomId = await talk.create(alice, { room_version: '11', initial_state: [{ type: 'm.room.join_rules', content }] })
    await talk.leave(alice, roomId)
    t.match(await post(bob, inRoom(roomId, 'join')), { status: /^40[03]$/ })
    t.equal(await membership(alice, roomId, bob), undefined)
  })
}
