// A room with so many members that it is entered without them, and they come afterwards.
import type { Test } from 'tap'
import { inParallel } from '../../bench/parallel.ts'
import { eventually } from './eventually.ts'
import { see, talk } from './shared-room.ts'
import type { Pair } from './sides.ts'

const MEMBERS = 300
const TOGETHER = 8

/** Who comes speaks at once and is heard, and then sees all who are there. */
export async function enterLargeRoom(test: Test, { home, away }: Pair, version: string): Promise<void> {
  const [host, guest] = await Promise.all([home.register('host'), away.register('guest')])
  const roomId = await host.createRoom(version, { name: 'Many' })
  const members = await inParallel(Array.from({ length: MEMBERS }), TOGETHER, async (_, index) => {
    const member = await home.register(`member${index}`)
    await member.join(roomId, home.serverName)
    return member.userId
  })
  await guest.join(roomId, home.serverName)
  const first = await guest.say(roomId, 'Here I am')
  await see(host, roomId, first)
  const everybody = [host.userId, guest.userId, ...members].toSorted().join()
  for (const person of [guest, host]) {
    await eventually(`${person.userId} sees everybody`, async () => {
      const { joined } = await person.call('GET', ['v3', 'rooms', roomId, 'joined_members'])
      return Object.keys(joined as object).toSorted().join() === everybody
    }, 60_000)
  }
  test.equal((await guest.findState(roomId, 'm.room.name'))?.['name'], 'Many')
  await talk(test, roomId, host, guest)
}
