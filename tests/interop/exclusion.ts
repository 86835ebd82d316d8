// A room that does not want a server, and wants it again.
import type { Test } from 'tap'
import { eventually } from './eventually.ts'
import { see, shareRoom, talk } from './shared-room.ts'
import type { Pair } from './sides.ts'

const SEEN_MS = 15_000

/** What users of a server say that the room excludes is not taken by the others, nor is it asked for later. */
export async function excludeServer(test: Test, pair: Pair, version: string): Promise<void> {
  const { roomId, host, guest } = await shareRoom(pair, version)
  const { away } = pair
  const excluded = away.serverName.slice(0, away.serverName.lastIndexOf(':'))
  const set = async (deny: readonly string[]) => {
    await host.setState(roomId, 'm.room.server_acl', { allow: ['*'], deny, allow_ip_literals: true })
    await eventually('the rule', async () => (
      (await guest.findState(roomId, 'm.room.server_acl'))?.['deny'].length === deny.length
    ), SEEN_MS)
  }
  await set([excluded])
  const unheard = await guest.say(roomId, 'from outside')
  const heard = await host.say(roomId, 'among us')
  await see(guest, roomId, heard)
  const refused = await guest.say(roomId, 'from outside again')
  // By now it would have come, were it taken.
  await see(guest, roomId, await host.say(roomId, 'still among us'))
  for (const eventId of [unheard, refused]) {
    test.equal(await host.findEvent(roomId, eventId), undefined, 'what the excluded server says is not heard')
  }
  await set([])
  await talk(test, roomId, host, guest)
}
