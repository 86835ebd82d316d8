import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { getEvents } from './get-events.ts'
import { getOneEvent } from './get-one-event.ts'
import { initialSync } from './initial-sync.ts'
import { roomInitialSync } from './room-initial-sync.ts'
import { sync } from './sync.ts'

/** What follows everything. */
export const syncEndpoints: readonly ((services: Services) => Endpoint)[] = [
  sync,
  getEvents,
  getOneEvent,
  initialSync,
  roomInitialSync,
]
