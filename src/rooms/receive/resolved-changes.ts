import { serverNameOf } from '../../matrix/ids.ts'
import type { Membership } from '../../members/members.ts'
import type { Db } from '../../store/database.ts'
import { findStateKeys, type StateKey } from '../../store/dictionary.ts'
import type { Names } from '../../store/names.ts'
import type { LogChange } from '../draft.ts'
import type { EventCache } from '../event-cache.ts'
import { contentString, type RoomEvent } from '../room-event.ts'
import type { MemberEntry, ResolvedState, Room, StateEntry } from '../room.ts'
import type { StateDifferences } from '../state/state-view.ts'

export interface ResolvedChangesParts {
  readonly db: Db
  readonly names: Names
  readonly events: EventCache
  readonly serverName: string
}

/** What of an event of a state its room remembers. */
export type EntryEvent = Pick<RoomEvent, 'nid' | 'eventId' | 'type' | 'stateKey' | 'sender' | 'content'>

/** How the state of a room changes, for its log and for its memory. */
export interface ResolvedChanges {
  readonly log: readonly LogChange[]
  readonly resolved: ResolvedState
}

/** Puts names to the numbers by which a state differs from the present one. `unstored` has events that are not stored, or otherwise. */
export async function describeChanges(
  { db, names, events, serverName }: ResolvedChangesParts,
  room: Room,
  differences: StateDifferences,
  unstored: ReadonlyMap<number, EntryEvent>,
): Promise<ResolvedChanges> {
  const keys = await findStateKeys(db, [...differences.keys()])
  const nids = [...differences.values()].flatMap((entry) => entry?.nid ?? [])
  const stored = await events.map(nids.filter((nid) => !unstored.has(nid)))
  const local = await names.internUsers([...keys.values()].flatMap((key) => isLocalMember(key, serverName) ? [key.stateKey] : []))
  const states: StateEntry[] = []
  const members: MemberEntry[] = []
  const endedStates: StateEntry[] = []
  const endedMembers: MemberEntry[] = []
  const log: LogChange[] = []
  for (const [key, entry] of differences) {
    const name = keys.get(key)
    if (name === undefined || name.stateKey === null) continue
    const { type, stateKey } = name
    const isMember = type === 'm.room.member'
    const member = isMember ? room.member(stateKey) : undefined
    const state = isMember ? undefined : room.state(type, stateKey)
    const event = entry === undefined ? undefined : unstored.get(entry.nid) ?? stored.get(entry.nid)
    if (event !== undefined && isMember) members.push(memberOf(key, stateKey, event))
    else if (event !== undefined) states.push(stateOf(key, type, stateKey, event))
    else if (member !== undefined) endedMembers.push(member)
    else if (state !== undefined) endedStates.push(state)
    else continue
    log.push({
      key, type, stateKey,
      nid: event?.nid,
      replacedNid: (member ?? state)?.nid,
      membership: isMember ? event === undefined ? 'leave' : contentString(event, 'membership') ?? 'leave' : null,
      localMember: isMember ? local.get(stateKey) : undefined,
    })
  }
  return { log, resolved: { states, members, endedStates, endedMembers } }
}

function isLocalMember(key: StateKey, serverName: string): key is StateKey & { readonly stateKey: string } {
  return key.type === 'm.room.member' && key.stateKey !== null && serverNameOf(key.stateKey) === serverName
}

function stateOf(key: number, type: string, stateKey: string, { nid, eventId, sender, content }: EntryEvent): StateEntry {
  return { key, type, stateKey, nid, eventId, sender, content }
}

function memberOf(key: number, userId: string, event: EntryEvent): MemberEntry {
  const membership = (contentString(event, 'membership') ?? 'leave') as Membership
  return { key, userId, nid: event.nid, eventId: event.eventId, sender: event.sender, membership }
}
