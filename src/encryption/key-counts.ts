import type { Db } from '../store/database.ts'
import { countOneTimeKeys, listKeysLeft } from '../store/encryption/one-time-keys.ts'
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
const DIFFERENT_MAX = 1_000

/** The keys that are left of each device, remembered until they change. */
export class KeyCounts {
  readonly #reads: Batch<DeviceName, DeviceKeyCounts>
  readonly #counts = new Lru<string, DeviceKeyCounts | Promise<DeviceKeyCounts>>(REMEMBERED_MAX)
  /** By what they say: most devices have the same, and need only one between them. */
  readonly #different = new Lru<string, DeviceKeyCounts>(DIFFERENT_MAX)

  constructor({ db, stream }: { readonly db: Db, readonly stream: Stream }) {
    this.#reads = new Batch((devices) => readKeyCounts(db, devices))
    stream.listen((changes) => {
      for (const change of changes) if (change.kind === 'key-counts') this.#counts.delete(nameOf(change.user, change.deviceId))
    })
  }

  /** How many one-time keys of the device are left, and of which algorithms it has a fallback key that is unused. */
  of(user: number, deviceId: string): DeviceKeyCounts | Promise<DeviceKeyCounts> {
    const name = nameOf(user, deviceId)
    const known = this.#counts.get(name)
    if (known !== undefined) return known
    const reading = this.#reads.get({ user, deviceId })
    this.#counts.set(name, reading)
    // What has changed since was forgotten, and is read anew.
    const isCurrent = (): boolean => this.#counts.peek(name) === reading
    reading.then((counts) => {
      if (isCurrent()) this.#counts.set(name, this.#oneFor(counts))
    }, () => {
      if (isCurrent()) this.#counts.delete(name)
    })
    return reading
  }

  #oneFor(counts: DeviceKeyCounts): DeviceKeyCounts {
    const text = JSON.stringify(counts)
    const known = this.#different.get(text)
    if (known === undefined) this.#different.set(text, counts)
    return known ?? counts
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
