import type { Encryption } from '../encryption/encryption.ts'
import type { DeviceKeyCounts } from '../encryption/key-counts.ts'
import type { JsonObject } from '../matrix/json.ts'
import { listUsersIn } from '../store/appservice-queues.ts'
import type { Db } from '../store/database.ts'
import { listDeviceListChanges } from '../store/encryption/device-lists.ts'
import type { Names } from '../store/names.ts'
import { listRoomsJoined } from '../store/rooms/shared-rooms.ts'
import type { Change } from '../streams/changes.ts'
import type { Stream } from '../streams/stream.ts'
import type { ApplicationService } from '../users/application-services.ts'
import type { Interests } from './interests.ts'
import type { CarriedMessage, Transaction } from './transaction.ts'

export interface GatherEncryptionParts {
  readonly db: Db
  readonly names: Names
  readonly stream: Pick<Stream, 'head'>
  readonly encryption: Pick<Encryption, 'toDevice' | 'keyCounts'>
}

interface Counted { readonly userId: string, readonly deviceId: string, readonly counts: DeviceKeyCounts }

type Gathered = Pick<Transaction, 'toDevice' | 'deviceLists' | 'oneTimeKeys' | 'fallbackKeys' | 'carried' | 'hasMore'>

/** Who moved: others than the users of the application service, and the rooms into which it came by its users, or which it left. */
export interface Moved {
  readonly others: readonly string[]
  readonly rooms: readonly number[]
}

/** Device lists are of nobody, to whom only what concerns everybody is told. */
const NOBODY = 0
const MESSAGES_MAX = 100

/**
 * Messages to devices and what changed about keys, for an application service whose users encrypt (MSC3202, MSC4203). That goes
 * for users whom nobody else can be: another session of a user would miss what the application service has taken.
 */
export class GatherEncryption {
  readonly #parts: GatherEncryptionParts
  readonly #service: ApplicationService
  readonly #interests: Interests
  /** Users to whose devices there may be messages, with the position up to which these are known of. */
  readonly #addressed: Map<number, number>
  /** Devices of which keys were used up or uploaded. */
  #counted = new Map<string, { readonly user: number, readonly deviceId: string }>()

  constructor(parts: GatherEncryptionParts, service: ApplicationService, interests: Interests, claimed: readonly number[]) {
    this.#parts = parts
    this.#service = service
    this.#interests = interests
    const head = parts.stream.head()
    this.#addressed = new Map(claimed.map((user) => [user, head]))
  }

  /** Notes what a change may bring; returns whether it may bring anything. */
  note(change: Change): boolean {
    const { receiveEphemeral, receivesDeviceChanges } = this.#service.registration
    if (change.kind === 'to-device' && receiveEphemeral) this.#addressed.set(change.user, change.pos)
    else if (change.kind === 'key-counts' && receivesDeviceChanges) this.#count(change.user, change.deviceId)
    else return change.kind === 'device-list' && receivesDeviceChanges && change.onlyUser === undefined
    return true
  }

  async gather(after: number, upTo: number, moved: Moved): Promise<Gathered> {
    const { receiveEphemeral, receivesDeviceChanges } = this.#service.registration
    const messages = receiveEphemeral ? await this.#gatherMessages(upTo) : { toDevice: [], carried: [], hasMore: false }
    const deviceLists = receivesDeviceChanges ? await this.#gatherLists(after, upTo, moved) : { changed: [], left: [] }
    return { ...messages, deviceLists, ...await this.#gatherCounts() }
  }

  async #gatherMessages(upTo: number): Promise<Pick<Gathered, 'toDevice' | 'carried' | 'hasMore'>> {
    const noted = [...this.#addressed]
    const userIds = await this.#claimedAmong(noted.map(([user]) => user))
    const { toDevice: messages } = this.#parts.encryption
    const found = userIds.size === 0 ? [] : await messages.listForUsers([...userIds.keys()], upTo, MESSAGES_MAX)
    const hasMore = found.length === MESSAGES_MAX
    const carriers = new Set(found.map(({ user }) => user))
    for (const [user, pos] of noted) {
      // What is further on, or came meanwhile, is for the next transaction.
      const isDone = !hasMore && pos <= upTo && this.#addressed.get(user) === pos && !carriers.has(user)
      if (isDone || !userIds.has(user)) this.#addressed.delete(user)
    }
    const toDevice = found.map(({ user, deviceId, sender, type, content }): JsonObject => ({
      type, sender, to_user_id: userIds.get(user) ?? '', to_device_id: deviceId, content: JSON.parse(content) as JsonObject,
    }))
    const carried = found.map(({ user, deviceId, pos }): CarriedMessage => ({ user, deviceId, pos }))
    if (this.#service.registration.receivesDeviceChanges) for (const { user, deviceId } of found) this.#count(user, deviceId)
    return { toDevice, carried, hasMore }
  }

  async #claimedAmong(users: readonly number[]): Promise<Map<number, string>> {
    const userIds = await this.#parts.names.userIds(users)
    return new Map([...userIds].filter(([, userId]) => this.#service.claims('users', userId)))
  }

  /** Whose devices changed and who is in a room with users of the application service. */
  async #gatherLists(after: number, upTo: number, { others, rooms }: Moved): Promise<Gathered['deviceLists']> {
    const { db, names } = this.#parts
    const changed = (await listDeviceListChanges(db, NOBODY, { from: after, to: upTo })).map(({ user_nid: user }) => user)
    const newcomers = new Set([...(await names.internUsers(others)).values(), ...await listUsersIn(db, rooms)])
    const users = [...new Set([...changed, ...newcomers])]
    const near = new Set((await listRoomsJoined(db, users)).flatMap((row) => (this.#interests.isIn(row.room_nid) ? [row.user_nid] : [])))
    const userIds = await names.userIds(users)
    const listed = (isWanted: (user: number) => boolean) => users.filter(isWanted).flatMap((user) => userIds.get(user) ?? []).toSorted()
    return { changed: listed((user) => near.has(user)), left: listed((user) => newcomers.has(user) && !near.has(user)) }
  }

  async #gatherCounts(): Promise<Pick<Gathered, 'oneTimeKeys' | 'fallbackKeys'>> {
    const devices = [...this.#counted.values()]
    this.#counted = new Map()
    const userIds = await this.#claimedAmong(devices.map(({ user }) => user))
    const own = devices.filter(({ user }) => userIds.has(user))
    const counted = await Promise.all(own.map(async ({ user, deviceId }) => ({
      userId: userIds.get(user) ?? '', deviceId, counts: await this.#parts.encryption.keyCounts.of(user, deviceId),
    })))
    return {
      oneTimeKeys: byDevice(counted, ({ device_one_time_keys_count: left }) => left),
      fallbackKeys: byDevice(counted, ({ device_unused_fallback_key_types: unused }) => unused),
    }
  }

  #count(user: number, deviceId: string): void {
    this.#counted.set(`${user} ${deviceId}`, { user, deviceId })
  }
}

type ByDevice<T> = Readonly<Record<string, Readonly<Record<string, T>>>>

function byDevice<T>(counted: readonly Counted[], valueOf: (counts: DeviceKeyCounts) => T): ByDevice<T> {
  const byUser = Map.groupBy(counted, ({ userId }) => userId)
  return Object.fromEntries([...byUser].map(([userId, own]) => [
    userId, Object.fromEntries(own.map(({ deviceId, counts }) => [deviceId, valueOf(counts)])),
  ]))
}
