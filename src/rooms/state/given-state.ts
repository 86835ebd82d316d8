import { MatrixError } from '../../matrix/errors.ts'
import { roomIdOfCreateEvent } from '../../matrix/ids.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import type { Db } from '../../store/database.ts'
import { findHeaders, type HeaderRow } from '../../store/rooms/known-events.ts'
import { noteToldState } from '../../store/rooms/state-at.ts'
import type { OutlierRoom, Outliers } from '../outliers.ts'
import { checkPdus, type CheckedPdu, type RoomIdentity } from '../receive/check-pdus.ts'
import type { ServerKeys } from '../server-keys.ts'
import type { ViewEntry } from './state-view.ts'

export interface GivenStateParts {
  readonly db: Db
  readonly outliers: Outliers
  readonly keys: ServerKeys
}

/** The state of a room as another server tells it, whole or without members. */
export interface GivenState {
  readonly state: readonly JsonObject[]
  readonly authChain: readonly JsonObject[]
}

/** The same with what is checked of it. */
export interface CheckedState {
  readonly state: readonly CheckedPdu[]
  readonly authChain: readonly CheckedPdu[]
  readonly create: CheckedPdu
}

/** Checks 1 to 3 on all of it; what fails is left out. Throws M_UNKNOWN where there is no create event of this room in it. */
export async function checkGivenState(keys: ServerKeys, room: RoomIdentity, { state, authChain }: GivenState): Promise<CheckedState> {
  const checked = await checkPdus(room, [...state, ...authChain], keys)
  const good = (from: number, to: number): CheckedPdu[] => checked.slice(from, to).filter((each) => each.ok)
  const given = { state: good(0, state.length), authChain: good(state.length, checked.length) }
  const create = [...given.state, ...given.authChain].find((each) => isCreateOf(room, each))
  if (create === undefined) throw new MatrixError('M_UNKNOWN', 'The other server told no state of the room that can be used.')
  return { ...given, create }
}

function isCreateOf({ roomId, version }: RoomIdentity, { pdu }: CheckedPdu): boolean {
  if (pdu.type !== 'm.room.create' || pdu.stateKey !== '') return false
  if (version.roomIdFromCreateEvent && roomIdOfCreateEvent(pdu.eventId) !== roomId) return false
  return (ownValue(pdu.content, 'room_version') ?? '1') === version.id
}

/** Takes in the events as outliers, judged by those that they cite; returns the entries of the state, by key. */
export async function storeGivenState(
  { db, outliers }: GivenStateParts, room: OutlierRoom, { state, authChain, create }: CheckedState,
): Promise<Map<number, ViewEntry>> {
  await outliers.store(room, [...authChain, ...state], create.pdu)
  const headers = await findHeaders(db, state.map(({ eventId }) => eventId))
  const entries = new Map<number, ViewEntry>()
  for (const { eventId, pdu } of state) {
    const header = headers.get(eventId)
    if (header === undefined || !isEntry(room, header)) continue
    const membership = pdu.type === 'm.room.member' ? String(ownValue(pdu.content, 'membership')) : null
    entries.set(header.key_nid, { nid: header.nid, membership })
  }
  return entries
}

/**
 * Notes it where not all of a state that was told could be used, as when the keys of a server could not be had: whoever is
 * missing in it is not refused for good then.
 */
export async function noteLeftOut(
  db: Db, { state }: GivenState, entries: ReadonlyMap<number, ViewEntry>, at: { readonly room: number, readonly pos: number },
): Promise<void> {
  if (entries.size < state.length) await noteToldState(db, at.room, at.pos)
}

const REJECTED = 1

/** What was rejected is in no state. */
function isEntry(room: OutlierRoom, header: HeaderRow): boolean {
  return header.is_state && header.status !== REJECTED && header.room_nid === room.nid
}
