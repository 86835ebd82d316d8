import { MatrixError } from '../matrix/errors.ts'
import { isRoomId, isUserId } from '../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../matrix/json.ts'
import type { SyncFilterInput } from '../spec/types.ts'

type Check = (value: JsonValue, name: string) => void

const listOf = (isItem: (value: unknown) => boolean, of: string): Check => (value, name) => {
  if (!Array.isArray(value) || !value.every((item) => isItem(item))) throw malformed(name, `a list of ${of}`)
}
const isText = (value: unknown) => typeof value === 'string'
const users = listOf(isUserId, 'user ids')
const rooms = listOf(isRoomId, 'room ids')
const types = listOf(isText, 'event types')

const flag: Check = (value, name) => {
  if (typeof value !== 'boolean') throw malformed(name, 'true or false')
}
const limit: Check = (value, name) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(name, 'a whole number, 0 or more')
}
const format: Check = (value, name) => {
  if (value !== 'client' && value !== 'federation') throw malformed(name, '"client" or "federation"')
}

const object = (members: Readonly<Record<string, Check>>): Check => (value, name) => {
  if (!isJsonObject(value)) throw malformed(name, 'an object')
  for (const [key, check] of Object.entries(members)) {
    const member = ownValue(value, key)
    if (member !== undefined) check(member, name === '' ? key : `${name}.${key}`)
  }
}

const EVENT_FILTER = { limit, senders: users, not_senders: users, types, not_types: types }
const ROOM_EVENT_FILTER = {
  ...EVENT_FILTER, rooms, not_rooms: rooms, contains_url: flag, lazy_load_members: flag, include_redundant_members: flag,
  unread_thread_notifications: flag, related_by_senders: users, related_by_rel_types: listOf(isText, 'relation types'),
}
const roomEventFilter = object(ROOM_EVENT_FILTER)

const checkSyncFilter = object({
  event_fields: listOf(isText, 'field names'),
  event_format: format,
  presence: object(EVENT_FILTER),
  account_data: object(EVENT_FILTER),
  room: object({
    rooms, not_rooms: rooms, include_leave: flag,
    ephemeral: roomEventFilter, state: roomEventFilter, timeline: roomEventFilter, account_data: roomEventFilter,
  }),
})

/** Whether it is a filter for a sync; keys that are not known mean nothing. Errors: M_BAD_JSON. */
export function readSyncFilter(value: JsonObject): SyncFilterInput {
  checkSyncFilter(value, '')
  return value
}

/** Whether it is a filter for events of rooms, as /messages takes it. Errors: M_BAD_JSON. */
export function checkRoomEventFilter(value: JsonObject): void {
  roomEventFilter(value, 'filter')
}

function malformed(name: string, wanted: string): MatrixError {
  return new MatrixError('M_BAD_JSON', `The filter is not right: ${name} must be ${wanted}.`)
}
