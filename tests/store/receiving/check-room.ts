import { RoomCheck } from '../../../src/rooms/check/check-room.ts'
import { testKeys } from '../../support/remote-room.ts'
import type { RemoteWorld, SharedRoom } from './remote-world.ts'

/** What of a room does not hold. */
export async function checkRoom({ db, world }: RemoteWorld, shared: SharedRoom): Promise<string[]> {
  const keys = testKeys(new Map([['localhost', world.services.signingKey]]))
  const found: string[] = []
  for await (const { kind, eventId, message } of new RoomCheck({ db, keys }, await shared.room()).run(() => undefined)) {
    found.push(`${kind} ${eventId ?? 'room'} ${message}`)
  }
  return found
}
