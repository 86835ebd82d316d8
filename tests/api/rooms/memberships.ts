import type { Test } from 'tap'
import { V3 } from '../../support/api.ts'
import { refused } from '../../support/refusal.ts'
import { FORBIDDEN, inRoom, localpartOf, VERSIONS, type World } from './world.ts'

/** Joining, leaving, inviting and the rest. */
export function testMemberships(t: Test, world: World): void {
  const { talk, post, get, put, people, membership, state, server } = world

  t.test('joinRoom and joinRoomById bring somebody in', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const alias = `join-${localpartOf(alice)}`
    const roomId = await talk.create(alice, { preset: 'public_chat', room_alias_name: alias })
    t.same((await post(bob, `/join/${encodeURIComponent(`#${alias}:localhost`)}`, { reason: 'curious' })).body, { room_id: roomId })
    t.match(await state(alice, roomId, 'm.room.member', bob.userId), { membership: 'join', reason: 'curious' })
    const [dora] = await people('dora')
    const more = { 'm.test': 1, membership: 'ban', displayname: 'Alice', join_authorised_via_users_server: alice.userId }
    t.equal((await post(dora, `/join/${encodeURIComponent(roomId)}`, more)).status, 200)
    t.same(await state(alice, roomId, 'm.room.member', dora.userId), {
      membership: 'join', displayname: localpartOf(dora), 'm.test': 1,
    }, 'with what she says besides, as far as it is hers to say')
    t.same((await post(carol, inRoom(roomId, 'join'))).body, { room_id: roomId })
    const { body: first } = await get(alice, `${inRoom(roomId, 'state', 'm.room.member', carol.userId)}?format=event`)
    t.same((await post(carol, `/join/${encodeURIComponent(roomId)}?via=localhost`, {})).body, { room_id: roomId }, 'again is no error')
    const { body: second } = await get(alice, `${inRoom(roomId, 'state', 'm.room.member', carol.userId)}?format=event`)
    t.equal(second['event_id'], first['event_id'], 'and no event')
    t.match(await post(bob, '/join/%23nowhere:localhost', {}), refused(404, 'M_NOT_FOUND'))
    t.match(await post(bob, '/join/nonsense', {}), refused(400, 'M_INVALID_PARAM'))
    t.match(await post(bob, inRoom('!nowhere:localhost', 'join'), {}), refused(404, 'M_NOT_FOUND'))
    const closed = await talk.create(alice)
    t.match(await post(bob, `/join/${encodeURIComponent(closed)}`, {}), FORBIDDEN)
    t.equal(await membership(alice, closed, bob), undefined)
  })

  t.test('A profile goes along into the room', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    await server.api.put(
      `${V3}/profile/${encodeURIComponent(bob.userId)}/displayname`, { token: bob.token, body: { displayname: 'Bob B.' } },
    )
    const roomId = await talk.create(alice, { invite: [bob.userId] })
    t.match(await state(alice, roomId, 'm.room.member', bob.userId), { membership: 'invite', displayname: 'Bob B.' })
    await talk.join(bob, roomId)
    t.match(await state(alice, roomId, 'm.room.member', bob.userId), { membership: 'join', displayname: 'Bob B.' })
  })

  t.test('leaveRoom leaves, refuses an invite and takes back a knock', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    for (const version of VERSIONS) {
      const join = { type: 'm.room.join_rules', content: { join_rule: 'knock' } }
      const roomId = await talk.create(alice, { room_version: version, invite: [bob.userId], initial_state: [join] })
      t.same((await post(bob, inRoom(roomId, 'leave'), { reason: 'no' })).body, {})
      t.match(await state(alice, roomId, 'm.room.member', bob.userId), { membership: 'leave', reason: 'no' })
      t.equal((await post(bob, inRoom(roomId, 'leave'))).status, 200, 'twice is no error')
      await post(carol, `/knock/${encodeURIComponent(roomId)}`, {})
      t.equal(await membership(alice, roomId, carol), 'knock')
      t.same((await post(carol, inRoom(roomId, 'leave'))).body, {})
      t.equal(await membership(alice, roomId, carol), 'leave')
      t.match(await post(carol, inRoom('!nowhere:localhost', 'leave')), refused(404, 'M_NOT_FOUND'))
      t.equal((await post(alice, inRoom(roomId, 'leave'))).status, 200, 'also the last one')
      t.match(await post(bob, `/join/${encodeURIComponent(roomId)}`, {}), FORBIDDEN)
    }
  })

  t.test('inviteUser lets somebody in', async (t) => {
    const [alice, bob, carol, dora] = await people('alice', 'bob', 'carol', 'dora')
    const roomId = await talk.create(alice)
    t.same((await post(alice, inRoom(roomId, 'invite'), { user_id: bob.userId, reason: 'come' })).body, {})
    t.match(await state(alice, roomId, 'm.room.member', bob.userId), { membership: 'invite', reason: 'come' })
    t.match(await post(bob, inRoom(roomId, 'invite'), { user_id: carol.userId }), FORBIDDEN, 'who is invited only invites nobody')
    await talk.join(bob, roomId)
    await talk.invite(bob, roomId, carol)
    t.match(await post(alice, inRoom(roomId, 'invite'), { user_id: bob.userId }), FORBIDDEN, 'he is in the room')
    t.match(await post(dora, inRoom(roomId, 'invite'), { user_id: carol.userId }), FORBIDDEN)
    t.match(await post(alice, inRoom(roomId, 'invite'), {}), refused(400, 'M_MISSING_PARAM'))
    t.match(await post(alice, inRoom(roomId, 'invite'), { user_id: '@x' }), refused(400, 'M_INVALID_PARAM'))
    await post(alice, inRoom(roomId, 'ban'), { user_id: dora.userId })
    t.match(await post(alice, inRoom(roomId, 'invite'), { user_id: dora.userId }), FORBIDDEN, 'who is banned')
  })

  t.test('kick, ban and unban ask for power', async (t) => {
    const [alice, bob, carol, dora] = await people('alice', 'bob', 'carol', 'dora')
    for (const version of VERSIONS) {
      const roomId = await talk.create(alice, {
        room_version: version, preset: 'public_chat', power_level_content_override: version === '12' ? {
          users: { [dora.userId]: 50 },
        } : {},
      })
      for (const user of [bob, carol, dora]) await talk.join(user, roomId)
      const about = (user: { userId: string }, reason?: string) => ({ user_id: user.userId, ...(reason === undefined ? {} : { reason }) })
      t.match(await post(bob, inRoom(roomId, 'kick'), about(carol)), FORBIDDEN)
      t.match(await post(bob, inRoom(roomId, 'ban'), about(carol)), FORBIDDEN)
      t.same((await post(alice, inRoom(roomId, 'kick'), about(carol, 'loud'))).body, {})
      t.match(await state(alice, roomId, 'm.room.member', carol.userId), { membership: 'leave', reason: 'loud' })
      t.match(await post(alice, inRoom(roomId, 'kick'), about(carol)), FORBIDDEN, 'she is gone')
      t.equal((await post(carol, inRoom(roomId, 'join'))).status, 200, 'and may come back')
      t.same((await post(alice, inRoom(roomId, 'ban'), about(carol, 'too loud'))).body, {})
      t.match(await state(alice, roomId, 'm.room.member', carol.userId), { membership: 'ban', reason: 'too loud' })
      t.match(await post(carol, inRoom(roomId, 'join')), FORBIDDEN)
      t.match(await post(alice, inRoom(roomId, 'kick'), about(carol)), FORBIDDEN, 'a kick is no way to lift a ban')
      t.match(await post(bob, inRoom(roomId, 'unban'), about(carol)), FORBIDDEN)
      t.same((await post(alice, inRoom(roomId, 'unban'), about(carol))).body, {})
      t.equal(await membership(alice, roomId, carol), 'leave')
      t.equal((await post(carol, inRoom(roomId, 'join'))).status, 200)
      t.match(await post(alice, inRoom(roomId, 'unban'), about(carol)), refused(403, 'M_BAD_STATE'))
      if (version === '12') t.match(await post(dora, inRoom(roomId, 'kick'), about(alice)), FORBIDDEN, 'nobody stands above a creator')
      t.match(await post(alice, inRoom(roomId, 'ban'), { user_id: 'x' }), refused(400, 'M_BAD_JSON'))
      t.equal(await membership(alice, roomId, alice), 'join')
    }
  })

  t.test('knockRoom asks to come in where the room takes it', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    for (const version of VERSIONS) {
      const alias = `knock-${version}-${localpartOf(alice)}`
      const initial = [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }]
      const roomId = await talk.create(alice, { room_version: version, room_alias_name: alias, initial_state: initial })
      t.same((await post(bob, `/knock/${encodeURIComponent(`#${alias}:localhost`)}`, { reason: 'please' })).body, { room_id: roomId })
      t.match(await state(alice, roomId, 'm.room.member', bob.userId), { membership: 'knock', reason: 'please' })
      t.match(await post(bob, `/join/${encodeURIComponent(roomId)}`, {}), FORBIDDEN, 'to knock is not to be in')
      await talk.invite(alice, roomId, bob)
      await talk.join(bob, roomId)
      t.match(await post(bob, `/knock/${encodeURIComponent(roomId)}`, {}), FORBIDDEN, 'who is in does not knock')
      await post(alice, inRoom(roomId, 'ban'), { user_id: carol.userId })
      t.match(await post(carol, `/knock/${encodeURIComponent(roomId)}`, {}), FORBIDDEN)
      const closed = await talk.create(alice, { room_version: version })
      t.match(await post(bob, `/knock/${encodeURIComponent(closed)}`, {}), FORBIDDEN)
    }
    t.match(await post(bob, '/knock/%23nowhere:localhost', {}), refused(404, 'M_NOT_FOUND'))
  })

  t.test('forgetRoom takes a room that was left out of sight', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    await talk.join(bob, roomId)
    t.match(await post(bob, inRoom(roomId, 'forget')), refused(400, 'M_UNKNOWN'))
    await talk.leave(bob, roomId)
    t.equal((await get(bob, `${inRoom(roomId, 'messages')}?dir=b`)).status, 200, 'who left may look back')
    t.same((await post(bob, inRoom(roomId, 'forget'))).body, {})
    t.match(await get(bob, `${inRoom(roomId, 'messages')}?dir=b`), FORBIDDEN)
    t.equal((await post(bob, inRoom(roomId, 'forget'))).status, 200, 'twice is no error')
    t.equal((await post(carol, inRoom(roomId, 'forget'))).body['errcode'], 'M_NOT_FOUND')
    await talk.join(bob, roomId)
    t.equal((await get(bob, `${inRoom(roomId, 'messages')}?dir=b`)).status, 200, 'who comes back sees it again')
  })

  t.test('getJoinedRooms lists the rooms that one is in', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const [first, second] = [await talk.create(alice), await talk.create(alice)]
    const third = await talk.create(alice, { invite: [bob.userId] })
    await talk.leave(alice, second)
    t.same((await get(alice, '/joined_rooms')).body['joined_rooms'].toSorted(), [first, third].toSorted())
    t.same((await get(bob, '/joined_rooms')).body, { joined_rooms: [] })
  })

  t.test('A membership is set as state as well', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice)
    const path = (of: { userId: string }) => inRoom(roomId, 'state', 'm.room.member', of.userId)
    t.equal((await put(alice, path(bob), { membership: 'invite' })).status, 200)
    t.match(await put(carol, path(carol), { membership: 'join' }), FORBIDDEN)
    t.match(await put(alice, path(carol), { membership: 'join' }), FORBIDDEN, 'nobody joins for another')
    t.equal((await put(bob, path(bob), { membership: 'join', displayname: 'B', 'org.example.more': 1 })).status, 200)
    t.same(await state(alice, roomId, 'm.room.member', bob.userId), { 'membership': 'join', 'displayname': 'B', 'org.example.more': 1 })
    t.match(await put(bob, path(alice), { membership: 'leave' }), FORBIDDEN)
    t.match(await put(bob, path(bob), { membership: 'dance' }), { status: /^(?:400|403)$/ })
    t.match(await put(bob, path(bob), {}), refused(400, 'M_BAD_JSON'))
    t.match(await put(bob, path(bob), { membership: 'join', displayname: 5 }), refused(400, 'M_BAD_JSON'))
    t.match(await put(alice, inRoom(roomId, 'state', 'm.room.member', 'nobody'), { membership: 'invite' }), { status: /^(?:400|403)$/ })
    t.equal((await put(bob, path(bob), { membership: 'leave' })).status, 200)
    t.equal(await membership(alice, roomId, bob), 'leave')
  })
}
