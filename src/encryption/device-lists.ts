import type { SharedRooms } from '../members/shared-rooms.ts'
import type { Db } from '../store/database.ts'
import { listDeviceListChanges } from '../store/encryption/device-lists.ts'
import type { Names } from '../store/names.ts'
import type { Stream } from '../streams/stream.ts'

/** Whose keys a client must ask for anew, and whose it need not follow any more. */
export interface DeviceListChanges {
  readonly changed: readonly string[]
  readonly left: readonly string[]
}

interface Recent {
  readonly pos: number
  readonly user: number
  readonly onlyUser?: number
}

/** Users whose keys changed: for whoever shares a room with them, and for the reader in any case. */
interface Changed {
  readonly users: Set<number>
  readonly forReader: Set<number>
}

const RECENT_MAX = 20_000
const NOTHING: DeviceListChanges = { changed: [], left: [] }

/** Who must learn of changed devices and keys, worked out when it is read. */
export class DeviceLists {
  readonly #db: Db
  readonly #names: Pick<Names, 'userIds'>
  readonly #sharedRooms: SharedRooms
  /** The latest changes in the order of positions: all that came after `#recentFrom`. */
  readonly #recent: Recent[] = []
  #recentFrom: number

  constructor(
    { db, stream, names, sharedRooms }:
    { readonly db: Db, readonly stream: Stream, readonly names: Pick<Names, 'userIds'>, readonly sharedRooms: SharedRooms },
  ) {
    this.#db = db
    this.#names = names
    this.#sharedRooms = sharedRooms
    this.#recentFrom = stream.head()
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'device-list') this.#remember(change)
    })
  }

  /**
   * The changes after one position and up to another that a user must learn of: other devices or keys of users who share
   * a room with him and of himself, users who began to share a room, and users who ended to (Client-Server API,
   * Tracking the device list for a user).
   */
  async changes(user: number, from: number, to: number): Promise<DeviceListChanges> {
    const [{ users, forReader }, met] = await Promise.all([
      this.#listChanged(user, from, to), this.#sharedRooms.listMetOrLeft(user, from, to),
    ])
    const others = [...users.union(met)].filter((other) => other !== user)
    // The other devices of who enters a room have to know of each other there.
    if (users.has(user) || (met.has(user) && others.length > 0)) forReader.add(user)
    if (others.length === 0 && forReader.size === 0) return NOTHING
    const sharing = await this.#sharedRooms.listSharing(user, others)
    const changed = [...forReader.union(sharing)]
    const left = others.filter((other) => met.has(other) && !sharing.has(other))
    const userIds = await this.#names.userIds([...changed, ...left])
    return { changed: changed.flatMap((nid) => userIds.get(nid) ?? []), left: left.flatMap((nid) => userIds.get(nid) ?? []) }
  }

  async #listChanged(reader: number, from: number, to: number): Promise<Changed> {
    if (from >= this.#recentFrom) return this.#listRecent(reader, from, to)
    const rows = await listDeviceListChanges(this.#db, reader, { from, to })
    return {
      users: new Set(rows.map((row) => row.user_nid)),
      forReader: new Set(rows.filter((row) => row.is_for_reader).map((row) => row.user_nid)),
    }
  }

  #listRecent(reader: number, from: number, to: number): Changed {
    const users = new Set<number>()
    const forReader = new Set<number>()
    for (let index = this.#recent.length - 1; index >= 0; index -= 1) {
      const change = this.#recent[index]
      if (change === undefined || change.pos <= from) break
      if (change.pos > to) continue
      if (change.onlyUser === undefined) users.add(change.user)
      else if (change.onlyUser === reader) forReader.add(change.user)
    }
    return { users, forReader }
  }

  #remember(change: Recent): void {
    this.#recent.push(change)
    if (this.#recent.length <= RECENT_MAX) return
    const forgotten = this.#recent.splice(0, RECENT_MAX / 2)
    this.#recentFrom = forgotten.at(-1)?.pos ?? this.#recentFrom
  }
}
