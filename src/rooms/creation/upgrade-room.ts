import { forbidden, invalidParam, MatrixError } from '../../matrix/errors.ts'
import { isUserId, serverNameOf } from '../../matrix/ids.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import { powerLevelsOf, requiredLevel, userLevel } from '../../matrix/power-levels.ts'
import { findRoomVersion, type RoomVersion } from '../../matrix/room-versions.ts'
import type { Db } from '../../store/database.ts'
import { findRoom } from '../../store/rooms/rooms.ts'
import type { Requester } from '../../users/requester.ts'
import type { Random } from '../../util/random.ts'
import type { Aliases } from '../aliases.ts'
import { pendingAuthState } from '../build-next.ts'
import { listClaimedAliases } from '../content-checks.ts'
import type { Directory } from '../directory/directory.ts'
import type { Draft } from '../draft.ts'
import type { EventCache } from '../event-cache.ts'
import { profileFields, type ProfileSource } from '../profiles.ts'
import type { Room } from '../room.ts'
import type { RoomWriter } from '../writer.ts'
import { newRoomId } from './create-room.ts'
import type { RoomMoves } from './room-moves.ts'
import { closedPowerLevels, takenPowerLevels, takenState } from './upgraded-state.ts'

export interface UpgradeRequest {
  readonly version: string
  readonly additionalCreators?: readonly string[] | undefined
}

export interface RoomUpgradeParts {
  readonly db: Db
  readonly writer: RoomWriter
  readonly events: EventCache
  readonly aliases: Aliases
  readonly directory: Directory
  readonly profiles: ProfileSource
  readonly roomMoves: RoomMoves
  readonly random: Random
  readonly serverName: string
}

/** Moves rooms on to another version, which means to another room (Client-Server API, Room upgrades). */
export class RoomUpgrades {
  readonly #parts: RoomUpgradeParts
  /** By room, so that of several who upgrade one at the same moment all get the same successor. */
  readonly #running = new Map<string, { readonly version: RoomVersion, readonly successor: Promise<string> }>()

  constructor(parts: RoomUpgradeParts) {
    this.#parts = parts
  }

  /**
   * Makes the room's successor, takes along what people see in it and its aliases, and closes the old one; resolves with
   * the new room's id. Throws M_UNSUPPORTED_ROOM_VERSION, M_INVALID_PARAM, M_FORBIDDEN for who may not close the room and
   * while it moves to another version.
   */
  async upgrade(requester: Pick<Requester, 'user' | 'userId'>, room: Room, request: UpgradeRequest): Promise<string> {
    const version = findRoomVersion(request.version)
    if (version === undefined) {
      throw new MatrixError('M_UNSUPPORTED_ROOM_VERSION', `Rooms of version ${request.version} cannot be made here.`)
    }
    const additional = version.creatorsPrivileged ? request.additionalCreators ?? [] : []
    if (!additional.every(isUserId)) throw invalidParam('additional_creators must be a list of user ids.')
    checkMayClose(room, requester.userId)
    const running = this.#running.get(room.roomId)
    if (running !== undefined) {
      if (running.version !== version) throw forbidden('Somebody is upgrading this room to another version.')
      return running.successor
    }
    const successor = this.#move(requester, room, version, [...new Set([requester.userId, ...additional])])
    this.#running.set(room.roomId, { version, successor })
    return successor.finally(() => this.#running.delete(room.roomId))
  }

  async #move(
    requester: Pick<Requester, 'user' | 'userId'>, room: Room, version: RoomVersion, creators: readonly string[],
  ): Promise<string> {
    const successor = await this.#found(room, version, creators)
    await this.#close(room, successor.roomId, requester.userId)
    await this.#parts.aliases.move(room.nid, successor.nid)
    await this.#moveListing(room, successor)
    await this.#parts.roomMoves.follow(requester, room, successor)
    return successor.roomId
  }

