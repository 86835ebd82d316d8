import type { Test } from 'tap'
import { eventually } from './eventually.ts'
import type { Person, RoomEvent } from './person.ts'
import type { Pair } from './sides.ts'

/** A room made at home, and somebody of each server in it. */
export interface SharedRoom {
  readonly roomId: string
  readonly host: Person
  readonly guest: Person
}

export const isIn = (person: Person, roomId: string, userId: string, membership: string): Promise<boolean> =>
  person.findState(roomId, 'm.room.member', userId).then((content) => content?.['membership'] === membership)

/** Waits until an event is in somebody's timeline. */
export const see = (person: Person, roomId: string, eventId: string): Promise<RoomEvent> =>
  eventually(`${person.userId} sees ${eventId}`, () => person.findEvent(roomId, eventId))

export async function shareRoom({ home, away }: Pair, version: string): Promise<SharedRoom> {
  const [host, guest] = await Promise.all([home.register('host'), away.register('guest')])
  const roomId = await host.createRoom(version, { name: 'First name', initial_state: [
    { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'shared' } },
  ] })
  await guest.join(roomId, home.serverName)
  await eventually('the guest is in the room', () => isIn(host, roomId, guest.userId, 'join'))
  return { roomId, host, guest }
}

/** Each of two says something and hears the other. */
export async function talk(test: Test, roomId: string, one: Person, other: Person): Promise<void> {
  for (const [speaker, listener] of [[one, other], [other, one]] as const) {
    const eventId = await speaker.say(roomId, `from ${speaker.userId}`)
    const heard = await see(listener, roomId, eventId)
    test.equal(heard.content['body'], `from ${speaker.userId}`, 'is heard')
  }
}
