import { invalidParam, MatrixError, notFound } from '../../matrix/errors.ts'
import { isRoomId, isUserId, serverNameOf } from '../../matrix/ids.ts'
import { findJob, listJobs, type StoredJob } from '../../store/background-jobs.ts'
import type { Db } from '../../store/database.ts'
import type { Names } from '../../store/names.ts'
import type { Requester } from '../../users/requester.ts'
import type { BackgroundJobs } from '../../streams/background-jobs.ts'
import { DELETE_ROOM_JOB, type DeletionCursor, type DeletionOrder, type DeletionResult } from './delete-room-job.ts'
import type { RoomBlocks } from './room-blocks.ts'
import type { Rooms } from '../rooms.ts'

/** What an administrator asks for. */
export interface DeletionRequest {
  readonly new_room_user_id?: string | undefined
  readonly room_name?: string | undefined
  readonly message?: string | undefined
  readonly block?: boolean | undefined
  readonly purge?: boolean | undefined
  readonly force_purge?: boolean | undefined
}

export interface Deletion {
  readonly id: string
  readonly roomId: string
  readonly status: 'scheduled' | 'active' | 'complete' | 'failed'
  readonly error: string | undefined
  readonly result: DeletionResult
}

export interface RoomDeletionsParts {
  readonly db: Db
  readonly names: Names
  readonly rooms: Rooms
  readonly roomBlocks: RoomBlocks
  readonly backgroundJobs: BackgroundJobs
  readonly serverName: string
}

const NEW_ROOM_NAME = 'Content Violation Notification'
const NEW_ROOM_MESSAGE = 'Sharing illegal content on this server is not permitted and rooms in violation will be blocked.'
const LISTED_MAX = 100
const STATUS: Readonly<Record<StoredJob['state'], Deletion['status']>> = {
  waiting: 'scheduled', running: 'active', finished: 'complete', failed: 'failed',
}
const NOTHING: DeletionResult = { kicked: [], failed: [], aliases: [], newRoomId: null }

/** Deletes rooms from this server, in the background. */
export class RoomDeletions {
  readonly #parts: RoomDeletionsParts

  constructor(parts: RoomDeletionsParts) {
    this.#parts = parts
  }

  /**
   * Begins to delete a room; the id of the deletion. From now on nobody enters the room, where that is asked for.
   * Throws M_NOT_FOUND for a room that is not known here and not to be blocked, M_INVALID_PARAM, M_UNKNOWN while the room is
   * being deleted already.
   */
  async begin({ user }: Pick<Requester, 'user'>, roomId: string, request: DeletionRequest): Promise<string> {
    const { rooms, roomBlocks, backgroundJobs } = this.#parts
    if (!isRoomId(roomId)) throw invalidParam('That is not a room id.')
    const room = await rooms.find(roomId)
    if (room === undefined && request.block !== true) throw notFound(`There is no room ${roomId}.`)
    const order: DeletionOrder = {
      room: room?.nid, roomId,
      newRoom: await this.#newRoomOf(request),
      purges: request.purge ?? true,
      forces: request.force_purge ?? false,
    }
    if (request.block === true) await roomBlocks.block(roomId, user)
    const id = await backgroundJobs.add(DELETE_ROOM_JOB, roomId, order)
    if (id === undefined) throw new MatrixError('M_UNKNOWN', `${roomId} is being deleted already.`, { status: 400 })
    return String(id)
  }

  /** How far a deletion has come. Throws M_NOT_FOUND. */
  async get(deletionId: string): Promise<Deletion> {
    const id = Number(deletionId)
    const job = Number.isSafeInteger(id) ? await findJob(this.#parts.db, DELETE_ROOM_JOB, id) : undefined
    if (job === undefined) throw notFound('There is no such deletion.')
    return describe(job)
  }

  /** The latest deletions of a room. Throws M_NOT_FOUND where there was none. */
  async listOf(roomId: string): Promise<Deletion[]> {
    const jobs = await listJobs(this.#parts.db, { kind: DELETE_ROOM_JOB, resource: roomId, limit: LISTED_MAX })
    if (jobs.length === 0) throw notFound(`${roomId} was not deleted lately.`)
    return jobs.map(describe)
  }

  async #newRoomOf({ new_room_user_id: userId, room_name: name, message }: DeletionRequest): Promise<DeletionOrder['newRoom']> {
    if (userId === undefined) return undefined
    const { names, serverName } = this.#parts
    if (!isUserId(userId) || serverNameOf(userId) !== serverName) throw invalidParam('new_room_user_id is no user of this server.')
    const user = await names.findUser(userId)
    if (user === undefined) throw invalidParam(`There is no user ${userId}.`)
    return { user, userId, name: name ?? NEW_ROOM_NAME, message: message ?? NEW_ROOM_MESSAGE }
  }
}

function describe(job: StoredJob): Deletion {
  const cursor = job.cursor === null ? undefined : JSON.parse(job.cursor) as DeletionCursor
  const result = cursor?.result ?? NOTHING
  const error = job.error ?? result.error
  const isRefused = result.error !== undefined && job.state === 'finished'
  return { id: String(job.id), roomId: job.resource ?? '', status: isRefused ? 'failed' : STATUS[job.state], error, result }
}
