import { MatrixError, invalidParam, notFound } from '../matrix/errors.ts'
import { fits255Bytes } from '../matrix/ids.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { KeyBackupData, KeyBackupDataInput, RoomKeyBackup, RoomKeyBackupInput } from '../spec/types.ts'
import type { Db, Transaction } from '../store/database.ts'
import { logEncryption } from '../store/encryption/encryption-log.ts'
import {
  advanceBackup, deleteBackedUpKeys, deleteBackup, findBackup, insertBackup, listBackedUpKeys, lockBackups, putBackedUpKeys,
  setBackupAuthData, wasBackupDeleted, type BackedUpKey, type KeyBackup, type KeyPlace,
} from '../store/encryption/key-backups.ts'
import type { Clock } from '../util/clock.ts'

export interface BackupInfo {
  readonly algorithm: string
  readonly auth_data: JsonObject
  readonly count: number
  readonly etag: string
  readonly version: string
}

/** What became of a backup: how many keys it holds, and a mark that changes whenever they do. */
export interface BackupState {
  readonly count: number
  readonly etag: string
}

export interface NewBackup {
  readonly algorithm: string
  readonly auth_data: JsonObject
}

/** The rooms with their sessions, as they are uploaded. */
export type RoomsOfKeys = Readonly<Record<string, RoomKeyBackupInput>>

const VERSION = /^[1-9]\d{0,8}$/
const KEY_BYTES_MAX = 65_536

/**
 * Backups of the keys to encrypted rooms (Client-Server API, Server-side key backups). Only the user can read what is in
 * them. Errors: M_NOT_FOUND where there is no such backup.
 */
export class KeyBackups {
  readonly #db: Db
  readonly #clock: Clock

  constructor({ db, clock }: { readonly db: Db, readonly clock: Clock }) {
    this.#db = db
    this.#clock = clock
  }

  /** Begins a new backup, which is the latest from now on; returns its version. */
  async create(user: number, { algorithm, auth_data: authData }: NewBackup): Promise<string> {
    const version = await this.#db.transaction().execute(async (trx) => {
      await lockBackups(trx, user)
      const made = await insertBackup(trx, user, algorithm, JSON.stringify(authData))
      await logEncryption(trx, user, 'key_backup_created', [String(made)], this.#clock.now())
      return made
    })
    return String(version)
  }

  /** The backup with a version, or the latest one. */
  async get(user: number, version?: string): Promise<BackupInfo> {
    const backup = await getBackup(this.#db, user, version)
    return {
      algorithm: backup.algorithm,
      auth_data: JSON.parse(backup.auth_data) as JsonObject,
      version: String(backup.version),
      ...stateOf(backup),
    }
  }

  /** Replaces the `auth_data` of a backup; nothing else of it can be changed. Errors: also M_INVALID_PARAM. */
  async update(user: number, version: string, changed: NewBackup & { readonly version?: string }): Promise<void> {
    if (changed.version !== undefined && changed.version !== version) throw invalidParam('The version in the body is another one.')
    await this.#db.transaction().execute(async (trx) => {
      await lockBackups(trx, user)
      const backup = await getBackup(trx, user, version)
      if (backup.algorithm !== changed.algorithm) throw invalidParam('The algorithm of a backup cannot be changed.')
      await setBackupAuthData(trx, user, backup.version, JSON.stringify(changed.auth_data))
    })
  }

  /** Deletes a backup with all keys in it. The one before it is the latest then. One that was deleted already stays so. */
  async delete(user: number, version: string): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      await lockBackups(trx, user)
      // Who did not hear the answer asks again, and must not be told of a failure (DELETE /room_keys/version/{version}).
      if (VERSION.test(version) && await wasBackupDeleted(trx, user, Number(version))) return
      const backup = await getBackup(trx, user, version)
      await deleteBackup(trx, user, backup.version)
      await logEncryption(trx, user, 'key_backup_deleted', [version], this.#clock.now())
    })
  }

  /**
   * Puts keys into the latest backup. Of two keys of one session the better one stays.
   * Errors: also M_WRONG_ROOM_KEYS_VERSION with `current_version` where another backup is the latest, M_INVALID_PARAM,
   * M_TOO_LARGE.
   */
  async putKeys(user: number, version: string, rooms: RoomsOfKeys): Promise<BackupState> {
    const keys = readKeys(rooms)
    return this.#change(user, version, async (trx, backup) => {
      const latest = await findBackup(trx, user)
      if (latest !== undefined && latest.version !== backup.version) {
        const fields = { current_version: String(latest.version) }
        throw new MatrixError('M_WRONG_ROOM_KEYS_VERSION', 'There is a later backup.', { fields })
      }
      if (keys.length === 0) return undefined
      const { added, replaced } = await putBackedUpKeys(trx, user, backup.version, keys)
      return added + replaced === 0 ? undefined : added
    })
  }

  /** Deletes keys from a backup: all, those of a room, or one. */
  async deleteKeys(user: number, version: string, place: KeyPlace = {}): Promise<BackupState> {
    if (!isStorablePlace(place)) return stateOf(await getBackup(this.#db, user, version))
    return this.#change(user, version, async (trx, backup) => {
      const deleted = await deleteBackedUpKeys(trx, user, backup.version, place)
      return deleted === 0 ? undefined : -deleted
    })
  }

  /** All keys in a backup, by room. */
  async getKeys(user: number, version: string): Promise<Readonly<Record<string, RoomKeyBackup>>> {
    const keys = await this.#list(user, version, {})
    return Object.fromEntries([...Map.groupBy(keys, (key) => key.room_id)].map(([roomId, ofRoom]) => [roomId, roomOf(ofRoom)]))
  }

  /** The keys of a room in a backup; there may be none. */
  async getRoomKeys(user: number, version: string, roomId: string): Promise<RoomKeyBackup> {
    return roomOf(await this.#list(user, version, { roomId }))
  }

  /** One key of a backup. Errors: M_NOT_FOUND also where there is no such key. */
  async getKey(user: number, version: string, place: Required<KeyPlace>): Promise<KeyBackupData> {
    const [key] = await this.#list(user, version, place)
    if (key === undefined) throw notFound('The backup has no such key.')
    return dataOf(key)
  }

  async #list(user: number, version: string, place: KeyPlace): Promise<BackedUpKey[]> {
    const backup = await getBackup(this.#db, user, version)
    return isStorablePlace(place) ? listBackedUpKeys(this.#db, user, backup.version, place) : []
  }

  /** Changes the keys of a backup; `work` returns by how much their number changed, or undefined if none did. */
  #change(
    user: number, version: string, work: (trx: Transaction, backup: KeyBackup) => Promise<number | undefined>,
  ): Promise<BackupState> {
    return this.#db.transaction().execute(async (trx) => {
      await lockBackups(trx, user)
      const backup = await getBackup(trx, user, version)
      const countChange = await work(trx, backup)
      if (countChange === undefined) return stateOf(backup)
      await advanceBackup(trx, user, backup.version, countChange)
      return stateOf({ etag: backup.etag + 1, key_count: backup.key_count + countChange })
    })
  }
}

