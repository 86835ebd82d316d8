import { canonicalJson } from '../../matrix/canonical-json.ts'
import { isJsonObject, parseJson, STORED, type JsonObject } from '../../matrix/json.ts'
import type { UserKeys } from '../../encryption/user-keys.ts'
import type { Db, Transaction } from '../../store/database.ts'
import { insertKeysChange } from '../../store/encryption/device-lists.ts'
import {
  beginTellingDevices, deleteUnmetDeviceLists, listOutdatedUsers, listRemoteDeviceLists, lockRemoteDeviceList, saveToldDevices,
  updateRemoteDeviceList, type RemoteDeviceList, type ToldDevices, type UpdatedDeviceList,
} from '../../store/encryption/remote-device-lists.ts'
import type { Change } from '../../streams/changes.ts'
import { unchanged, type Stream } from '../../streams/stream.ts'
import type { Clock } from '../../util/clock.ts'
import { DAY_MS } from '../../util/durations.ts'
import { TokenBuckets } from '../../util/token-bucket.ts'
import { applyUpdate, isContained, type DeviceUpdate } from './device-update.ts'

export interface RemoteDeviceListsParts {
  readonly db: Db
  readonly stream: Stream
  readonly clock: Clock
}

/** What there is to know of a user of another server whom we meet. */
export interface KnownDevices {
  readonly user: number
  readonly userId: string
  /** Undefined where it was never told. */
  readonly keys: UserKeys | undefined
  /** Whether that is all, and of today. */
  readonly isCurrent: boolean
}

/** A user of whose devices something is not known. */
export interface OutdatedUser { readonly user: number, readonly userId: string }

/** That the devices of users are being asked for. */
export interface Telling { readonly sincePos: number, readonly versions: ReadonlyMap<number, number> }

export type Told = Pick<KnownDevices, 'user'> & { readonly keys: UserKeys, readonly streamId: number | undefined }

/** What a server said so long ago is asked for again, should an update have been lost on its side. */
const KEPT_MS = 7 * DAY_MS
const FORGET_MS = DAY_MS
const KEYS_LENGTH_MAX = 256 * 1024
const SLICE = 500
/** How often our users are told again of one whom nobody has asked for. */
const REPEATS = { perSecond: 0.1, burst: 20 }

/**
 * The devices and keys of users of other servers, kept as long as we meet them in a room, since their servers tell us of each
 * change (Server-Server API, Device Management). Where an update is missing, or we did not meet meanwhile, it is not current,
 * and whoever wants to know has to ask.
 */
export class RemoteDeviceLists {
  readonly #parts: RemoteDeviceListsParts
  readonly #repeats = new TokenBuckets(REPEATS)
  #forgotAt = 0

  constructor(parts: RemoteDeviceListsParts) {
    this.#parts = parts
  }

  /** Of the users those whom we meet. */
  async list(userIds: readonly string[]): Promise<KnownDevices[]> {
    const { db, clock } = this.#parts
    const rows = userIds.length === 0 ? [] : await listRemoteDeviceLists(db, userIds)
    return rows.map((row) => (
      { user: row.user, userId: row.userId, keys: readStored(row.keys), isCurrent: row.isCurrent && row.toldAt > clock.now() - KEPT_MS }
    ))
  }

