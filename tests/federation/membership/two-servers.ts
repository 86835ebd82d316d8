import t from 'tap'
import { foundTowns } from './two-world.ts'

const { one, two, three } = await foundTowns(t)
const alice = await one.server.register('alice')
const bob = await two.server.register('bob')
const ben = await two.server.register('ben')
const carl = await three.server.register('carl')
await Promise.all([two.sync(bob), two.sync(ben), three.sync(carl), one.sync(alice)])

for (const version of ['3', '6', '10', '11', '12']) {
  t.test(`a public room of version ${version} is joined over the server that has it`, async (t) => {
    const roomId = await one.talk.create(alice, { preset: 'public_chat', room_version: version, name: 'Hall' })
    await one.talk.say(alice, roomId, 'hello')
    const answer = await two.join(bob, roomId, one.name)
    t.match(answer, { status: 200, body: { room_id: roomId } }, answer.text)
    t.same(await two.members(roomId), { [alice.userId]: 'join', [bob.userId]: 'join' })
    t.same(await one.members(roomId), await two.members(roomId))
    t.same(await two.state(roomId), await one.state(roomId))
    const rooms = await two.sync(bob)
    t.match(rooms.join[roomId].timeline.events.at(-1), { type: 'm.room.member', state_key: bob.userId, content: { membership: 'join' } })
    t.ok(JSON.stringify(rooms.join[roomId].state.events).includes('Hall'))
    t.equal((await two.talk.say(bob, roomId, 'good day')).startsWith('$'), true)
    t.equal((await two.join(ben, roomId)).status, 200, 'the next one joins here')
    await two.tell(one, roomId)
    t.same(await one.members(roomId), await two.members(roomId))
    t.equal((await two.room(bob, roomId, 'leave')).status, 200)
    await two.tell(one, roomId)
    t.same(await one.members(roomId), { [alice.userId]: 'join', [ben.userId]: 'join' })
  })
}
