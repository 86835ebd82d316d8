import { forbidden, invalidParam } from '../../matrix/errors.ts'
import { serverNameOf } from '../../matrix/ids.ts'
import type { RoomSummary } from '../../spec/types.ts'
import type { Requester } from '../../users/requester.ts'
import { Lru } from '../../util/lru.ts'
import { randomString, type Random } from '../../util/random.ts'
import type { EventCache } from '../event-cache.ts'
import { pageSize } from '../reading/page-tokens.ts'
import type { Rooms } from '../rooms.ts'
import { isServerIn } from '../servers-in-room.ts'
import { describeRoom, SPACE } from './describe-room.ts'
import type { RemoteSpaces } from './remote-spaces.ts'
import { mayUserFind } from './room-access.ts'
import type { RoomSummaries } from './room-summaries.ts'
import { listChildren, type ChildEvent, type SpaceChild } from './space-children.ts'

export interface SpaceHierarchyParts {
  readonly rooms: Rooms
  readonly events: EventCache
  readonly roomSummaries: RoomSummaries
  readonly remoteSpaces: RemoteSpaces
  readonly random: Random
  readonly serverName: string
}

export interface HierarchyRequest {
  readonly suggestedOnly: boolean
  readonly limit?: number | undefined
  /** How far below the space rooms may be. */
  readonly depthMax?: number | undefined
  readonly from?: string | undefined
}

export type HierarchyRoom = RoomSummary & { readonly children_state: readonly ChildEvent[] }

export interface HierarchyPage {
  readonly rooms: readonly HierarchyRoom[]
  readonly next_batch?: string | undefined
}

type Reader = Pick<Requester, 'user' | 'userId'>

/** A room that is still to be looked at. */
interface Ahead {
  readonly roomId: string
  readonly via: readonly string[]
  readonly depth: number
  /** What a server said of it that need not be asked again. */
  readonly known: RoomSummary | undefined
}

/** Where a reader stands in a tree. Pages go on from copies, so that one that was lost can be had again. */
interface Walk {
  readonly user: number
  readonly root: string
  readonly suggestedOnly: boolean
  readonly depthMax: number
  readonly ahead: readonly Ahead[]
  readonly seen: ReadonlySet<string>
}

interface Found { readonly room: RoomSummary, readonly children: readonly SpaceChild[], readonly ahead: readonly Ahead[] }

const PAGE = { byDefault: 50, max: 100, min: 1 }
const DEPTH_MAX = 30
/** So many rooms are looked at for one page, found or not. */
const LOOKED_AT_MAX = 200
/** What the walks that may be gone on with remember, counted in rooms. */
const REMEMBERED_MAX = 500_000
const ABROAD_MAX = 3
const TOKEN_LENGTH = 24

/** The trees of rooms that spaces span, as far as the reader may find them (Client-Server API, GET /rooms/{roomId}/hierarchy). */
export class SpaceHierarchies {
  readonly #parts: SpaceHierarchyParts
  readonly #walks = new Lru<string, Walk>(REMEMBERED_MAX, { weigh: (walk) => 1 + walk.ahead.length + walk.seen.size })

  constructor(parts: SpaceHierarchyParts) {
    this.#parts = parts
  }

  /**
   * The next rooms of the tree, depth first, each once. Throws M_FORBIDDEN for a root that the reader may not find,
   * M_INVALID_PARAM for a token of another walk or of one that is forgotten.
   */
  async page(reader: Reader, roomId: string, request: HierarchyRequest): Promise<HierarchyPage> {
    const walk = request.from === undefined ? begin(reader, roomId, request) : this.#goOn(reader, roomId, request, request.from)
    const limit = pageSize(request.limit === 0 ? PAGE.min : request.limit, PAGE)
    const ahead = [...walk.ahead]
    const seen = new Set(walk.seen)
    const rooms: HierarchyRoom[] = []
    for (let looked = 0; rooms.length < limit && looked < LOOKED_AT_MAX;) {
      const next = ahead.pop()
      if (next === undefined) break
      if (seen.has(next.roomId)) continue
      seen.add(next.roomId)
      looked += 1
      const found = await this.#look(reader, walk, next)
      if (found === undefined) continue
      rooms.push({ ...found.room, children_state: found.children.map(({ event }) => event) })
      if (next.depth < walk.depthMax) ahead.push(...found.ahead.toReversed())
    }
    if (seen.size === 1 && rooms.length === 0) throw forbidden('You may not see this room.')
    const left = ahead.filter((each) => !seen.has(each.roomId))
    return { rooms, next_batch: left.length === 0 ? undefined : this.#remember({ ...walk, ahead: left, seen }) }
  }

  async #look(reader: Reader, walk: Walk, next: Ahead): Promise<Found | undefined> {
    const { rooms, events, roomSummaries, remoteSpaces, serverName } = this.#parts
    const room = await rooms.find(next.roomId)
    if (room !== undefined && isServerIn(room, serverName)) {
      if (!await mayUserFind(room, reader.userId, rooms)) return undefined
      const children = await listChildren(room, events, walk.suggestedOnly)
      return { room: describeRoom(room), children, ahead: listAhead(children, next.depth + 1) }
    }
    if (next.known !== undefined && next.known.room_type !== SPACE) {
      return await roomSummaries.maySee(next.known, reader) ? { room: next.known, children: [], ahead: [] } : undefined
    }
    const servers = next.via.filter((server) => server !== serverName).slice(0, ABROAD_MAX)
    const found = await remoteSpaces.find(next.roomId, servers, walk.suggestedOnly)
    if (found === undefined || !await roomSummaries.maySee(found.room, reader)) return undefined
    const reachable = found.children.filter(({ roomId }) => !found.inaccessible.has(roomId))
    return { room: found.room, children: found.children, ahead: listAhead(reachable, next.depth + 1, found.childRooms) }
  }

  #goOn(reader: Reader, roomId: string, { suggestedOnly, depthMax }: HierarchyRequest, token: string): Walk {
    const walk = this.#walks.get(token)
    const isSame = walk !== undefined && walk.user === reader.user && walk.root === roomId
      && walk.suggestedOnly === suggestedOnly && walk.depthMax === depthOf(depthMax)
    if (!isSame) throw invalidParam('from is no token of this walk; begin again.')
    return walk
  }

  #remember(walk: Walk): string {
    const token = randomString(this.#parts.random, TOKEN_LENGTH)
    this.#walks.set(token, walk)
    return token
  }
}

function begin({ user }: Reader, root: string, { suggestedOnly, depthMax }: HierarchyRequest): Walk {
  const home = serverNameOf(root)
  const ahead = [{ roomId: root, via: home === undefined ? [] : [home], depth: 0, known: undefined }]
  return { user, root, suggestedOnly, depthMax: depthOf(depthMax), ahead, seen: new Set() }
}

function depthOf(asked: number | undefined): number {
  return Math.min(asked ?? DEPTH_MAX, DEPTH_MAX)
}

function listAhead(children: readonly SpaceChild[], depth: number, known?: ReadonlyMap<string, RoomSummary>): Ahead[] {
  return children.map(({ roomId, via }) => ({ roomId, via, depth, known: known?.get(roomId) }))
}