  /** To be called before a server is asked for devices of users, so that updates that come meanwhile are not undone. */
  async beginTelling(users: readonly number[]): Promise<Telling> {
    const sincePos = this.#parts.stream.head()
    return { sincePos, versions: users.length === 0 ? new Map() : await beginTellingDevices(this.#parts.db, users) }
  }

  /** Keeps what the server told. */
  async save({ sincePos, versions }: Telling, told: readonly Told[]): Promise<void> {
    const rows = told.flatMap(({ user, keys, streamId }): ToldDevices[] => {
      const version = versions.get(user)
      const text = canonicalJson(keys as unknown as JsonObject)
      return version === undefined || text.length > KEYS_LENGTH_MAX ? [] : [{ user, keys: text, streamId: streamId ?? null, version }]
    })
    await saveToldDevices(this.#parts.db, rows, { sincePos, toldAt: this.#parts.clock.now() })
  }

  /** Takes over an update; resolves with whose whole list has to be asked for after it, if so. */
  update(userId: string, update: DeviceUpdate): Promise<OutdatedUser | undefined> {
    return this.#change(userId, (known) => {
      if (known.keys === null && isStanding(update)) return undefined
      const keys = known.isCurrent ? readStored(known.keys) : undefined
      if (keys !== undefined && isContained(keys, known.streamId, update)) return undefined
      const updated = keys === undefined ? undefined : applyUpdate(keys, known.streamId, update)
      const text = updated === undefined ? undefined : canonicalJson(updated.keys as unknown as JsonObject)
      if (updated === undefined || text === undefined || text.length > KEYS_LENGTH_MAX) return outdated(known)
      return { keys: text, streamId: updated.streamId ?? null, isCurrent: true }
    }, { isNews: true })
  }

  /** A user speaks from a device that is not known: what is known is not all. Resolves with whose list has to be asked for. */
  outdate(userId: string): Promise<OutdatedUser | undefined> {
    return this.#change(userId, outdated, { isNews: false })
  }

  /** Tells our users to ask for the keys of a user. */
  async announce(user: number): Promise<void> {
    await this.#parts.stream.transact(() => Promise.resolve({ value: undefined, positions: 1, write: announcing(user) }))
  }

  listOutdated(after: number, limit: number): Promise<OutdatedUser[]> {
    return listOutdatedUsers(this.#parts.db, after, limit)
  }

  /** Forgets whom nobody meets any more. */
  async forgetUnmet(): Promise<void> {
    const now = this.#parts.clock.now()
    if (now < this.#forgotAt + FORGET_MS) return
    this.#forgotAt = now
    for (let after: number | undefined = 0; after !== undefined;) after = await deleteUnmetDeviceLists(this.#parts.db, after, SLICE)
  }

  /** Our users are told to ask anew: once until somebody has asked, but for what the server says of whom nobody has asked for yet. */
  #change(
    userId: string, change: (known: RemoteDeviceList) => UpdatedDeviceList | undefined, { isNews }: { readonly isNews: boolean },
  ): Promise<OutdatedUser | undefined> {
    return this.#parts.stream.transact(async (trx) => {
      const known = await lockRemoteDeviceList(trx, userId)
      // Whom nobody meets nobody follows.
      if (known === undefined) return unchanged(undefined)
      const changed = change(known)
      if (changed === undefined) return unchanged(undefined)
      const { user } = known
      // Whom nobody has asked for yet is asked for when somebody wants to know.
      const value = changed.isCurrent || known.keys === null ? undefined : { user, userId }
      const isAwaited = !changed.isCurrent && !known.isCurrent && known.isAnnounced
      if (isAwaited && !(isNews && known.keys === null && this.#mayRepeat(user))) return unchanged(value)
      await updateRemoteDeviceList(trx, user, changed)
      return { value, positions: 1, write: announcing(user) }
    })
  }

  #mayRepeat(user: number): boolean {
    return this.#repeats.take(String(user), this.#parts.clock.monotonicMs()) === 0
  }
}

/** A server that says where a list stands, as its own predecessor, tells those nothing who have none. */
function isStanding(update: DeviceUpdate): boolean {
  return update.kind === 'device' && update.previous.includes(update.streamId)
}

const outdated = ({ keys, streamId }: RemoteDeviceList): UpdatedDeviceList => ({ keys, streamId, isCurrent: false })

const announcing = (user: number) => async (trx: Transaction, pos: number): Promise<Change[]> => {
  await insertKeysChange(trx, user, pos)
  return [{ kind: 'device-list', user, pos }]
}

function readStored(text: string | null): UserKeys | undefined {
  const parsed = text === null ? undefined : parseJson(text, STORED)
  return parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value as unknown as UserKeys : undefined
}
