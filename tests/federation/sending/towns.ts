import t from 'tap'
import { foundTowns } from '../membership/two-world.ts'

t.test('three servers hear of each other what happens in a room', async (t) => {
  const { one, two, three } = await foundTowns(t)
  const towns = [one, two, three]
  const settled = async () => {
    for (let round = 0; round < 3; round += 1) {
      for (const town of towns) {
        await town.server.services.federationSender.settled()
        await town.server.server.settled()
      }
    }
  }
  const alice = await one.server.register('alice')
  const bob = await two.server.register('bob')
  const carl = await three.server.register('carl')
  const roomId = await one.talk.create(alice, { preset: 'public_chat' })
  t.equal((await two.join(bob, roomId, one.name)).status, 200)
  t.equal((await three.join(carl, roomId, one.name)).status, 200)
  await settled()
  const everybody = { [alice.userId]: 'join', [bob.userId]: 'join', [carl.userId]: 'join' }
  for (const town of towns) t.same(await town.members(roomId), everybody, 'who lets somebody in tells the others')

  await Promise.all([one.talk.say(alice, roomId, 'a'), two.talk.say(bob, roomId, 'b'), three.talk.say(carl, roomId, 'c')])
  await settled()
  for (const [town, user] of [[one, alice], [two, bob], [three, carl]] as const) {
    const { join } = await town.sync(user)
    const said = join[roomId].timeline.events.filter(({ type }: { type: string }) => type === 'm.room.message')
    t.same(said.map(({ content }: { content: { body: string } }) => content.body).sort(), ['a', 'b', 'c'])
  }
  t.equal((await one.room(alice, roomId, 'ban', { user_id: carl.userId })).status, 200)
  await settled()
  for (const town of towns) t.equal((await town.members(roomId))[carl.userId], 'ban')
  t.ok((await three.sync(carl)).leave[roomId], 'also who was put out learns it')
})