async function getBackup(db: Db, user: number, version?: string): Promise<KeyBackup> {
  const isPossible = version === undefined || VERSION.test(version)
  const backup = isPossible ? await findBackup(db, user, version === undefined ? undefined : Number(version)) : undefined
  if (backup === undefined) throw notFound(version === undefined ? 'There is no backup.' : 'There is no such backup.')
  return backup
}

function readKeys(rooms: RoomsOfKeys): BackedUpKey[] {
  return Object.entries(rooms).flatMap(([roomId, { sessions }]) => (
    Object.entries(sessions).map(([sessionId, data]) => readKey(roomId, sessionId, data))
  ))
}

function readKey(roomId: string, sessionId: string, data: KeyBackupDataInput): BackedUpKey {
  if (!fits255Bytes(roomId) || !fits255Bytes(sessionId) || !isStorablePlace({ roomId, sessionId })) {
    throw invalidParam('The id of a room or of a session is too long or has a NUL in it.')
  }
  const text = JSON.stringify(data.session_data)
  if (Buffer.byteLength(text) > KEY_BYTES_MAX) throw new MatrixError('M_TOO_LARGE', 'The data of a key is too large.')
  return {
    room_id: roomId,
    session_id: sessionId,
    first_message_index: data.first_message_index,
    forwarded_count: data.forwarded_count,
    is_verified: data.is_verified,
    session_data: text,
  }
}

const isStorablePlace = ({ roomId, sessionId }: KeyPlace): boolean => !`${roomId ?? ''}${sessionId ?? ''}`.includes('\0')

const stateOf = ({ etag, key_count: count }: Pick<KeyBackup, 'etag' | 'key_count'>): BackupState => ({ etag: String(etag), count })

function roomOf(keys: readonly BackedUpKey[]): RoomKeyBackup {
  return { sessions: Object.fromEntries(keys.map((key) => [key.session_id, dataOf(key)])) }
}

function dataOf({ first_message_index, forwarded_count, is_verified, session_data }: BackedUpKey): KeyBackupData {
  return { first_message_index, forwarded_count, is_verified, session_data: JSON.parse(session_data) as JsonObject }
}
