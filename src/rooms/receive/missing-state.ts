import type { Db } from '../../store/database.ts'
import { findHeaders, type HeaderRow } from '../../store/rooms/known-events.ts'
import { contentString, isStateEvent } from '../room-event.ts'
import type { EventCache } from '../event-cache.ts'
import type { Outliers } from '../outliers.ts'
import type { RemoteRooms, StateIds } from '../remote-rooms.ts'
import type { Room } from '../room.ts'
import type { ServerKeys } from '../server-keys.ts'
import { MAIN_LINE } from '../state/state-reference.ts'
import type { StateView, ViewEntry } from '../state/state-view.ts'
import { checkPdus, type Checked, type CheckedPdu } from './check-pdus.ts'

export interface MissingStateParts {
  readonly db: Db
  readonly events: EventCache
  readonly outliers: Outliers
  readonly remote: RemoteRooms
  readonly keys: ServerKeys
}

/** Up to so many events are asked for one by one; more come faster with the whole state. */
const SINGLE_MAX = 40
const REJECTED = 1
/** One in so many events of a state may be missing. */
const MISSING_SHARE = 10

/** The state after an event that this server does not have, by the ids of its events, which are taken in as far as they are told. */
export interface ToldState {
  readonly eventId: string
  readonly before: readonly string[]
}

/**
 * Asks another server for the state after an event that this server does not have. Undefined where it does not say. What it
 * says is judged as always, by the events' own auth events.
 */
export async function fetchStateAfter(
  parts: MissingStateParts, room: Room, eventId: string, origin: string,
): Promise<ToldState | undefined> {
  const { remote } = parts
  const ids = await remote.findStateIds(origin, room.roomId, eventId)
  if (ids === undefined) return undefined
  await fetchUnknown(parts, room, ids, eventId, origin)
  const json = await remote.findEvent(origin, eventId)
  if (json !== undefined) await storeChecked(parts, room, await checkPdus(room, [json], parts.keys))
  return { eventId, before: ids.state }
}

/** The state that was told, by how it differs from the present one of the room; undefined where too much of it is missing. */
export async function viewTold(
  { db, events }: Pick<MissingStateParts, 'db' | 'events'>, room: Room, { eventId, before }: ToldState,
): Promise<StateView | undefined> {
  const headers = await findHeaders(db, [...before, eventId])
  const missing = before.filter((each) => !headers.has(each)).length
  // A state without much of what it had would look as if that had been taken away.
  if (missing * MISSING_SHARE > before.length) return undefined
  const own = headers.get(eventId)
  headers.delete(eventId)
  const entries = [...headers.values(), ...own === undefined ? [] : [own]]
  return { base: { branch: MAIN_LINE, at: room.lastPos() }, changes: await compareWithPresent(events, room, entries) }
}

/** How a whole state differs from the present one of a room. Rejected events are in no state. */
async function compareWithPresent(
  events: EventCache, room: Room, headers: readonly HeaderRow[],
): Promise<Map<number, ViewEntry | undefined>> {
  const present = new Map<number, number>()
  for (const { key, nid } of room.listState()) present.set(key, nid)
  for (const { key, nid } of room.listMembers()) present.set(key, nid)
  const given = new Map<number, number>()
  for (const { key_nid: key, nid, status, is_state: isState, room_nid: roomNid } of headers) {
    if (isState && status !== REJECTED && roomNid === room.nid) given.set(key, nid)
  }
  const differing = [...given].filter(([key, nid]) => present.get(key) !== nid)
  const known = await events.map(differing.map(([, nid]) => nid))
  const changes = new Map<number, ViewEntry | undefined>()
  for (const key of present.keys()) if (!given.has(key)) changes.set(key, undefined)
  for (const [key, nid] of differing) {
    const event = known.get(nid)
    if (event === undefined || !isStateEvent(event)) continue
    const isMember = event.type === 'm.room.member'
    changes.set(key, { nid, membership: isMember ? contentString(event, 'membership') ?? 'leave' : null })
  }
  return changes
}

async function fetchUnknown(parts: MissingStateParts, room: Room, ids: StateIds, eventId: string, origin: string): Promise<void> {
  const { db, remote, keys } = parts
  const wanted = [...new Set([...ids.state, ...ids.authChain])]
  const known = await findHeaders(db, wanted)
  const unknown = wanted.filter((each) => !known.has(each))
  if (unknown.length === 0) return
  if (unknown.length > SINGLE_MAX) {
    const whole = await remote.findState(origin, room.roomId, eventId)
    return storeChecked(parts, room, await checkPdus(room, [...whole?.authChain ?? [], ...whole?.state ?? []], keys))
  }
  const found = await Promise.all(unknown.map((each) => remote.findEvent(origin, each)))
  return storeChecked(parts, room, await checkPdus(room, found.filter((each) => each !== undefined), keys))
}

async function storeChecked({ outliers }: MissingStateParts, room: Room, checked: readonly Checked[]): Promise<void> {
  const good = checked.filter((each): each is CheckedPdu => each.ok)
  await outliers.store(room, good, room.pendingState('m.room.create'))
}
