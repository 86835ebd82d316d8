import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { getEventByTimestamp } from './get-event-by-timestamp.ts'
import { getEventContext } from './get-event-context.ts'
import { getOneRoomEvent } from './get-one-room-event.ts'
import { getRelatingEvents } from './get-relating-events.ts'
import { getRelatingEventsWithRelType } from './get-relating-events-with-rel-type.ts'
import { getRelatingEventsWithRelTypeAndEventType } from './get-relating-events-with-rel-type-and-event-type.ts'
import { getRoomEvents } from './get-room-events.ts'
import { getRoomState } from './get-room-state.ts'
import { getRoomStateWithKey } from './get-room-state-with-key.ts'
import { getThreadRoots } from './get-thread-roots.ts'
import { postReceipt } from './post-receipt.ts'
import { redactEvent } from './redact-event.ts'
import { reportEvent } from './report-event.ts'
import { sendMessage } from './send-message.ts'
import { setReadMarker } from './set-read-marker.ts'
import { setRoomStateWithKey } from './set-room-state-with-key.ts'
import { setTyping } from './set-typing.ts'

/** What is said and set in rooms, how it is read, and who reads and types. */
export const eventEndpoints: readonly ((services: Services) => Endpoint)[] = [
  sendMessage,
  redactEvent,
  setRoomStateWithKey,
  getRoomState,
  getRoomStateWithKey,
  getRoomEvents,
  getEventContext,
  getEventByTimestamp,
  getOneRoomEvent,
  getRelatingEvents,
  getRelatingEventsWithRelType,
  getRelatingEventsWithRelTypeAndEventType,
  getThreadRoots,
  setTyping,
  postReceipt,
  setReadMarker,
  reportEvent,
]
