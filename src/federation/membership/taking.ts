import { forbidden } from '../../matrix/errors.ts'
import type { JsonObject } from '../../matrix/json.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import type { CheckedPdu } from '../../rooms/receive/check-pdus.ts'
import type { Receiver } from '../../rooms/receive/receive.ts'
import { findTakenIds } from '../../rooms/receive/same-ids.ts'
import type { RoomEvent } from '../../rooms/room-event.ts'
import type { Room } from '../../rooms/room.ts'
import type { CarriedEvents } from '../sending/carried-events.ts'

export interface TakingParts {
  readonly receiver: Receiver
  readonly events: EventCache
  readonly carriedEvents: CarriedEvents
}

/** The event with what the first checks found out of it. Throws M_FORBIDDEN where its signatures are not right. */
export async function checkSent({ receiver }: TakingParts, room: Room, json: JsonObject): Promise<CheckedPdu> {
  const [checked] = await receiver.check(room, [json])
  if (checked?.ok !== true) throw forbidden(checked?.reason ?? 'The event cannot be used.')
  return checked
}

/**
 * Takes a checked event into its room, or finds that it is there; the rest of the room has it from us. Throws M_FORBIDDEN where
 * the rules of the room refuse it.
 */
export async function takeSent(
  { receiver, events, carriedEvents }: TakingParts, room: Room, checked: CheckedPdu, origin: string,
): Promise<RoomEvent> {
  await carriedEvents.promise(checked.eventId, origin)
  const [outcome] = await receiver.take(room, [checked], { origin })
  const isTaken = (await findTakenIds(events, room.version, [checked])).size > 0
  const event = isTaken ? undefined : await events.findById(checked.eventId)
  if (event?.status !== 'accepted' || event.room !== room.nid) {
    throw forbidden(`The rules of the room do not allow this: ${outcome?.reason ?? 'it was refused before.'}`)
  }
  return event
}
