import type { UserKeys } from '../../encryption/user-keys.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import { Lru } from '../../util/lru.ts'
import type { DeviceListResync } from './device-list-resync.ts'
import type { RemoteDeviceLists } from './remote-device-lists.ts'

export interface UnknownDevicesParts {
  readonly remoteDeviceLists: RemoteDeviceLists
  readonly deviceListResync: DeviceListResync
}

const REMEMBERED_MAX = 10_000

/**
 * Sees that users of other servers write from devices that are known: who writes from another has more devices than we were
 * told of, and these are asked for (Server-Server API, Device Management).
 */
export class UnknownDevices {
  readonly #parts: UnknownDevicesParts
  /** Users with a key that was found among those of their devices. */
  readonly #seen = new Lru<string, true>(REMEMBERED_MAX)

  constructor(parts: UnknownDevicesParts) {
    this.#parts = parts
  }

  /** Looks at encrypted messages of a user, by user and device that they are for. */
  async look(sender: string, messages: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>): Promise<void> {
    const [content] = Object.values(messages).flatMap((devices) => Object.values(devices))
    const senderKey = content === undefined ? undefined : ownValue(content, 'sender_key')
    if (typeof senderKey !== 'string') return
    const name = `${sender} ${senderKey}`
    if (this.#seen.get(name) === true) return
    const [known] = await this.#parts.remoteDeviceLists.list([sender])
    if (known?.keys === undefined || !known.isCurrent) return
    if (holdsKey(known.keys, senderKey)) this.#seen.set(name, true)
    else await this.#ask(sender)
  }

  async #ask(sender: string): Promise<void> {
    const outdated = await this.#parts.remoteDeviceLists.outdate(sender)
    if (outdated !== undefined) this.#parts.deviceListResync.add(outdated)
  }
}

function holdsKey({ devices }: UserKeys, key: string): boolean {
  return Object.values(devices).some(({ device_id: deviceId, keys }) => ownValue(keys, `curve25519:${deviceId}`) === key)
}
