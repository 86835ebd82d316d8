import { buildEvent } from '../../matrix/build-event.ts'
import { MatrixError } from '../../matrix/errors.ts'
import type { Pdu } from '../../matrix/event.ts'
import { isEventId, isUserId, serverNameOf } from '../../matrix/ids.ts'
import { isJsonObject, isRawNumber, ownValue, type JsonObject, type JsonValue } from '../../matrix/json.ts'
import { findRoomVersion, listRoomVersions, type RoomVersion } from '../../matrix/room-versions.ts'
import type { Signer } from '../../rooms/build-next.ts'
import type { OwnMembership } from './membership-request.ts'

/** What a user of ours wants to become in a room of others. */
export interface MembershipWish {
  readonly roomId: string
  readonly userId: string
  readonly membership: OwnMembership
  readonly content: JsonObject
}

export interface BuiltMembership {
  readonly version: RoomVersion
  readonly pdu: Pdu
  /** The server that has to sign it too. */
  readonly authoriser: string | undefined
}

const PREV_EVENTS_MAX = 20
const AUTH_EVENTS_MAX = 10
/** In Base64, without padding. */
const SHA256 = /^[A-Za-z0-9+/]{43}$/

/** The versions of rooms that our users can take part in, by their ids. */
export const KNOWN_VERSIONS: readonly string[] = listRoomVersions().map(({ id }) => id)

/**
 * Builds the membership event after another server's template. Nothing of the template is signed as it came: taken from it are
 * the ids of events before it and of those that authorise it, its depth, and who vouches for a restricted join, each after a
 * look at it; the rest is ours to say. Throws M_UNKNOWN where the template is for something else.
 */
export function buildFromTemplate(answer: JsonObject, wish: MembershipWish, signer: Signer): BuiltMembership {
  const template = ownValue(answer, 'event')
  if (!isJsonObject(template)) throw unusable('it holds no event')
  const version = readVersion(answer)
  checkIsFor(template, wish)
  const authoriser = wish.membership === 'join' ? readAuthoriser(version, template, signer.serverName) : undefined
  const content = {
    ...wish.content, membership: wish.membership,
    ...(authoriser === undefined ? {} : { join_authorised_via_users_server: authoriser }),
  }
  const prev = readReferences(version, template, 'prev_events', PREV_EVENTS_MAX)
  const auth = readReferences(version, template, 'auth_events', AUTH_EVENTS_MAX)
  const built = buildEvent({
    version,
    fields: {
      type: 'm.room.member',
      sender: wish.userId,
      stateKey: wish.userId,
      roomId: wish.roomId,
      content,
      prevEvents: [...prev.keys()],
      authEvents: [...auth.keys()],
      depth: readDepth(ownValue(template, 'depth')),
      originServerTs: signer.now(),
    },
    serverName: signer.serverName,
    key: signer.key,
    referenceHashOf: (eventId) => prev.get(eventId) ?? auth.get(eventId),
  })
  if (!built.ok) throw new MatrixError(built.reason === 'too-large' ? 'M_TOO_LARGE' : 'M_BAD_JSON', built.message)
  return { version, pdu: built.pdu, authoriser: authoriser === undefined ? undefined : serverNameOf(authoriser) }
}

/** A server that does not say means the first version (Server-Server API, GET /make_join). */
function readVersion(answer: JsonObject): RoomVersion {
  const id = ownValue(answer, 'room_version') ?? '1'
  const version = typeof id === 'string' ? findRoomVersion(id) : undefined
  if (version === undefined) throw new MatrixError('M_UNSUPPORTED_ROOM_VERSION', 'The room is of a version that this server does not know.')
  return version
}

function checkIsFor(template: JsonObject, { roomId, userId, membership }: MembershipWish): void {
  const content = ownValue(template, 'content')
  const says = {
    type: ownValue(template, 'type'),
    room_id: ownValue(template, 'room_id'),
    sender: ownValue(template, 'sender'),
    state_key: ownValue(template, 'state_key'),
    membership: isJsonObject(content) ? ownValue(content, 'membership') : undefined,
  }
  const wanted = { type: 'm.room.member', room_id: roomId, sender: userId, state_key: userId, membership }
  for (const [name, value] of Object.entries(wanted)) {
    if (says[name as keyof typeof says] !== value) throw unusable(`its ${name} is not ${value}`)
  }
}

/** A user of ours cannot be made to vouch by another server. */
function readAuthoriser(version: RoomVersion, template: JsonObject, serverName: string): string | undefined {
  const content = ownValue(template, 'content')
  const named = isJsonObject(content) ? ownValue(content, 'join_authorised_via_users_server') : undefined
  if (named === undefined || !version.restrictedJoins) return undefined
  if (!isUserId(named) || serverNameOf(named) === serverName) throw unusable('who is to vouch for the join is no user of another server')
  return named
}

/** The ids of events that the template names, each with its hash where the version of the room has hashes there. */
function readReferences(version: RoomVersion, template: JsonObject, key: string, max: number): Map<string, string | undefined> {
  const value = ownValue(template, key)
  const references = Array.isArray(value) && value.length <= max ? value.map((each) => readReference(version, each)) : [undefined]
  const known = references.filter((each) => each !== undefined)
  if (known.length < references.length) throw unusable(`its ${key} is no list of up to ${max} events`)
  return new Map(known)
}

function readReference(version: RoomVersion, value: JsonValue): [eventId: string, hash: string | undefined] | undefined {
  if (version.eventFormat === 'v3') return isEventId(value) ? [value, undefined] : undefined
  const [eventId, hashes] = Array.isArray(value) ? value : []
  if (!isEventId(eventId) || !isJsonObject(hashes)) return undefined
  const sha256 = ownValue(hashes, 'sha256')
  return [eventId, typeof sha256 === 'string' && SHA256.test(sha256) ? sha256 : undefined]
}

/** A depth beyond what Canonical JSON holds stays at the end of it. */
function readDepth(value: JsonValue | undefined): number {
  const depth = isRawNumber(value) ? Number(value.rawJSON) : value
  if (typeof depth !== 'number' || !Number.isInteger(depth) || depth < 0) throw unusable('its depth is no depth')
  return Math.min(depth, Number.MAX_SAFE_INTEGER)
}

function unusable(why: string): MatrixError {
  return new MatrixError('M_UNKNOWN', `The template of the other server cannot be used: ${why}.`, { status: 502 })
}
