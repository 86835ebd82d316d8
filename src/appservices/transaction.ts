import type { JsonObject } from '../matrix/json.ts'

/** A message to a device that a transaction carries. It waits here until the transaction is confirmed. */
export interface CarriedMessage {
  readonly user: number
  readonly deviceId: string
  readonly pos: number
}

/** What an application service is sent at once, before it is put into words. */
export interface Transaction {
  /** Each as JSON text. */
  readonly events: readonly string[]
  readonly ephemeral: readonly JsonObject[]
  readonly toDevice: readonly JsonObject[]
  readonly deviceLists: { readonly changed: readonly string[], readonly left: readonly string[] }
  /** By users and devices. */
  readonly oneTimeKeys: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>
  readonly fallbackKeys: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  readonly carried: readonly CarriedMessage[]
  /** It holds everything up to this position. */
  readonly upTo: number
  /** Whether more waits that is not bound to positions. */
  readonly hasMore: boolean
}

/** Whether there is nothing in it to tell. */
export function isEmpty({ events, ephemeral, toDevice, deviceLists, oneTimeKeys }: Transaction): boolean {
  const changes = deviceLists.changed.length + deviceLists.left.length + Object.keys(oneTimeKeys).length
  return events.length + ephemeral.length + toDevice.length + changes === 0
}

/**
 * The body of a transaction (Application Service API, PUT /transactions). What the specification has not taken up yet stands
 * there by the names that bridges know it by (MSC2409, MSC3202, MSC4203).
 */
export function writeTransaction({ events, ephemeral, toDevice, deviceLists, oneTimeKeys, fallbackKeys }: Transaction): string {
  const hasLists = deviceLists.changed.length + deviceLists.left.length > 0
  const hasCounts = Object.keys(oneTimeKeys).length > 0
  const others = {
    ...(ephemeral.length === 0 ? {} : { ephemeral, 'de.sorunome.msc2409.ephemeral': ephemeral }),
    ...(toDevice.length === 0 ? {} : { to_device: toDevice, 'de.sorunome.msc2409.to_device': toDevice }),
    ...(hasLists ? { device_lists: deviceLists, 'org.matrix.msc3202.device_lists': deviceLists } : {}),
    ...(hasCounts ? countsOf(oneTimeKeys, fallbackKeys) : {}),
  }
  const rest = JSON.stringify(others).slice(1, -1)
  return `{"events":[${events.join()}]${rest === '' ? '' : `,${rest}`}}`
}

function countsOf(oneTimeKeys: Transaction['oneTimeKeys'], fallbackKeys: Transaction['fallbackKeys']): JsonObject {
  return {
    device_one_time_keys_count: oneTimeKeys,
    'org.matrix.msc3202.device_one_time_keys_count': oneTimeKeys,
    'org.matrix.msc3202.device_one_time_key_counts': oneTimeKeys,
    device_unused_fallback_key_types: fallbackKeys,
    'org.matrix.msc3202.device_unused_fallback_key_types': fallbackKeys,
  }
}
