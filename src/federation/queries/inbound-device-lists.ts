import { serverNameOf } from '../../matrix/ids.ts'
import { ownValue, type JsonObject } from '../../matrix/json.ts'
import type { EduHandler } from '../receiving/edu-handlers.ts'
import type { DeviceListResync } from './device-list-resync.ts'
import { readDeviceUpdate, readSigningUpdate, type DeviceUpdate } from './device-update.ts'
import type { RemoteDeviceLists } from './remote-device-lists.ts'

export interface InboundDeviceListsParts {
  readonly remoteDeviceLists: RemoteDeviceLists
  readonly deviceListResync: DeviceListResync
}

/**
 * `m.device_list_update` and `m.signing_key_update`: a user of the server has other devices or keys. What is known of them is
 * changed so, or asked for anew where an update before it is missing (Server-Server API, Device Management).
 */
export function inboundDeviceLists(parts: InboundDeviceListsParts): { readonly devices: EduHandler, readonly signing: EduHandler } {
  return { devices: takeUpdate(parts, readDeviceUpdate), signing: takeUpdate(parts, readSigningUpdate) }
}

function takeUpdate(
  { remoteDeviceLists, deviceListResync }: InboundDeviceListsParts, read: (userId: string, content: JsonObject) => DeviceUpdate,
): EduHandler {
  return {
    isKept: true,
    async take(origin, content) {
      const userId = ownValue(content, 'user_id')
      if (typeof userId !== 'string' || serverNameOf(userId) !== origin) return
      const outdated = await remoteDeviceLists.update(userId, read(userId, content))
      if (outdated !== undefined) deviceListResync.add(outdated)
    },
  }
}
