import type { Db } from '../store/database.ts'
import { countOneTimeKeys, listKeysLeft } from '../store/one-time-keys.ts'
import type { Stream } from '../streams/stream.ts'
import { Batch } from '../util/batch.ts'
import { Lru } from '../util/lru.ts'

/** What a device is told of its keys in each sync (Client-Server API, Extensions to /sync). */
export interface DeviceKeyCounts {
  readonly device_one_time_keys_count: Readonly<Record<string, number>>
  readonly device_unused_fallback_key_types: readonly string[]
}

interface DeviceName { readonly user: number, readonly deviceId: string }

const REMEMBERED_MAX = 100_000

/** The keys that are left of each device, remembered until they change. */
export class KeyCounts {
  readonly #reads: Batch<DeviceName, DeviceKeyCounts>
  readonly #counts = new Lru<string, Promise<DeviceKeyCounts>>(REMEMBERED_MAX)

  constructor({ db, stream }: { readonly db: Db, readonly stream: Stream }) {
    this.#reads = new Batch((devices) => readKeyCounts(db, devices))
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'key-counts') this.#counts.delete(nameOf(change.user, change.deviceId))
    })
  }

  /** How many one-time keys of the device are left, and of which algorithms it has a fallback key that is unused. */
  of(user: number, deviceId: string): Promise<DeviceKeyCounts> {
    const name = nameOf(user, deviceId)
    const known = this.#counts.get(name)
    if (known !== undefined) return known
    const counts = this.#reads.get({ user, deviceId })
    this.#counts.set(name, counts)
    counts.catch(() => {
      if (this.#counts.peek(name) === counts) this.#counts.delete(name)
    })
    return counts
  }
}

async function readKeyCounts(db: Db, devices: readonly DeviceName[]): Promise<DeviceKeyCounts[]> {
  const rows = Map.groupBy(await listKeysLeft(db, devices), (row) => row.place)
  return devices.map((_, place) => {
    const ofDevice = rows.get(place) ?? []
    return {
      device_one_time_keys_count: countsOf(ofDevice.flatMap(({ algorithm, count }) => count === null ? [] : [{ algorithm, count }])),
      device_unused_fallback_key_types: ofDevice.filter(({ count }) => count === null).map(({ algorithm }) => algorithm),
    }
  })
}

/** How many one-time keys of a device are left by algorithm. */
export async function readOneTimeKeyCounts(db: Db, user: number, deviceId: string): Promise<Record<string, number>> {
  return countsOf(await countOneTimeKeys(db, user, deviceId))
}

/**
 * An algorithm that is not listed counts as zero, but some clients only upload new keys when they see a number for the
 * one that they use.
 */
function countsOf(rows: readonly { readonly algorithm: string, readonly count: number }[]): Record<string, number> {
  return Object.fromEntries([['signed_curve25519', 0], ...rows.map(({ algorithm, count }) => [algorithm, count] as const)])
}

const nameOf = (user: number, deviceId: string): string => `${user}\0${deviceId}`
