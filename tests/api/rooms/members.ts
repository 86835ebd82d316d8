import type { Test } from 'tap'
import { refused } from '../../support/refusal.ts'
import { FORBIDDEN, inRoom, localpartOf, type World } from './world.ts'

/** Lists of members. */
export function testMembers(t: Test, world: World): void {
  const { talk, get, post, put, people } = world

  t.test('getMembersByRoom lists, filters and looks back', async (t) => {
    const [alice, bob, carol, dora, eve] = await people('alice', 'bob', 'carol', 'dora', 'eve')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    await talk.join(bob, roomId)
    const { body: page } = await get(alice, `${inRoom(roomId, 'messages')}?dir=b&limit=1`)
    await talk.join(carol, roomId)
    await talk.leave(carol, roomId)
    await talk.invite(alice, roomId, dora)
    await post(alice, inRoom(roomId, 'ban'), { user_id: eve.userId })
    const list = async (query = '', user = alice): Promise<Record<string, string>> => {
      const { body } = await get(user, `${inRoom(roomId, 'members')}${query}`)
      return Object.fromEntries(body['chunk'].map((event: { state_key: string, content: { membership: string } }) =>
        [event.state_key, event.content.membership]))
    }
    const all = {
      [alice.userId]: 'join', [bob.userId]: 'join', [carol.userId]: 'leave', [dora.userId]: 'invite', [eve.userId]: 'ban',
    }
    t.same(await list(), all)
    t.same(await list('?membership=join'), { [alice.userId]: 'join', [bob.userId]: 'join' })
    t.same(await list('?not_membership=join'), { [carol.userId]: 'leave', [dora.userId]: 'invite', [eve.userId]: 'ban' })
    t.same(await list('?membership=join&not_membership=leave'), {
      [alice.userId]: 'join', [bob.userId]: 'join', [dora.userId]: 'invite', [eve.userId]: 'ban',
    }, 'either of both')
    t.same(await list(`?at=${encodeURIComponent(page['start'])}`), { [alice.userId]: 'join', [bob.userId]: 'join' })
    const [event] = (await get(alice, `${inRoom(roomId, 'members')}?membership=ban`)).body['chunk']
    t.match(event, { type: 'm.room.member', room_id: roomId, sender: alice.userId, event_id: /^\$/, origin_server_ts: Number })
    t.match(await get(alice, `${inRoom(roomId, 'members')}?at=garbage`), refused(400, 'M_INVALID_PARAM'))
    t.match(await get(alice, `${inRoom(roomId, 'members')}?membership=x`), refused(400, 'M_INVALID_PARAM'))
  })

  t.test('getMembersByRoom shows nobody what came after his leave', async (t) => {
    const [alice, bob, carol, dora] = await people('alice', 'bob', 'carol', 'dora')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    await talk.join(bob, roomId)
    await talk.leave(bob, roomId)
    await talk.join(carol, roomId)
    const { body: page } = await get(alice, `${inRoom(roomId, 'messages')}?dir=b&limit=1`)
    const namesFor = async (query: string) => (await get(bob, inRoom(roomId, 'members') + query)).body['chunk']
      .map((event: { state_key: string }) => event.state_key).toSorted()
    t.same(await namesFor(''), [alice.userId, bob.userId].toSorted())
    t.same(await namesFor(`?at=${encodeURIComponent(page['start'])}`), [alice.userId, bob.userId].toSorted(), 'also not by a later token')
    t.match(await get(dora, inRoom(roomId, 'members')), FORBIDDEN)
    t.match(await get(bob, inRoom(roomId, 'joined_members')), FORBIDDEN)
  })

  t.test('getMembersByRoom shows all the world the times at which it could look in', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    const set = (visibility: string) => talk.set(alice, roomId, 'm.room.history_visibility', { history_visibility: visibility })
    const namesAt = async (at: string) => {
      const { status, body } = await get(carol, `${inRoom(roomId, 'members')}?at=${encodeURIComponent(at)}`)
      return status === 200 ? body['chunk'].map((event: { state_key: string }) => event.state_key) : status
    }
    const now = async () => (await get(alice, `${inRoom(roomId, 'messages')}?dir=b&limit=1`)).body['start']
    const closed = await now()
    await set('world_readable')
    const open = await now()
    await talk.join(bob, roomId)
    t.same([await namesAt(closed), await namesAt(open)], [403, [alice.userId]])
    await set('shared')
    t.same([await namesAt(open), await namesAt(await now())], [[alice.userId], 403], 'also when it cannot any more')
  })

  t.test('getMembersByRoom takes no token from before a restore', async (t) => {
    const [alice] = await people('alice')
    const roomId = await talk.create(alice)
    for (const at of ['t1_0_7', 's1_1_7_0_0', 't999999999_0_0']) {
      t.match(await get(alice, `${inRoom(roomId, 'members')}?at=${at}`), refused(400, 'M_INVALID_PARAM'))
      t.match(await get(alice, `${inRoom(roomId, 'messages')}?dir=b&from=${at}`), refused(400, 'M_INVALID_PARAM'))
    }
    t.match(await get(alice, '/sync?since=s1_1_7_0_0'), { status: 200, body: { rooms: { join: { [roomId]: {} } } } }, 'a first sync')
  })

  t.test('getJoinedMembersByRoom tells who is in the room, with profiles', async (t) => {
    const [alice, bob, carol, dora] = await people('alice', 'bob', 'carol', 'dora')
    const roomId = await talk.create(alice, { preset: 'public_chat', invite: [dora.userId] })
    await talk.join(bob, roomId)
    await talk.join(carol, roomId)
    await talk.leave(carol, roomId)
    const own = inRoom(roomId, 'state', 'm.room.member', bob.userId)
    await put(bob, own, { membership: 'join', displayname: 'Bobby', avatar_url: 'mxc://localhost/b' })
    t.same((await get(alice, inRoom(roomId, 'joined_members'))).body, {
      joined: {
        [alice.userId]: { display_name: localpartOf(alice) }, [bob.userId]: { display_name: 'Bobby', avatar_url: 'mxc://localhost/b' },
      },
    })
    for (const user of [carol, dora]) t.match(await get(user, inRoom(roomId, 'joined_members')), FORBIDDEN)
    t.match(await get(alice, inRoom('!nowhere:localhost', 'joined_members')), FORBIDDEN)
  })
}
