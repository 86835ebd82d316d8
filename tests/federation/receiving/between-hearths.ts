import t from 'tap'
import { foundTowns } from '../membership/two-world.ts'

const { one, two, three, world } = await foundTowns(t)
const alice = await one.server.register('alice')
const bob = await two.server.register('bob')
const carl = await three.server.register('carl')

/** Everything that was said is sent, received and worked off. */
async function settle(): Promise<void> {
  for (const town of [one, two, three, one, two, three]) await town.server.server.settled()
}

async function pagesOf(town: typeof one, user: typeof alice, roomId: string): Promise<string[]> {
  const seen: string[] = []
  let from = ''
  for (;;) {
    const { body } = await town.ask(user, 'GET', `/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=60${from}`)
    seen.push(...body['chunk'].map((event: { event_id: string }) => event.event_id))
    if (body['end'] === undefined) return seen
    from = `&from=${body['end']}`
  }
}

for (const version of ['10', '12']) {
  t.test(`who joins a room of version ${version} elsewhere reads all of it, and hears what is said from then on`, async (t) => {
    const roomId = await one.talk.create(alice, { preset: 'public_chat', room_version: version })
    const said: string[] = []
    for (let index = 0; index < 120; index += 1) said.push(await one.talk.say(alice, roomId, `message ${index}`))
    world.clock.advance(1000)
    t.match(await two.join(bob, roomId, one.name), { status: 200 })
    await settle()
    const read = await pagesOf(two, bob, roomId)
    t.same(read.slice(1, 121), said.toReversed())
    t.same(read, await pagesOf(one, alice, roomId), 'to the very beginning')

    const early = await three.join(carl, roomId, two.name)
    t.equal(early.status, 200, early.text)
    const found = await three.server.api.get(
      `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/timestamp_to_event?ts=0&dir=f`, { token: carl.token },
    )
    t.same(found.body['event_id'], read.at(-1))

    const answers = [await two.talk.say(bob, roomId, 'an answer'), await three.talk.say(carl, roomId, 'another')]
    await settle()
    for (const [town, user] of [[one, alice], [two, bob], [three, carl]] as const) {
      const latest = (await pagesOf(town, user, roomId)).slice(0, 2)
      t.same(latest.toSorted(), answers.toSorted(), town.name)
    }
  })
}