  async #found(room: Room, version: RoomVersion, creators: readonly string[]): Promise<Room> {
    const { writer, random, serverName } = this.#parts
    const [creator = ''] = creators
    const levels = takenPowerLevels(room, version, creators)
    const state = (type: string, content: JsonObject, stateKey = ''): Draft => ({ type, sender: creator, stateKey, content })
    const profiles = await this.#parts.profiles.findProfiles([creator])
    const bans = await this.#listBans(room, creators)
    const { room: successor } = await writer.found({
      version,
      roomId: version.roomIdFromCreateEvent ? undefined : newRoomId(random, serverName),
      create: state('m.room.create', createContent(room, version, creators)),
      rest: () => [
        state('m.room.member', { ...profileFields(profiles.get(creator)), membership: 'join' }, creator),
        state('m.room.power_levels', levels.atFirst ?? levels.content),
        ...this.#canonicalAlias(room).map(({ moved }) => state('m.room.canonical_alias', moved)),
        ...takenState(room, version, creator),
        ...bans.map(({ userId, content }) => state('m.room.member', content, userId)),
        ...(levels.atFirst === undefined ? [] : [state('m.room.power_levels', levels.content)]),
      ],
    })
    return successor
  }

  /** Who was banned stays so; nobody else is brought along. */
  async #listBans(room: Room, creators: readonly string[]): Promise<{ userId: string, content: JsonObject }[]> {
    const banned = [...room.listMembers()].filter(({ userId, membership }) => membership === 'ban' && !creators.includes(userId))
    const events = await this.#parts.events.map(banned.map((member) => member.nid))
    return banned.map(({ userId, nid }) => {
      const reason = ownValue(events.get(nid)?.content ?? {}, 'reason')
      return { userId, content: { membership: 'ban', ...(typeof reason === 'string' ? { reason } : {}) } }
    })
  }

  /** The room's names split into those of this server, which move, and the others, which stay; nothing where none moves. */
  #canonicalAlias(room: Room): { moved: JsonObject, left: JsonObject }[] {
    const content = room.pendingState('m.room.canonical_alias')?.content
    if (content === undefined) return []
    const isOurs = (alias: string): boolean => serverNameOf(alias) === this.#parts.serverName
    const main = ownValue(content, 'alias')
    const all = listClaimedAliases(content).filter((alias) => alias !== main)
    if (typeof main === 'string' && !isOurs(main) && !all.some(isOurs)) return []
    const part = (belongs: (alias: string) => boolean): JsonObject => {
      const others = all.filter(belongs)
      const alias = typeof main === 'string' && belongs(main) ? { alias: main } : {}
      return { ...alias, ...(others.length === 0 ? {} : { alt_aliases: others }) }
    }
    return [{ moved: part(isOurs), left: part((alias) => !isOurs(alias)) }]
  }

  /** Says where the room went, and as far as the sender's power reaches, lets nobody go on in it. */
  async #close(room: Room, successorId: string, sender: string): Promise<void> {
    const { writer } = this.#parts
    const state = (type: string, content: JsonObject): Draft => ({ type, sender, stateKey: '', content })
    const tombstone = state('m.room.tombstone', { body: 'This room has been replaced', replacement_room: successorId })
    const levels = room.pendingState('m.room.power_levels')?.content
    const rest = [
      ...this.#canonicalAlias(room).map(({ left }) => state('m.room.canonical_alias', left)),
      ...(levels === undefined ? [] : [state('m.room.power_levels', closedPowerLevels(levels))]),
    ]
    await writer.append(room, [tombstone])
    for (const draft of rest) await this.#tryAppend(room, draft)
  }

  async #tryAppend(room: Room, draft: Draft): Promise<void> {
    try {
      await this.#parts.writer.append(room, [draft])
    } catch (error) {
      if (!(error instanceof MatrixError) || error.errcode !== 'M_FORBIDDEN') throw error
    }
  }

  /** A room that everybody could find is found in its new place. */
  async #moveListing(room: Room, successor: Room): Promise<void> {
    const { db, directory } = this.#parts
    const isPublished = (await findRoom(db, room.roomId))?.published === true
    await directory.move(room.nid, successor.nid, isPublished)
  }
}

/** The successor is of the same type, and as closed to other servers as the old room. */
function createContent(room: Room, version: RoomVersion, creators: readonly string[]): JsonObject {
  const [creator = '', ...additional] = creators
  const old = room.state('m.room.create')?.content ?? {}
  const type = ownValue(old, 'type')
  // Where its id can be told from the room's, the end of the old room is named no more (room version 12).
  const last = version.roomIdFromCreateEvent ? undefined : room.extremities()[0]?.eventId
  return {
    room_version: version.id,
    predecessor: { room_id: room.roomId, ...(last === undefined ? {} : { event_id: last }) },
    ...(typeof type === 'string' ? { type } : {}),
    ...(ownValue(old, 'm.federate') === false ? { 'm.federate': false } : {}),
    ...(version.creatorInContent ? { creator } : {}),
    ...(version.creatorsPrivileged && additional.length > 0 ? { additional_creators: additional } : {}),
  }
}

function checkMayClose(room: Room, userId: string): void {
  if (room.pendingMember(userId)?.membership !== 'join') throw forbidden('You are not in this room.')
  const levels = powerLevelsOf(room.version, pendingAuthState(room))
  if (userLevel(levels, userId) < requiredLevel(levels, 'm.room.tombstone', true)) throw forbidden('You may not upgrade this room.')
}
