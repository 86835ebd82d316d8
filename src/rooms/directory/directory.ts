import { forbidden, invalidParam, notFound } from '../../matrix/errors.ts'
import { powerLevelsOf, requiredLevel, userLevel } from '../../matrix/power-levels.ts'
import type { PublicRoomsChunk, PublicRoomsResponse } from '../../spec/types.ts'
import type { Db } from '../../store/database.ts'
import {
  countPublicRooms, listPublicRooms, moveListed, setListed, setPublished, type PublicRoomPlace, type PublicRoomRow, type RoomList,
} from '../../store/rooms/public-rooms.ts'
import { findRoom } from '../../store/rooms/rooms.ts'
import { isNetworkId, type ApplicationServices } from '../../users/application-services.ts'
import type { Requester } from '../../users/requester.ts'
import { pendingAuthState } from '../build-next.ts'
import { pageSize } from '../reading/page-tokens.ts'
import type { Room } from '../room.ts'
import type { PublicRoomsFilter, RemotePublicRooms } from './remote-public-rooms.ts'

export interface PublicRoomsRequest extends PublicRoomsFilter {
  /** The server whose list is wanted; ours where it is undefined. */
  readonly server?: string | undefined
}

export interface DirectoryParts {
  readonly db: Db
  readonly serverName: string
  /** Whether users may list rooms at all. */
  readonly allowPublish: boolean
  readonly remotePublicRooms: RemotePublicRooms
  readonly appservices: ApplicationServices
}

const PAGE = { byDefault: 100, max: 500, min: 1 }
const TOKEN = /^([fb])(\d{1,9})_(\d{1,9})$/

/** The list of rooms that everybody may find (Client-Server API, Published room directory). */
export class Directory {
  readonly #db: Db
  readonly #serverName: string
  readonly #allowPublish: boolean
  readonly #remote: RemotePublicRooms
  readonly #appservices: ApplicationServices

  constructor({ db, serverName, allowPublish, remotePublicRooms, appservices }: DirectoryParts) {
    this.#db = db
    this.#serverName = serverName
    this.#allowPublish = allowPublish
    this.#remote = remotePublicRooms
    this.#appservices = appservices
  }

