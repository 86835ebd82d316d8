import type { JsonObject } from '../../matrix/json.ts'
import type { HeaderRow } from '../../store/known-events.ts'
import type { RemoteRooms } from '../remote-rooms.ts'
import type { Room } from '../room.ts'
import type { ServerKeys } from '../server-keys.ts'
import { checkPdus, type CheckedPdu } from './check-pdus.ts'
import type { ReceiptLookups } from './receipt-lookups.ts'
import { isPlaced } from './received.ts'

export interface MissingEventsDeps {
  readonly lookups: ReceiptLookups
  readonly remote: RemoteRooms
  readonly keys: ServerKeys
}

/** What one receipt may ask for: a gap that is greater stays one, and is filled when somebody looks there. */
const ROUNDS_MAX = 4
const EVENTS_PER_ROUND = 50
/** Some tell no more than 20 events at once, whatever they are asked for. Who tells fewer than that has told what there is. */
const FEW = 10
const NAMED_MAX = 20

export interface Gathering {
  readonly origin: string
  /** Before history there is always more; it is fetched when somebody looks there. */
  readonly isHistory: boolean
}

/** Events with the headers of those of them, and of their predecessors, that are known. */
export interface Gathered {
  readonly batch: ReadonlyMap<string, CheckedPdu>
  readonly headers: ReadonlyMap<string, HeaderRow>
  /** Those that events which are here come after already. */
  readonly behind: ReadonlySet<string>
}

/**
 * The events with those before them that are missing, as far as the server they came from has them (Server-Server API,
 * Retrieving missing events). What comes before an event that is behind others itself is history, and left to who looks there.
 */
export async function gatherMissing(
  deps: MissingEventsDeps, room: Room, given: readonly CheckedPdu[], { origin, isHistory }: Gathering,
): Promise<Gathered> {
  const batch = new Map(given.map((each) => [each.eventId, each]))
  const headers = new Map<string, HeaderRow>()
  await addHeaders(deps.lookups, headers, given)
  const named = new Set(isHistory ? [] : await deps.lookups.listMissing(room.nid, [...batch.keys()]))
  let behind = withEarlier(named, batch)
  for (let round = 0; round < (isHistory ? 0 : ROUNDS_MAX); round += 1) {
    const latest = [...batch.values()].filter((each) => (
      !behind.has(each.eventId) && !isPlaced(headers.get(each.eventId)) && lacksPredecessor(each, batch, headers)
    ))
    if (latest.length === 0) break
    const answer: readonly JsonObject[] = await deps.remote.listMissingEvents(origin, room.roomId, {
      earliest: room.extremities().slice(0, NAMED_MAX).map(({ eventId }) => eventId),
      latest: latest.slice(0, NAMED_MAX).map(({ eventId }) => eventId),
      limit: EVENTS_PER_ROUND,
      minDepth: 0,
    })
    const checked = await checkPdus(room, answer.slice(0, EVENTS_PER_ROUND), deps.keys)
    const fresh = checked.filter((each): each is CheckedPdu => each.ok && !batch.has(each.eventId))
    if (fresh.length === 0) break
    for (const each of fresh) batch.set(each.eventId, each)
    await addHeaders(deps.lookups, headers, fresh)
    for (const eventId of await deps.lookups.listMissing(room.nid, fresh.map((each) => each.eventId))) named.add(eventId)
    behind = withEarlier(named, batch)
    if (answer.length < FEW) break
  }
  return { batch, headers, behind }
}

/** The events with those of the batch that come before them. */
function withEarlier(eventIds: Iterable<string>, batch: ReadonlyMap<string, CheckedPdu>): Set<string> {
  const found = new Set(eventIds)
  // What is added meanwhile is gone through as well.
  for (const eventId of found) {
    for (const prev of batch.get(eventId)?.pdu.prevEvents ?? []) if (batch.has(prev)) found.add(prev)
  }
  return found
}

/** Whether anything is missing right before an event. */
export function lacksPredecessor(
  { pdu }: CheckedPdu, batch: ReadonlyMap<string, CheckedPdu>, headers: ReadonlyMap<string, HeaderRow>,
): boolean {
  return pdu.prevEvents.some((eventId) => !batch.has(eventId) && !isPlaced(headers.get(eventId)))
}

async function addHeaders(lookups: ReceiptLookups, headers: Map<string, HeaderRow>, events: readonly CheckedPdu[]): Promise<void> {
  const wanted = new Set(events.flatMap(({ eventId, pdu }) => [eventId, ...pdu.prevEvents]))
  const found = await lookups.findHeaders([...wanted].filter((each) => !headers.has(each)))
  for (const [eventId, header] of found) headers.set(eventId, header)
}
