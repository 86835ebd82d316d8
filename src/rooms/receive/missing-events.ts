import type { JsonObject } from '../../matrix/json.ts'
import type { HeaderRow } from '../../store/rooms/known-events.ts'
import type { RemoteRooms } from '../remote-rooms.ts'
import type { Room } from '../room.ts'
import type { ServerKeys } from '../server-keys.ts'
import { checkPdus, type CheckedPdu } from './check-pdus.ts'
import type { ReceiptLookups } from './receipt-lookups.ts'
import { isPlaced } from './received.ts'

export interface MissingEventsParts {
  readonly lookups: ReceiptLookups
  readonly remote: RemoteRooms
  readonly keys: ServerKeys
}

/** What one receipt may ask for: a gap that is greater stays one, and is filled when somebody looks there. */
const BYTES_MAX = 16 * 1024 * 1024
const ROUNDS_MAX = 20
/** Gaps are mostly small. Of a greater one history has more at a time. */
const SMALL_ROUNDS = 2
const EVENTS_PER_ROUND = 50
const HISTORY_PER_ROUND = 100
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
  parts: MissingEventsParts, room: Room, given: readonly CheckedPdu[], { origin, isHistory }: Gathering,
): Promise<Gathered> {
  const batch = new Map(given.map((each) => [each.eventId, each]))
  const headers = new Map<string, HeaderRow>()
  await addHeaders(parts.lookups, headers, given)
  const named = new Set(isHistory ? [] : await parts.lookups.listMissing(room.nid, [...batch.keys()]))
  let behind = withEarlier(named, batch)
  for (let round = 0; round < (isHistory ? 0 : ROUNDS_MAX) && !isSpent(batch); round += 1) {
    const latest = [...batch.values()].filter((each) => (
      !behind.has(each.eventId) && !isPlaced(headers.get(each.eventId)) && lacksPredecessor(each, batch, headers)
    ))
    if (latest.length === 0) break
    const missing = [...new Set(latest.flatMap((each) => listLacking(each, batch, headers)))]
    const answer = round < SMALL_ROUNDS ? await askBetween(parts, room, origin, latest) : await askBehind(parts, room, origin, missing)
    const checked = (await checkPdus(room, answer, parts.keys)).filter((each): each is CheckedPdu => each.ok && !batch.has(each.eventId))
    await addHeaders(parts.lookups, headers, checked)
    const fresh = listLeadingTo(missing, checked, headers)
    if (fresh.length === 0) break
    for (const each of fresh) batch.set(each.eventId, each)
    for (const eventId of await parts.lookups.listMissing(room.nid, fresh.map((each) => each.eventId))) named.add(eventId)
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
  event: CheckedPdu, batch: ReadonlyMap<string, CheckedPdu>, headers: ReadonlyMap<string, HeaderRow>,
): boolean {
  return listLacking(event, batch, headers).length > 0
}

function isSpent(batch: ReadonlyMap<string, CheckedPdu>): boolean {
  return batch.values().reduce((sum, { canonical }) => sum + canonical.length, 0) > BYTES_MAX
}

async function askBetween(
  { remote }: MissingEventsParts, room: Room, origin: string, latest: readonly CheckedPdu[],
): Promise<readonly JsonObject[]> {
  const answer = await remote.listMissingEvents(origin, room.roomId, {
    earliest: room.extremities().slice(0, NAMED_MAX).map(({ eventId }) => eventId),
    latest: latest.slice(0, NAMED_MAX).map(({ eventId }) => eventId),
    limit: EVENTS_PER_ROUND,
    minDepth: 0,
  })
  return answer.slice(0, EVENTS_PER_ROUND)
}

async function askBehind(
  { remote }: MissingEventsParts, room: Room, origin: string, missing: readonly string[],
): Promise<readonly JsonObject[]> {
  return (await remote.backfill(origin, room.roomId, missing.slice(0, NAMED_MAX), HISTORY_PER_ROUND)).slice(0, HISTORY_PER_ROUND)
}

/** Of the events those that are missing, and those before them down to what is here: what is older is history. */
function listLeadingTo(
  missing: readonly string[], events: readonly CheckedPdu[], headers: ReadonlyMap<string, HeaderRow>,
): CheckedPdu[] {
  const byId = new Map(events.map((each) => [each.eventId, each]))
  const wanted = new Set(missing)
  // What is added meanwhile is gone through as well.
  for (const eventId of wanted) {
    const isHere = isPlaced(headers.get(eventId))
    for (const prev of isHere ? [] : byId.get(eventId)?.pdu.prevEvents ?? []) wanted.add(prev)
  }
  return events.filter(({ eventId }) => wanted.has(eventId) && !isPlaced(headers.get(eventId)))
}

function listLacking(
  { pdu }: CheckedPdu, batch: ReadonlyMap<string, CheckedPdu>, headers: ReadonlyMap<string, HeaderRow>,
): readonly string[] {
  return pdu.prevEvents.filter((eventId) => !batch.has(eventId) && !isPlaced(headers.get(eventId)))
}

async function addHeaders(lookups: ReceiptLookups, headers: Map<string, HeaderRow>, events: readonly CheckedPdu[]): Promise<void> {
  const wanted = new Set(events.flatMap(({ eventId, pdu }) => [eventId, ...pdu.prevEvents]))
  const found = await lookups.findHeaders([...wanted].filter((each) => !headers.has(each)))
  for (const [eventId, header] of found) headers.set(eventId, header)
}
