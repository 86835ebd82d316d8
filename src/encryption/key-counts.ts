import type { Db } from '../store/database.ts'
import { listUnusedFallbackAlgorithms } from '../store/fallback-keys.ts'
import { countOneTimeKeys } from '../store/one-time-keys.ts'
import type { Stream } from '../streams/stream.ts'
import { Lru } from '../util/lru.ts'

/** What a device is told of its keys in each sync (Client-Server API, Extensions to /sync). */
export interface DeviceKeyCounts {
  readonly device_one_time_keys_count: Readonly<Record<string, number>>
  readonly device_unused_fallback_key_types: readonly string[]
}

const REMEMBERED_MAX = 100_000

/** The keys that are left of each device, remembered until they change. */
export class KeyCounts {
  readonly #db: Db
  readonly #counts = new Lru<string, Promise<DeviceKeyCounts>>(REMEMBERED_MAX)

  constructor({ db, stream }: { readonly db: Db, readonly stream: Stream }) {
    this.#db = db
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'key-counts') this.#counts.delete(nameOf(change.user, change.deviceId))
    })
  }

  /** How many one-time keys of the device are left, and of which algorithms it has a fallback key that is unused. */
  of(user: number, deviceId: string): Promise<DeviceKeyCounts> {
    const name = nameOf(user, deviceId)
    const known = this.#counts.get(name)
    if (known !== undefined) return known
    const counts = this.#read(user, deviceId)
    this.#counts.set(name, counts)
    counts.catch(() => {
      if (this.#counts.peek(name) === counts) this.#counts.delete(name)
    })
    return counts
  }

  async #read(user: number, deviceId: string): Promise<DeviceKeyCounts> {
    const [counts, algorithms] = await Promise.all([
      readOneTimeKeyCounts(this.#db, user, deviceId), listUnusedFallbackAlgorithms(this.#db, user, deviceId),
    ])
    return { device_one_time_keys_count: counts, device_unused_fallback_key_types: algorithms }
  }
}

/**
 * How many one-time keys are left by algorithm. An algorithm that is not listed counts as zero, but some clients only
 * upload new keys when they see a number for the one that they use.
 */
export async function readOneTimeKeyCounts(db: Db, user: number, deviceId: string): Promise<Record<string, number>> {
  const rows = await countOneTimeKeys(db, user, deviceId)
  return Object.fromEntries([['signed_curve25519', 0], ...rows.map(({ algorithm, count }) => [algorithm, count] as const)])
}

const nameOf = (user: number, deviceId: string): string => `${user}\0${deviceId}`
