import type { JsonObject } from '../matrix/json.ts'
import type { Db } from '../store/database.ts'
import {
  deleteEncryptionLogBefore, listAlgorithmChanges, listEncryptionLog, type AlgorithmChange, type EncryptionLogEntry,
} from '../store/encryption/encryption-log.ts'
import { listLosses } from '../store/encryption/to-device-losses.ts'
import type { Clock } from '../util/clock.ts'
import { DAY_MS } from '../util/durations.ts'

/** What happened, as its user reads it. */
export interface LoggedChange {
  readonly type: string
  readonly ts: number
  readonly device_id?: string
  readonly version?: string
  readonly room_id?: string
  readonly event_id?: string
  readonly sender?: string
  readonly algorithm?: string
}

/** Messages that never reached a device, since it did not fetch them. */
export interface DroppedMessages {
  readonly device_id: string
  readonly count: number
  readonly first_ts: number
  readonly last_ts: number
}

const KEPT_MS = 365 * DAY_MS

/** What a user can look up of what was done to the encryption of the account, and of the rooms that he was in. */
export class EncryptionLog {
  readonly #db: Db
  readonly #clock: Clock

  constructor({ db, clock }: { readonly db: Db, readonly clock: Clock }) {
    this.#db = db
    this.#clock = clock
  }

  /** The latest changes, newest first, and what devices have lost. */
  async read(user: number, limit: number): Promise<{ changes: LoggedChange[], dropped_messages: DroppedMessages[] }> {
    const [own, ofRooms, losses] = await Promise.all([
      listEncryptionLog(this.#db, user, limit), listAlgorithmChanges(this.#db, user, limit), listLosses(this.#db, user),
    ])
    const changes = [...own.map(describeEntry), ...ofRooms.map(describeAlgorithm)].toSorted((one, other) => other.ts - one.ts)
    return {
      changes: changes.slice(0, limit),
      dropped_messages: losses.map(({ device_id, messages, first_at, last_at }) => (
        { device_id, count: messages, first_ts: first_at, last_ts: last_at }
      )),
    }
  }

  /** Forgets what is too old to matter. */
  async forgetOld(): Promise<void> {
    await deleteEncryptionLogBefore(this.#db, this.#clock.now() - KEPT_MS)
  }
}

function describeEntry({ kind, subject, at }: EncryptionLogEntry): LoggedChange {
  const base = { type: kind, ts: at }
  if (subject === null) return base
  return kind === 'key_backup_created' || kind === 'key_backup_deleted' ? { ...base, version: subject } : { ...base, device_id: subject }
}

function describeAlgorithm({ room_id, event_id, sender, at, json }: AlgorithmChange): LoggedChange {
  const { algorithm } = (JSON.parse(json) as { content: JsonObject }).content
  return { type: 'room_algorithm', ts: at, room_id, event_id, sender, ...(typeof algorithm === 'string' ? { algorithm } : {}) }
}
