import { isJsonObject, ownValue, setOwn, type JsonObject, type MutableJsonObject } from '../matrix/json.ts'
import { parsePropertyPath } from '../matrix/push-rules/push-event.ts'
import type { RoomEvent } from '../rooms/room-event.ts'
import type { SyncFilter } from './filter.ts'

/** Puts an event that is ready for clients into the shape that a filter asks for (Client-Server API, Filtering). */
export function shapeEvent(text: string, event: RoomEvent, { fields, isFederationFormat }: SyncFilter): string {
  if (fields === undefined && !isFederationFormat) return text
  const formatted = JSON.parse(text) as JsonObject
  const shown = isFederationFormat ? { ...event.pdu, unsigned: formatted['unsigned'] ?? {} } : formatted
  return JSON.stringify(fields === undefined ? shown : pickFields(shown, fields))
}

/** The fields at the paths, and nothing else. */
function pickFields(event: JsonObject, fields: readonly string[]): JsonObject {
  const picked: MutableJsonObject = {}
  for (const field of fields) {
    const { names } = parsePropertyPath(field)
    copyPath(event, picked, names)
  }
  return picked
}

function copyPath(from: JsonObject, to: MutableJsonObject, [name, ...rest]: readonly string[]): void {
  const value = name === undefined ? undefined : ownValue(from, name)
  if (name === undefined || value === undefined) return
  if (rest.length === 0) {
    setOwn(to, name, value)
    return
  }
  if (!isJsonObject(value)) return
  const known = ownValue(to, name)
  // A copy, since what was picked as a whole before is the event's own.
  const below: MutableJsonObject = isJsonObject(known) ? { ...known } : {}
  copyPath(value, below, rest)
  if (Object.keys(below).length > 0) setOwn(to, name, below)
}
