import type { KeyCounts } from '../encryption/key-counts.ts'
import type { DeviceLists } from '../encryption/device-lists.ts'
import type { ToDevice } from '../encryption/to-device.ts'
import type { UserRoom } from '../members/members.ts'
import { deviceName, type ChangeIndex } from './change-index.ts'
import type { SyncContext, SyncRequest } from './context.ts'

export interface DevicesParts {
  readonly toDevice: Pick<ToDevice, 'read' | 'isEmptyAfter' | 'acknowledge'>
  readonly deviceLists: Pick<DeviceLists, 'changes'>
  readonly keyCounts: Pick<KeyCounts, 'of'>
  readonly changes: ChangeIndex
}

/** Messages to the device, and the position from which on the next answer has them. */
export interface ToDeviceNews {
  readonly events: readonly string[]
  readonly next: number
}

/** `to_device`. A full page leaves the rest for the next answer (Client-Server API, Send-to-Device messaging). */
export async function readToDevice({ toDevice }: DevicesParts, { reader, since, upTo }: SyncContext): Promise<ToDeviceNews> {
  const { user, deviceId } = reader
  const after = since?.toDevice ?? 0
  if (deviceId === undefined || toDevice.isEmptyAfter(user, deviceId, after)) return { events: [], next: upTo }
  return toDevice.read(user, deviceId, after, upTo)
}

/**
 * `device_lists` as JSON text: whose keys are to be asked for anew. Only for who knew them before (Tracking the device list
 * for a user): also who comes with a token from before a restore, and has to ask for all of them.
 */
export async function readDeviceLists(
  { deviceLists, changes }: DevicesParts, joined: readonly UserRoom[], { reader, since, token, upTo }: SyncContext,
): Promise<string | undefined> {
  if (token === undefined) return undefined
  const from = since?.pos ?? 0
  if (!changes.mayHaveDeviceLists(reader.user, joined.map(({ room }) => room), from)) return undefined
  const { changed, left } = await deviceLists.changes(reader.user, from, upTo)
  return changed.length + left.length === 0 ? undefined : JSON.stringify({ changed, left })
}

/** The keys that are left: members of the answer as JSON text, of which some stand in every answer (Extensions to /sync). */
export async function readKeyCounts({ keyCounts }: DevicesParts, { reader }: SyncRequest): Promise<string> {
  if (reader.deviceId === undefined) return NO_KEYS
  return JSON.stringify(await keyCounts.of(reader.user, reader.deviceId)).slice(1, -1)
}

const NO_KEYS = '"device_one_time_keys_count":{},"device_unused_fallback_key_types":[]'

/** Whether the keys that are left may have changed since the client learned of them. */
export function haveKeysChanged({ changes }: DevicesParts, { reader, since }: SyncContext): boolean {
  if (reader.deviceId === undefined || since === undefined) return false
  // How it stood at a moment before this process began is not known; it stands in every answer anyway.
  return changes.keyCounts.covers(since.pos) && changes.keyCounts.mayHaveChanged(deviceName(reader.user, reader.deviceId), since.pos)
}
