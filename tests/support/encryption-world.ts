import { buildEncryption, type Encryption } from '../../src/encryption/encryption.ts'
import type { RemoteKeys } from '../../src/encryption/remote-keys.ts'
import type { InboxLimits } from '../../src/encryption/inbox-limits.ts'
import { ToDevice } from '../../src/encryption/to-device.ts'
import type { Device } from '../../src/encryption/device.ts'
import { Members } from '../../src/members/members.ts'
import { SharedRooms } from '../../src/members/shared-rooms.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { internStateKeys } from '../../src/store/dictionary.ts'
import { Names } from '../../src/store/names.ts'
import { settlePositions } from '../../src/store/positions.ts'
import type { Change } from '../../src/streams/changes.ts'
import { Committer } from '../../src/streams/committer.ts'
import { Stream } from '../../src/streams/stream.ts'
import { DAY_MS } from '../../src/util/durations.ts'
import { silentLog } from '../../src/util/log.ts'
import { systemRandom } from '../../src/util/random.ts'
import { createTestDatabase } from './database.ts'
import { FakeClock } from './fake-clock.ts'

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

const UNREACHABLE = { ok: false, status: 503, message: 'Nobody is there.' } as const

const LIMITS: InboxLimits = { waitingMax: 200_000, waitingMaxBytes: 2 ** 29, keptMs: 180 * DAY_MS }

const noRemoteKeys: RemoteKeys = { query: () => Promise.resolve(UNREACHABLE), claim: () => Promise.resolve(UNREACHABLE) }

/** Users with devices, rooms as nothing but their members, and the encryption part of the server over them. */
export interface EncryptionWorld {
  readonly database: Database
  readonly clock: FakeClock
  readonly stream: Stream
  readonly encryption: Encryption
  /** Every change that was announced. */
  readonly changes: Change[]
  addDevice(localpart: string, deviceId: string): Promise<Device>
  setMembership(user: number, room: number, membership: string): Promise<number>
  /** The same server after a restart: nothing is in memory. */
  restart(): Promise<{ readonly encryption: Encryption, readonly stream: Stream }>
  /** Inboxes that take only so much. */
  smallInboxes(limits: Partial<InboxLimits>): ToDevice
}

export async function createEncryptionWorld(t: Cleanup, remoteKeys: RemoteKeys = noRemoteKeys): Promise<EncryptionWorld> {
  const database = openDatabase(await createTestDatabase(t), silentLog, 8)
  const { db } = database
  const clock = new FakeClock()
  const names = new Names(db)
  const committers: Committer[] = []
  t.teardown(async () => {
    for (const committer of committers) await committer.close()
    await database.close()
  })

  async function start() {
    const stream = new Stream({ database, clock, log: silentLog }, await settlePositions(db))
    const committer = new Committer({ database, stream, clock, log: silentLog })
    committers.push(committer)
    const members = new Members(db)
    const sharedRooms = new SharedRooms({ db, stream, members })
    const base = { db, stream, committer, clock, log: silentLog }
    const ourselves = { serverName: 'localhost', epoch: 0, random: systemRandom, maySpeakTo: () => false }
    const config = { encryption: { toDevice: LIMITS }, federation: { shareDeviceNames: true } }
    const parts = { ...base, ...ourselves, names, sharedRooms, remoteKeys, config }
    return { stream, members, parts, encryption: buildEncryption(parts) }
  }

  const { stream, members, encryption, parts } = await start()
  const changes: Change[] = []
  stream.listen((news) => changes.push(...news))

  async function addDevice(localpart: string, deviceId: string): Promise<Device> {
    const userId = `@${localpart}:localhost`
    const user = await names.internUser(userId)
    await db.insertInto('devices').values({
      user_nid: user, device_id: deviceId, display_name: `${localpart}'s ${deviceId}`, created_at: 0,
      last_seen_at: null, last_seen_ip: null, last_seen_agent: null,
    }).execute()
    return { user, userId, deviceId }
  }

  async function setMembership(user: number, room: number, membership: string): Promise<number> {
    const roomId = `!${room}:localhost`
    const row = { room_id: roomId, version: '12', created_at: 0 }
    await db.insertInto('rooms').values(row).onConflict((conflict) => conflict.doNothing()).execute()
    const { nid } = await db.selectFrom('rooms').select('nid').where('room_id', '=', roomId).executeTakeFirstOrThrow()
    const userId = (await names.userIds([user])).get(user) ?? ''
    const [key = -1] = await internStateKeys(db, [{ type: 'm.room.member', stateKey: userId }])
    return parts.committer.submit({
      positions: 1,
      rows: (pos) => ({
        ended_state: [[nid, key, pos]],
        state_log: [[nid, key, pos, null, pos, membership]],
        memberships: [[user, nid, membership, pos, pos, null]],
      }),
      committed: (pos) => {
        members.apply(user, { room: nid, roomId, membership: membership as 'join', eventNid: pos, pos, forgotten: false })
        return [{ kind: 'membership', user, room: nid, pos }]
      },
    })
  }

  return {
    database, clock, stream, encryption, changes, addDevice, setMembership, restart: start,
    smallInboxes: (limits) => new ToDevice({ ...parts, limits: { ...LIMITS, ...limits } }),
  }
}

/** Identity keys as a client uploads them. */
export function deviceKeysOf({ userId, deviceId }: Device, secret = 'abc') {
  return {
    user_id: userId,
    device_id: deviceId,
    algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
    keys: { [`curve25519:${deviceId}`]: secret, [`ed25519:${deviceId}`]: secret },
    signatures: { [userId]: { [`ed25519:${deviceId}`]: 'signature' } },
  }
}

/** One-time keys by their names, in order. */
export function oneTimeKeysOf(ids: readonly string[], secret = 'abc') {
  const signatures = { '@u:localhost': { 'ed25519:D': 's' } }
  return Object.fromEntries(ids.map((id) => [`signed_curve25519:${id}`, { key: `${secret}${id}`, signatures }]))
}
