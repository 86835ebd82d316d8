import { isJsonObject, ownValue } from '../../matrix/json.ts'
import type { RoomEventFilterInput } from '../../spec/types.ts'
import { checkRoomEventFilter } from '../../users/filter-format.ts'
import { parseFilter } from '../../users/filters.ts'
import type { RoomEvent } from '../room-event.ts'
import { storedName } from '../../store/stored-names.ts'

/** Which events of rooms a client asks for (Client-Server API, Filtering, RoomEventFilter). */
export type RoomEventFilter = RoomEventFilterInput & {
  readonly related_by_senders?: readonly string[]
  readonly related_by_rel_types?: readonly string[]
}

/** The filter that stands in a query. Throws M_NOT_JSON, M_BAD_JSON. */
export function readRoomEventFilter(text: string | undefined): RoomEventFilter {
  if (text === undefined) return {}
  const filter = parseFilter(text)
  checkRoomEventFilter(filter)
  return filter as RoomEventFilter
}

/** Whether the filter lets through an event, as far as the event itself tells. */
export function passesFilter(filter: RoomEventFilter, event: RoomEvent): boolean {
  const { types, not_types: notTypes, senders, not_senders: notSenders, contains_url: containsUrl } = filter
  if (senders?.includes(event.sender) === false || notSenders?.includes(event.sender) === true) return false
  if (types !== undefined && !types.some((pattern) => matchesStars(pattern, event.type))) return false
  if (notTypes?.some((pattern) => matchesStars(pattern, event.type)) === true) return false
  return containsUrl === undefined || containsUrl === hasUrl(event)
}

/** Whether the filter lets through events of the room at all. */
export function passesRoom({ rooms, not_rooms: notRooms }: RoomEventFilter, roomId: string): boolean {
  return rooms?.includes(roomId) !== false && notRooms?.includes(roomId) !== true
}

function hasUrl({ content }: RoomEvent): boolean {
  const file = ownValue(content, 'file')
  return typeof ownValue(content, 'url') === 'string' || (isJsonObject(file) && typeof ownValue(file, 'url') === 'string')
}

/** Whether a text fits a pattern in which a star stands for any characters. Each part is looked for once, from the left. */
export function matchesStars(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return pattern === text
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false
  const end = text.length - tail.length
  let at = head.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** The same pattern for LIKE, and for types as they are stored. */
export function likePattern(pattern: string): string {
  return storedName(pattern).replaceAll(/[\\%_]/g, (character) => `\\${character}`).replaceAll('*', '%')
}
