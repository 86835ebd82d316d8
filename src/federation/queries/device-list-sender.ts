import { readUserKeys, type UserKeys } from '../../encryption/user-keys.ts'
import { canonicalJson } from '../../matrix/canonical-json.ts'
import type { JsonObject } from '../../matrix/json.ts'
import type { Db, Transaction } from '../../store/database.ts'
import { listToldDeviceChanges, type ToldDeviceChange } from '../../store/device-lists.ts'
import { insertUnsentEdus, type UnsentEdu } from '../../store/unsent-edus.ts'
import type { Change } from '../../streams/changes.ts'
import { Follower } from '../../streams/follower.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { ServersOfUsers } from '../sending/servers-of-users.ts'

export interface DeviceListSenderParts {
  readonly db: Db
  readonly stream: Stream
  readonly clock: Clock
  readonly log: Log
  readonly serverName: string
  readonly serversOfUsers: Pick<ServersOfUsers, 'list'>
}

/** Where it is not known which of the devices changed, so many are told. */
const DEVICES_MAX = 50

/**
 * Tells the servers that share a room with a user of ours that the user's devices or keys changed (Server-Server API, Device
 * Management). The numbers of the updates are the positions of the changes: who misses one asks for the whole list.
 */
export class DeviceListSender {
  readonly #parts: DeviceListSenderParts
  readonly follower: Follower

  constructor(parts: DeviceListSenderParts) {
    this.#parts = parts
    this.follower = new Follower({
      ...parts,
      name: 'device lists',
      concerns: (change) => change.kind === 'device-list' && change.onlyUser === undefined,
      work: (after, upTo) => this.#tell(after, upTo),
    })
  }

  async #tell(after: number, upTo: number): Promise<void> {
    const { db, stream, serverName, serversOfUsers } = this.#parts
    const changes = await listToldDeviceChanges(db, serverName, { after, upTo })
    const servers = new Map<number, ReadonlySet<string>>()
    for (const { user_nid: user } of changes) if (!servers.has(user)) servers.set(user, await serversOfUsers.list(user))
    const told = changes.filter(({ user_nid: user }) => (servers.get(user)?.size ?? 0) > 0)
    if (told.length === 0) return
    const keys = new Map(await readUserKeys(db, new Map(told.map(({ user_id: userId }) => [userId, []]))))
    const edus = told.flatMap((change) => {
      const composed = composeUpdates(change, keys.get(change.user_id) ?? { devices: {} })
      return composed.map((edu) => ({ edu: canonicalJson(edu), servers: servers.get(change.user_nid) ?? new Set<string>() }))
    })
    await stream.transact(() => Promise.resolve({
      value: undefined,
      positions: edus.length,
      async write(trx: Transaction, first: number): Promise<Change[]> {
        const unsent = edus.flatMap((each, index): UnsentEdu[] => (
          [...each.servers].map((server) => ({ server, pos: first + index, edu: each.edu }))
        ))
        await insertUnsentEdus(trx, unsent)
        return unsent.map(({ server, pos }) => ({ kind: 'unsent-edu', server, pos }))
      },
    }))
  }
}

function composeUpdates({ user_id: userId, device_id: deviceId, pos, previous }: ToldDeviceChange, keys: UserKeys): JsonObject[] {
  if (deviceId !== null) return [deviceUpdate(keys, { userId, deviceId, pos, previous })]
  const signing = { edu_type: 'm.signing_key_update', content: {
    user_id: userId,
    ...(keys.master === undefined ? {} : { master_key: keys.master as unknown as JsonObject }),
    ...(keys.selfSigning === undefined ? {} : { self_signing_key: keys.selfSigning as unknown as JsonObject }),
  } }
  const devices = Object.keys(keys.devices).slice(0, DEVICES_MAX)
  return [signing, ...devices.map((each) => deviceUpdate(keys, { userId, deviceId: each, pos, previous: null }))]
}

interface UpdatedDevice extends Pick<ToldDeviceChange, 'pos' | 'previous'> {
  readonly userId: string
  readonly deviceId: string
}

function deviceUpdate(keys: UserKeys, { userId, deviceId, pos, previous }: UpdatedDevice): JsonObject {
  const device = Object.hasOwn(keys.devices, deviceId) ? keys.devices[deviceId] : undefined
  const { unsigned, ...identity } = device ?? {}
  const name = unsigned?.device_display_name
  return { edu_type: 'm.device_list_update', content: {
    user_id: userId, device_id: deviceId, stream_id: pos, prev_id: previous === null ? [] : [previous],
    ...(device === undefined ? { deleted: true } : { keys: identity as unknown as JsonObject }),
    ...(name === undefined ? {} : { device_display_name: name }),
  } }
}