  /** Throws M_FORBIDDEN where nobody may list rooms here. */
  checkMayPublish(): void {
    if (!this.#allowPublish) throw forbidden('Rooms cannot be listed in the directory of this server.')
  }

  /** Puts a room into the list or takes it out. */
  async publish(room: number, isPublished: boolean): Promise<void> {
    if (isPublished) this.checkMayPublish()
    await setPublished(this.#db, room, isPublished)
  }

  /** Lists another room in the place of one, wherever that is listed. */
  async move(room: number, successor: number, isPublished: boolean): Promise<void> {
    await moveListed(this.#db, room, successor)
    if (!isPublished) return
    await setPublished(this.#db, successor, true)
    await setPublished(this.#db, room, false)
  }

  /** For who may set the room's canonical alias, or is an admin. Throws M_FORBIDDEN. */
  async setVisibility(room: Room, requester: Requester, visibility: 'public' | 'private'): Promise<void> {
    const levels = powerLevelsOf(room.version, pendingAuthState(room))
    const hasPower = room.membershipOf(requester.userId) === 'join'
      && userLevel(levels, requester.userId) >= requiredLevel(levels, 'm.room.canonical_alias', true)
    if (!hasPower && !requester.isAdmin) throw forbidden('You may not change whether this room is listed.')
    await this.publish(room.nid, visibility === 'public')
  }

  /**
   * Lists a room under a network of the application service that asks, by a user of its own who is in the room (Application
   * service room directory management). Throws M_FORBIDDEN, M_INVALID_PARAM for what cannot name a network.
   */
  async setVisibilityInNetwork(
    room: Room, { appservice, userId }: Requester, networkId: string, visibility: 'public' | 'private',
  ): Promise<void> {
    if (appservice === undefined) throw forbidden('Only application services have lists of rooms of their own.')
    if (!isNetworkId(networkId)) throw invalidParam('That cannot be the id of a network.')
    const isPublic = visibility === 'public'
    if (isPublic && room.membershipOf(userId) !== 'join') throw forbidden('Be in a room to list it.')
    if (isPublic) this.checkMayPublish()
    await setListed(this.#db, room.nid, { appserviceId: appservice.id, networkId }, isPublic)
  }

  /** Throws M_NOT_FOUND. */
  async visibilityOf(roomId: string): Promise<'public' | 'private'> {
    const room = await findRoom(this.#db, roomId)
    if (room === undefined) throw notFound(`There is no room ${roomId}.`)
    return room.published ? 'public' : 'private'
  }

  /**
   * A page of the list, most members first, or of the list of another server. Throws M_INVALID_PARAM for a token of
   * elsewhere and for one network besides all of them, M_UNKNOWN (502) where the other server does not answer.
   */
  async list({ server, ...filter }: PublicRoomsRequest): Promise<PublicRoomsResponse> {
    checkNetworks(filter)
    if (server === undefined || server === this.#serverName) return this.listOwn(filter)
    return this.#remote.list(server, { ...filter, limit: pageSize(filter.limit, PAGE) })
  }

  /** The same of this server. */
  async listOwn(filter: PublicRoomsFilter): Promise<PublicRoomsResponse> {
    const { limit: asked, since, searchTerm, roomTypes } = filter
    checkNetworks(filter)
    const list = this.#findList(filter)
    if (list === undefined) return { chunk: [], total_room_count_estimate: 0 }
    const limit = pageSize(asked, PAGE)
    const from = since === undefined ? undefined : readToken(since)
    const direction = from?.direction ?? 'f'
    const term = searchTerm?.trim()
    const pattern = term === undefined || term === '' ? undefined : `%${term.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
    const rows = await listPublicRooms(this.#db, { list, pattern, roomTypes, beyond: from?.place, direction, limit: limit + 1 })
    const page = rows.slice(0, limit)
    const more = rows.length > limit
    if (direction === 'b') page.reverse()
    const first = page.at(0)
    const last = page.at(-1)
    return {
      chunk: page.map(describeRoom),
      next_batch: last !== undefined && (direction === 'b' || more) ? formatToken('f', last) : undefined,
      prev_batch: first !== undefined && (direction === 'b' ? more : since !== undefined) ? formatToken('b', first) : undefined,
      total_room_count_estimate: await countPublicRooms(this.#db, list),
    }
  }

  /** Undefined for a network to which no application service leads. */
  #findList({ includeAllNetworks, instanceId }: PublicRoomsFilter): RoomList | undefined {
    if (includeAllNetworks === true) return { of: 'all', appserviceIds: this.#appservices.all.map(({ id }) => id) }
    if (instanceId === undefined) return { of: 'server' }
    const instance = this.#appservices.findInstance(instanceId)
    return instance === undefined ? undefined : { of: 'network', ...instance }
  }
}

function checkNetworks({ includeAllNetworks, instanceId }: PublicRoomsFilter): void {
  if (includeAllNetworks === true && instanceId !== undefined) throw invalidParam('Ask for one network or for all of them.')
}

function readToken(text: string): { direction: 'f' | 'b', place: PublicRoomPlace } {
  const [whole, direction, joined, room] = TOKEN.exec(text) ?? []
  if (whole === undefined) throw invalidParam('since is no token of this server.')
  return { direction: direction === 'b' ? 'b' : 'f', place: { joined: Number(joined), room: Number(room) } }
}

function formatToken(direction: 'f' | 'b', row: PublicRoomRow): string {
  return `${direction}${row.joined_members}_${row.nid}`
}

function describeRoom(row: PublicRoomRow): PublicRoomsChunk {
  return {
    room_id: row.room_id,
    num_joined_members: row.joined_members,
    world_readable: row.world_readable,
    guest_can_join: row.guest_can_join,
    join_rule: row.join_rule,
    name: row.name ?? undefined,
    topic: row.topic ?? undefined,
    canonical_alias: row.canonical_alias ?? undefined,
    avatar_url: row.avatar_url ?? undefined,
    room_type: row.room_type ?? undefined,
  }
}
