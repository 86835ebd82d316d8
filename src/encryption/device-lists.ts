import type { SharedRooms } from '../members/shared-rooms.ts'
import type { Db } from '../store/database.ts'
import { listDeviceListChanges } from '../store/device-lists.ts'
import type { Names } from '../store/names.ts'
import type { Stream } from '../streams/stream.ts'

/** Whose keys a client must ask for anew, and whose it need not follow any more. */
export interface DeviceListChanges {
  readonly changed: readonly string[]
  readonly left: readonly string[]
}

interface Recent { readonly pos: number, readonly user: number }

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
    const [changedUsers, met] = await Promise.all([this.#listChanged(from, to), this.#sharedRooms.listMetOrLeft(user, from, to)])
    const others = [...changedUsers.union(met)].filter((other) => other !== user)
    const isChangedSelf = changedUsers.has(user)
    if (others.length === 0 && !isChangedSelf) return NOTHING
    const sharing = await this.#sharedRooms.listSharing(user, others)
    const changed = [...isChangedSelf ? [user] : [], ...others.filter((other) => sharing.has(other))]
    const left = others.filter((other) => met.has(other) && !sharing.has(other))
    const userIds = await this.#names.userIds([...changed, ...left])
    return { changed: changed.flatMap((nid) => userIds.get(nid) ?? []), left: left.flatMap((nid) => userIds.get(nid) ?? []) }
  }

  /** Everybody whose devices or keys changed. */
  async #listChanged(from: number, to: number): Promise<ReadonlySet<number>> {
    return from >= this.#recentFrom ? this.#listRecent(from, to) : new Set(await listDeviceListChanges(this.#db, from, to))
  }

  #listRecent(from: number, to: number): Set<number> {
    const users = new Set<number>()
    for (let index = this.#recent.length - 1; index >= 0; index -= 1) {
      const change = this.#recent[index]
      if (change === undefined || change.pos <= from) break
      if (change.pos <= to) users.add(change.user)
    }
    return users
  }

  #remember({ pos, user }: Recent): void {
    this.#recent.push({ pos, user })
    if (this.#recent.length <= RECENT_MAX) return
    const forgotten = this.#recent.splice(0, RECENT_MAX / 2)
    this.#recentFrom = forgotten.at(-1)?.pos ?? this.#recentFrom
  }
}
