// What somebody may read of rooms that another server has.
import type { Test } from 'tap'
import { eventually } from './eventually.ts'
import type { Body } from './person.ts'
import { see, shareRoom } from './shared-room.ts'
import type { Pair } from './sides.ts'

/** A space and a room in it, looked at from outside. */
export async function walkSpace(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [host, guest] = await Promise.all([home.register('host'), away.register('guest')])
  const spaceId = await host.createRoom(version, { name: 'A space', creation_content: { type: 'm.space' } })
  const roomId = await host.createRoom(version, { name: 'A room of it' })
  const hidden = await host.createRoom(version, { name: 'Not for all', preset: 'private_chat' })
  for (const child of [roomId, hidden]) await host.setState(spaceId, 'm.space.child', { via: [home.serverName] }, child)
  await guest.join(spaceId, home.serverName)
  const rooms = await eventually('the room of the space', async () => {
    const answer = await guest.call('GET', ['v1', 'rooms', spaceId, 'hierarchy'])
    const found = answer['rooms'] as { room_id: string, name: string }[]
    return found.length > 1 && found
  })
  test.strictSame(rooms.map(({ name }) => name), ['A space', 'A room of it'], 'what is open to all is found, and nothing else')
  const summary = await guest.ask('GET', ['v1', 'room_summary', roomId], { query: { via: home.serverName } })
  test.equal(summary.body['name'], 'A room of it', 'a room is summed up')
}

/** Where history is for members only, who comes later reads none of it. */
export async function keepHistory(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [host, guest] = await Promise.all([home.register('host'), away.register('guest')])
  const roomId = await host.createRoom(version, { initial_state: [
    { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'joined' } },
  ] })
  await host.say(roomId, 'among us')
  await guest.join(roomId, home.serverName)
  await see(guest, roomId, await host.say(roomId, 'for all'))
  const answer = await guest.call('GET', ['v3', 'rooms', roomId, 'messages'], { query: { dir: 'b', limit: '100' } })
  const said = (answer['chunk'] as { type: string, content: Body }[])
    .filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body'] as string)
  test.strictSame(said, ['for all'], 'what was said before stays unknown')
}

/** The event that came next after a moment before one's own time. */
export async function findMoment(test: Test, pair: Pair, version: string): Promise<void> {
  const [host, guest] = await Promise.all([pair.home.register('host'), pair.away.register('guest')])
  const roomId = await host.createRoom(version)
  for (let line = 1; line <= 20; line += 1) await host.say(roomId, `line ${line}`)
  const eventId = await host.say(roomId, 'wanted')
  const wanted = await host.call('GET', ['v3', 'rooms', roomId, 'event', eventId])
  for (let line = 1; line <= 20; line += 1) await host.say(roomId, `later line ${line}`)
  await guest.join(roomId, pair.home.serverName)
  const found = await guest.call('GET', ['v1', 'rooms', roomId, 'timestamp_to_event'], {
    query: { ts: String(wanted['origin_server_ts']), dir: 'f' },
  })
  test.equal(found['event_id'], eventId, 'the event of a moment is found')
}

/** Somebody who is in the room changes name and picture, and the others see it. */
export async function changeProfile(test: Test, pair: Pair): Promise<void> {
  const { roomId, host, guest } = await shareRoom(pair, '10')
  for (const [one, other] of [[host, guest], [guest, host]] as const) {
    await one.call('PUT', ['v3', 'profile', one.userId, 'displayname'], { body: { displayname: 'Renamed' } })
    const name = async () => (await other.findState(roomId, 'm.room.member', one.userId))?.['displayname'] === 'Renamed'
    await eventually(`${other.userId} sees the new name`, name)
  }
  test.pass('a new name is seen in the rooms')
}
