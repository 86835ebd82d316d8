import type { UserKeys } from '../../encryption/user-keys.ts'
import { canonicalJson } from '../../matrix/canonical-json.ts'
import type { JsonObject } from '../../matrix/json.ts'
import type { Transaction } from '../../store/database.ts'
import type { DeviceListStanding, ToldDeviceChange } from '../../store/encryption/device-lists.ts'
import { insertUnsentEdus, type UnsentEdu } from '../../store/federation/unsent-edus.ts'
import type { Change } from '../../streams/changes.ts'
import type { Stream } from '../../streams/stream.ts'

/** Where it is not known which of the devices changed, so many are told at most. */
const DEVICES_MAX = 50

/** What other servers are told of a change (Server-Server API, Device Management). */
export function composeUpdates({ user_id: userId, device_id: deviceId, pos, previous }: ToldDeviceChange, keys: UserKeys): JsonObject[] {
  if (deviceId !== null) return [deviceUpdate(keys, { userId, deviceId, pos, previous })]
  const signing = { edu_type: 'm.signing_key_update', content: {
    user_id: userId,
    ...(keys.master === undefined ? {} : { master_key: keys.master as unknown as JsonObject }),
    ...(keys.selfSigning === undefined ? {} : { self_signing_key: keys.selfSigning as unknown as JsonObject }),
  } }
  const devices = Object.keys(keys.devices)
  const [first] = devices
  // One that follows on none has the others ask for the whole list.
  if (first !== undefined && devices.length > DEVICES_MAX) {
    return [signing, deviceUpdate(keys, { userId, deviceId: first, pos, previous: null })]
  }
  // All have the number of the one change: the first follows on the change before it, the others on the first.
  return [signing, ...devices.map((each, index) => (
    deviceUpdate(keys, { userId, deviceId: each, pos, previous: index === 0 ? previous : pos })
  ))]
}

interface UpdatedDevice extends Pick<ToldDeviceChange, 'pos' | 'previous'> {
  readonly userId: string
  readonly deviceId: string
  /** Known to be there, with or without keys. */
  readonly isHere?: boolean
}

function deviceUpdate(keys: UserKeys, { userId, deviceId, pos, previous, isHere = false }: UpdatedDevice): JsonObject {
  const device = Object.hasOwn(keys.devices, deviceId) ? keys.devices[deviceId] : undefined
  const { unsigned, ...identity } = device ?? {}
  const name = unsigned?.device_display_name
  return { edu_type: 'm.device_list_update', content: {
    user_id: userId, device_id: deviceId, stream_id: pos, prev_id: previous === null ? [] : [previous],
    ...(device === undefined ? {} : { keys: identity as unknown as JsonObject }),
    ...(device === undefined && !isHere ? { deleted: true } : {}),
    ...(name === undefined ? {} : { device_display_name: name }),
  } }
}

/**
 * Says at which change the devices of a user stand. Who has the list as of then learns nothing new, and who has an older one
 * does not know the update before this one, and asks for the whole list.
 */
export function composeStanding({ user_id: userId, device_id: deviceId, pos }: DeviceListStanding, keys: UserKeys): JsonObject {
  return deviceUpdate(keys, { userId, deviceId, pos, previous: pos, isHere: true })
}

/** Keeps EDUs for servers until these have taken them. */
export async function queueEdus(
  stream: Stream, edus: readonly { readonly edu: JsonObject, readonly servers: ReadonlySet<string> }[],
): Promise<void> {
  if (edus.length === 0) return
  const written = edus.map(({ edu }) => canonicalJson(edu))
  await stream.transact(() => Promise.resolve({
    value: undefined,
    positions: edus.length,
    async write(trx: Transaction, first: number): Promise<Change[]> {
      const unsent = edus.flatMap(({ servers }, index): UnsentEdu[] => (
        [...servers].map((server) => ({ server, pos: first + index, edu: written[index] ?? '' }))
      ))
      await insertUnsentEdus(trx, unsent)
      return unsent.map(({ server, pos }) => ({ kind: 'unsent-edu', server, pos }))
    },
  }))
}
