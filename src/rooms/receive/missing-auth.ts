import type { KnownState, Outliers } from '../outliers.ts'
import type { RemoteRooms } from '../remote-rooms.ts'
import type { Room } from '../room.ts'
import type { ServerKeys } from '../server-keys.ts'
import { checkPdus, type CheckedPdu } from './check-pdus.ts'

export interface MissingAuthParts {
  readonly outliers: Outliers
  readonly remote: RemoteRooms
  readonly keys: ServerKeys
}

/** Of so many events of one receipt the auth chains are asked for. */
const ASKED_MAX = 10
/** So many auth events at most are looked at: an event cites ten, and what they cite was mostly taken in with them. */
const CHAIN_MAX = 5_000

/**
 * The events that authorise those of a batch, by id, as far as they are known. What is missing of those that are to be judged at
 * once is asked for and taken in as outliers (Server-Server API, Retrieving event authorization information).
 */
export async function gatherAuth(
  { outliers, remote, keys }: MissingAuthParts, room: Room, batch: ReadonlyMap<string, CheckedPdu>,
  { origin, isAsked }: { readonly origin: string, isAsked(event: CheckedPdu): boolean },
): Promise<Map<string, KnownState>> {
  const events = [...batch.values()]
  const known = await outliers.findKnown(room, events.flatMap(({ pdu }) => pdu.authEvents))
  const create = room.pendingState('m.room.create')
  let asked = 0
  for (const { eventId, pdu } of events.filter(isAsked)) {
    if (pdu.authEvents.every((each) => known.has(each) || batch.has(each)) || asked === ASKED_MAX) continue
    asked += 1
    const chain = await remote.listEventAuth(origin, room.roomId, eventId)
    const checked = await checkPdus(room, chain.slice(0, CHAIN_MAX), keys)
    const fresh = checked.filter((each): each is CheckedPdu => each.ok && !batch.has(each.eventId))
    await outliers.store(room, fresh, create)
    for (const [id, event] of await outliers.findKnown(room, pdu.authEvents)) known.set(id, event)
  }
  return known
}
