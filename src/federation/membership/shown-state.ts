import { readStrippedState } from '../../matrix/client-event.ts'
import { canonicalJson } from '../../matrix/canonical-json.ts'
import { MatrixError, invalidParam } from '../../matrix/errors.ts'
import { eventIdOf } from '../../matrix/hashes.ts'
import { roomIdOfCreateEvent } from '../../matrix/ids.ts'
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../../matrix/json.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'

/** So much of a room a user is shown before being in it. */
const SHOWN_BYTES_MAX = 64 * 1024
const SHOWN_EVENTS_MAX = 100

/**
 * What another server shows of a room with an invite, as stripped events. Where the room's id is the hash of its create event,
 * that event is there and has the hash. Throws M_TOO_LARGE, M_INVALID_PARAM.
 */
export function readShownState(version: RoomVersion, roomId: string, given: JsonValue | undefined): readonly JsonObject[] {
  const entries = Array.isArray(given) ? given.filter(isJsonObject) : []
  const create = entries.find((entry) => ownValue(entry, 'type') === 'm.room.create' && ownValue(entry, 'state_key') === '')
  if (version.roomIdFromCreateEvent && !isCreateOf(version, roomId, create)) {
    throw invalidParam('The create event of the room is missing in what is shown of it.')
  }
  return stripShown(entries)
}

/** Events of another server in the short form that clients are shown; what has another form is left out. Throws M_TOO_LARGE. */
export function stripShown(entries: readonly JsonObject[]): readonly JsonObject[] {
  const isLarge = entries.length > SHOWN_EVENTS_MAX || Buffer.byteLength(canonicalJson(entries)) > SHOWN_BYTES_MAX
  if (isLarge) throw new MatrixError('M_TOO_LARGE', 'The state that is shown of the room is too large.')
  return readStrippedState(entries).map((event) => parseable(event))
}

/** An older server sends the short form, whose hash cannot be known. */
function isCreateOf(version: RoomVersion, roomId: string, create: JsonObject | undefined): boolean {
  if (create === undefined) return false
  if (!Object.hasOwn(create, 'signatures')) return true
  const eventId = eventIdOf(create, version)
  return eventId !== undefined && roomIdOfCreateEvent(eventId) === roomId
}

/** Numbers as clients can read them. */
function parseable(event: JsonObject): JsonObject {
  const parsed: unknown = JSON.parse(canonicalJson(event))
  return isJsonObject(parsed) ? parsed : {}
}

/** The stripped events of a stored text. */
export function readShown(text: string | null | undefined): readonly JsonObject[] {
  const parsed: unknown = JSON.parse(text ?? '[]')
  return Array.isArray(parsed) ? parsed.filter(isJsonObject) : []
}
