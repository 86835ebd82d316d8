import type { RemoteAnswer, RemoteKeys } from '../../encryption/remote-keys.ts'
import type { UserKeys } from '../../encryption/user-keys.ts'
import { Batch } from '../../util/batch.ts'
import type { KnownDevices, RemoteDeviceLists } from './remote-device-lists.ts'

type Wanted = Readonly<Record<string, readonly string[]>>
type Keys = Readonly<Record<string, UserKeys>>

/** Keys of users whom we meet are known, since their servers tell us of each change; others are asked for. */
export class FollowedRemoteKeys implements RemoteKeys {
  readonly #lists: RemoteDeviceLists
  readonly #asked: RemoteKeys
  /** Users of many servers are looked for together. */
  readonly #known: Batch<string, KnownDevices | undefined>

  constructor(lists: RemoteDeviceLists, asked: RemoteKeys) {
    this.#lists = lists
    this.#asked = asked
    this.#known = new Batch(async (userIds) => {
      const known = new Map((await lists.list(userIds)).map((each) => [each.userId, each]))
      return userIds.map((userId) => known.get(userId))
    })
  }

  claim(...wish: Parameters<RemoteKeys['claim']>): ReturnType<RemoteKeys['claim']> {
    return this.#asked.claim(...wish)
  }

  async query(server: string, wanted: Wanted, timeoutMs: number): Promise<RemoteAnswer<Keys>> {
    const known = (await Promise.all(Object.keys(wanted).map((userId) => this.#known.get(userId)))).filter((each) => each !== undefined)
    const current = known.filter(({ isCurrent }) => isCurrent)
    const kept = keysOf(current, wanted)
    if (current.length === Object.keys(wanted).length) return { ok: true, value: kept }
    const outdated = known.filter(({ isCurrent }) => !isCurrent)
    const telling = await this.#lists.beginTelling(outdated.map(({ user }) => user))
    // Of whom we meet everything is asked for, so that it can be kept.
    const lacking = Object.entries(wanted).filter(([userId]) => !Object.hasOwn(kept, userId))
    const all = new Set(outdated.map(({ userId }) => userId))
    const wishes = lacking.map(([userId, deviceIds]) => [userId, all.has(userId) ? [] : deviceIds] as const)
    const answer = await this.#asked.query(server, Object.fromEntries(wishes), timeoutMs)
    // What a server said once is better than nothing while it cannot be asked.
    if (!answer.ok) return { ...answer, known: { ...keysOf(outdated, wanted), ...kept } }
    const told = outdated.flatMap(({ user, userId }) => {
      const keys = Object.hasOwn(answer.value, userId) ? answer.value[userId] : undefined
      return keys === undefined || isEmpty(keys) ? [] : [{ user, keys, streamId: undefined }]
    })
    await this.#lists.save(telling, told)
    const given = Object.entries(answer.value).map(([userId, keys]) => [userId, onlyDevices(keys, wanted[userId])] as const)
    return { ok: true, value: { ...Object.fromEntries(given), ...kept } }
  }
}

function keysOf(known: readonly KnownDevices[], wanted: Wanted): Keys {
  return Object.fromEntries(known.flatMap(({ userId, keys }) => (
    keys === undefined ? [] : [[userId, onlyDevices(keys, wanted[userId])] as const]
  )))
}

function onlyDevices(keys: UserKeys, deviceIds: readonly string[] = []): UserKeys {
  if (deviceIds.length === 0) return keys
  const wanted = new Set(deviceIds)
  return { ...keys, devices: Object.fromEntries(Object.entries(keys.devices).filter(([deviceId]) => wanted.has(deviceId))) }
}

/** A server that knows nobody of that name says as much. */
function isEmpty({ devices, master }: UserKeys): boolean {
  return master === undefined && Object.keys(devices).length === 0
}
