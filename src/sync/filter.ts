import { matchesStars, passesFilter, passesRoom, type RoomEventFilter } from '../rooms/reading/event-filter.ts'
import type { RoomEvent } from '../rooms/room-event.ts'
import type { SyncFilterInput } from '../spec/types.ts'

type EventFilter = NonNullable<SyncFilterInput['presence']>

const LIMIT_DEFAULT = 10
const LIMIT_MAX = 100

/** A filter as a sync asks it (Client-Server API, Filtering). */
export interface SyncFilter {
  /** Equal filters have one number, so that answers can be shared. */
  readonly number: number
  readonly fields: readonly string[] | undefined
  readonly isFederationFormat: boolean
  readonly includeLeave: boolean
  readonly lazyMembers: boolean
  readonly redundantMembers: boolean
  readonly countsThreads: boolean
  readonly timeline: RoomPart
  readonly state: RoomPart
  readonly ephemeral: RoomPart
  readonly roomAccountData: RoomPart
  readonly accountData: Part
  readonly presence: Part
  passesRoom(roomId: string): boolean
}

/** What the filter says of one kind of data. */
export interface Part {
  readonly limit: number | undefined
  passesType(type: string): boolean
  passes(event: { readonly type: string, readonly sender?: string }): boolean
}

/** What it says of one kind of data in rooms. */
export interface RoomPart {
  readonly limit: number
  /** Undefined where everything passes. */
  readonly filter: RoomEventFilter | undefined
  passesRoom(roomId: string): boolean
  passesType(type: string): boolean
  passes(event: RoomEvent): boolean
}

/** Compiles a filter. Whoever checks the definition is `users/filter-format.ts`. */
export function compileFilter(definition: SyncFilterInput, number: number): SyncFilter {
  const { room = {} } = definition
  return {
    number,
    fields: definition.event_fields,
    isFederationFormat: definition.event_format === 'federation',
    includeLeave: room.include_leave === true,
    lazyMembers: room.state?.lazy_load_members === true || room.timeline?.lazy_load_members === true,
    redundantMembers: room.state?.include_redundant_members === true,
    countsThreads: room.timeline?.unread_thread_notifications === true,
    timeline: compileRoomPart(room.timeline),
    state: compileRoomPart(room.state),
    ephemeral: compileRoomPart(room.ephemeral),
    roomAccountData: compileRoomPart(room.account_data),
    accountData: compilePart(definition.account_data),
    presence: compilePart(definition.presence),
    passesRoom: (roomId) => passesRoom(room, roomId),
  }
}

function compilePart(filter: EventFilter | undefined): Part {
  const { types, not_types: notTypes, senders, not_senders: notSenders } = filter ?? {}
  return {
    limit: filter?.limit,
    passesType: (type) => passesTypes(types, notTypes, type),
    passes({ type, sender }) {
      if (senders !== undefined && (sender === undefined || !senders.includes(sender))) return false
      if (sender !== undefined && notSenders?.includes(sender) === true) return false
      return passesTypes(types, notTypes, type)
    },
  }
}

function compileRoomPart(filter: RoomEventFilter | undefined): RoomPart {
  const limit = Math.min(filter?.limit ?? LIMIT_DEFAULT, LIMIT_MAX)
  if (filter === undefined) return { limit, filter: undefined, passesRoom: all, passesType: all, passes: all }
  const { types, not_types: notTypes } = filter
  const narrows = Object.keys(filter).some((key) => !UNFILTERING.has(key))
  return {
    limit,
    filter: narrows ? filter : undefined,
    passesRoom: (roomId) => passesRoom(filter, roomId),
    passesType: (type) => passesTypes(types, notTypes, type),
    passes: narrows ? (event) => passesFilter(filter, event) : all,
  }
}

/** Keys that leave no event out. */
const UNFILTERING = new Set([
  'limit', 'lazy_load_members', 'include_redundant_members', 'unread_thread_notifications', 'rooms', 'not_rooms',
])

function passesTypes(types: readonly string[] | undefined, notTypes: readonly string[] | undefined, type: string): boolean {
  if (types !== undefined && !types.some((pattern) => matchesStars(pattern, type))) return false
  return notTypes?.some((pattern) => matchesStars(pattern, type)) !== true
}

const all = (): boolean => true
