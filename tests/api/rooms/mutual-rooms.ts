import type { Test } from 'tap'
import { refused } from '../../support/refusal.ts'
import type { TestUser } from '../../support/server.ts'
import type { World } from './world.ts'

/** The rooms that two people have in common: getMutualRooms. */
export function testMutualRooms(t: Test, { talk, people, server: { api } }: World): void {
  const ask = (user: TestUser, query: Record<string, string>, path = '/_matrix/client/v1/mutual_rooms') => (
    api.get(`${path}?${new URLSearchParams(query)}`, { token: user.token })
  )

  t.test('Both must be in a room for it to be mutual', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const together = await talk.create(alice, { preset: 'public_chat' })
    const parted = await talk.create(alice, { preset: 'public_chat' })
    const invited = await talk.create(alice, { preset: 'public_chat', invite: [bob.userId] })
    await talk.join(bob, together)
    await talk.join(bob, parted)
    await talk.leave(bob, parted)
    await talk.join(carol, await talk.create(bob, { preset: 'public_chat' }))
    t.same((await ask(alice, { user_id: bob.userId })).body, { joined: [together], count: 1 })
    t.same((await ask(bob, { user_id: alice.userId })).body, { joined: [together], count: 1 })
    t.same((await ask(alice, { user_id: carol.userId })).body, { joined: [], count: 0 }, 'of the rooms of others she learns nothing')
    t.same((await ask(alice, { user_id: '@nobody:elsewhere.example' })).body, { joined: [], count: 0 })
    await talk.join(bob, invited)
    t.equal((await ask(alice, { user_id: bob.userId })).body['count'], 2)
    const unstable = await ask(alice, { user_id: bob.userId }, '/_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms')
    t.equal(unstable.body['count'], 2)
    for (const userId of [alice.userId, 'bob', '@b\u00f6b:localhost']) {
      t.match(await ask(alice, { user_id: userId }), refused(400, 'M_INVALID_PARAM'), userId)
    }
    t.match(await ask(alice, { user_id: bob.userId, from: '!' }), refused(400, 'M_INVALID_PARAM'))
    t.equal((await ask(alice, {})).status, 400)
  })

  t.test('Many come page by page', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const rooms: string[] = []
    for (let count = 0; count < 103; count += 1) rooms.push(await talk.create(alice, { preset: 'public_chat' }))
    for (const room of rooms) await talk.join(bob, room)
    const { body: first } = await ask(alice, { user_id: bob.userId })
    t.same([first['joined'].length, first['count']], [100, 103])
    const { body: second } = await ask(alice, { user_id: bob.userId, from: first['next_batch'] })
    t.same([second['joined'].length, second['count'], second['next_batch']], [3, 103, undefined])
    t.same([...first['joined'], ...second['joined']], rooms.toSorted(), 'each once')
  })
}
