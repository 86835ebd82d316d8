import { MatrixError, forbidden, invalidParam, notFound } from '../../matrix/errors.ts'
import { readPdu, type Pdu } from '../../matrix/event.ts'
import { isUserId, serverNameOf } from '../../matrix/ids.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { Room } from '../../rooms/room.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import { isServerIn } from '../../rooms/servers-in-room.ts'
import type { ServerAcls } from '../server-acls.ts'
import type { PartialJoins } from './partial-joins.ts'

export interface ResidentParts {
  readonly rooms: Rooms
  readonly serverAcls: ServerAcls
  readonly partialJoins: Pick<PartialJoins, 'isPartial'>
  readonly serverName: string
}

/** What another server sends of a membership of one of its users, and where. */
export interface SentMembership {
  readonly origin: string
  readonly roomId: string
  readonly eventId: string
  readonly json: JsonObject
}

export type OwnMembership = 'join' | 'leave' | 'knock'

/** A room that we can speak for, to a server that may take part in it. Throws M_NOT_FOUND, M_FORBIDDEN. */
export async function getResidentRoom(
  { rooms, serverAcls, partialJoins, serverName }: ResidentParts, roomId: string, origin: string,
): Promise<Room> {
  const room = await rooms.find(roomId)
  if (room === undefined || !isServerIn(room, serverName)) throw notFound('This server is not in that room.')
  // Who does not know the members yet cannot tell who may come in.
  if (partialJoins.isPartial(roomId)) throw notFound('This server is about to enter that room.')
  serverAcls.check(room, origin)
  return room
}

/** A server changes memberships of its own users only. Throws M_INVALID_PARAM, M_FORBIDDEN. */
export function checkOwnUser(userId: string, origin: string): void {
  if (!isUserId(userId)) throw invalidParam(`${userId} is not a user id.`)
  if (serverNameOf(userId) !== origin) throw forbidden(`${userId} is not of ${origin}.`)
}

/** Throws M_INCOMPATIBLE_ROOM_VERSION. */
export function checkVersionKnown({ version }: Pick<Room, 'version'>, known: readonly string[]): void {
  if (known.includes(version.id)) return
  throw new MatrixError('M_INCOMPATIBLE_ROOM_VERSION', `Your server does not know room version ${version.id}.`, {
    fields: { room_version: version.id },
  })
}

/**
 * Looks at each field that makes the event the membership that it is sent as: the room and the event of the path, the type,
 * whose membership it is, and what it becomes. Throws M_INVALID_PARAM or M_BAD_JSON for another event, M_FORBIDDEN for one
 * of another server's user.
 */
export function readMembership(version: RoomVersion, { origin, roomId, eventId, json }: SentMembership, membership: OwnMembership): Pdu {
  const pdu = readEventOf(version, { roomId, eventId, json })
  if (pdu.type !== 'm.room.member') throw invalidParam(`This is no membership, but ${pdu.type}.`)
  if (ownValue(pdu.content, 'membership') !== membership) throw invalidParam(`This is no membership of the kind ${membership}.`)
  if (pdu.stateKey !== pdu.sender) throw invalidParam('The sender is not whose membership it is.')
  checkOwnUser(pdu.sender, origin)
  return pdu
}

/** The event of a request, if it is the one that the path names. Throws M_INVALID_PARAM, M_BAD_JSON. */
export function readEventOf(version: RoomVersion, { roomId, eventId, json }: Omit<SentMembership, 'origin'>): Pdu {
  const { unsigned: _, ...signed } = json
  const read = readPdu(signed, version)
  if (!read.ok) throw new MatrixError(read.reason === 'too-large' ? 'M_TOO_LARGE' : 'M_BAD_JSON', read.message)
  if (read.pdu.roomId !== roomId) throw invalidParam('The event is of another room than the path.')
  // Before the id was a hash, servers chose it, and the path repeats it.
  if (read.pdu.eventId !== eventId) throw invalidParam('The event has another id than the path.')
  return read.pdu
}
