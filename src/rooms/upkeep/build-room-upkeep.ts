import type { Config } from '../../config/config.ts'
import { deleteJobsBefore } from '../../store/background-jobs.ts'
import { forgetDeletedRooms } from '../../store/rooms/purge.ts'
import { forgetAppliedLifetimes } from '../../store/rooms/retention.ts'
import { BackgroundJobs, type JobKind } from '../../streams/background-jobs.ts'
import { DAY_MS } from '../../util/durations.ts'
import type { Chore } from '../../util/housekeeping.ts'
import type { Log } from '../../util/log.ts'
import type { RoomActions, RoomCore, RoomCoreParts } from '../build-rooms.ts'
import type { Directory } from '../directory/directory.ts'
import type { ProfileSource } from '../profiles.ts'
import { BodyPlaces } from './body-places.ts'
import { DeleteRoomJob } from './delete-room-job.ts'
import { EraseRedactedJob } from './erase-redacted-job.ts'
import { HistoryPurges } from './history-purges.ts'
import { PurgeHistoryJob } from './purge-history-job.ts'
import { RETENTION_JOB, RetentionJob } from './retention-job.ts'
import { RetentionWatch } from './retention-watch.ts'
import { RoomDeletions } from './room-deletions.ts'

export interface RoomUpkeepParts extends RoomCoreParts, RoomCore, RoomActions {
  readonly log: Log
  readonly profiles: ProfileSource
  readonly directory: Directory
  readonly config: Pick<Config, 'rooms' | 'retention'>
}

/** What goes from rooms and with rooms over time, and what administrators take away. */
export interface RoomUpkeep {
  readonly backgroundJobs: BackgroundJobs
  readonly historyPurges: HistoryPurges
  readonly roomDeletions: RoomDeletions
  readonly upkeep: {
    readonly chores: readonly Chore[]
    /** Learns what rooms say, and takes up the work that was left. */
    start(): Promise<void>
    close(): Promise<void>
  }
}

const JOBS_KEPT_MS = 30 * DAY_MS
/** So long clients that were away can learn that they left a room which is gone. */
const LEAVES_KEPT_MS = 90 * DAY_MS
const ROOMS_AT_ONCE = 100
/** What is done for the server as a whole. */
const SERVER = 'server'

/** Builds what takes events and rooms away, as work in the background. */
export function buildRoomUpkeep(parts: RoomUpkeepParts): RoomUpkeep {
  const { db, clock, roomBlocks, retentionPolicies, config: { rooms: { redactedKeptMs: keptMs } } } = parts
  const retentionWatch = new RetentionWatch(parts)
  const bodyPlaces = new BodyPlaces({ db, clock, policies: retentionPolicies })
  const lasting: readonly JobKind[] = [
    ...(retentionPolicies.isEnabled ? [new RetentionJob({ ...parts, retentionWatch, bodyPlaces })] : []),
    ...(keptMs === undefined ? [] : [new EraseRedactedJob({ db, clock, keptMs })]),
  ]
  const backgroundJobs = new BackgroundJobs({ ...parts, kinds: [...lasting, new PurgeHistoryJob(parts), new DeleteRoomJob(parts)] })
  const keepUp = async (): Promise<void> => {
    for (const { name } of lasting) await backgroundJobs.add(name, SERVER, {})
  }
  return {
    backgroundJobs,
    historyPurges: new HistoryPurges({ ...parts, backgroundJobs }),
    roomDeletions: new RoomDeletions({ ...parts, backgroundJobs }),
    upkeep: {
      chores: [
        { name: 'upkeep of rooms', run: keepUp },
        { name: 'finished jobs', run: () => deleteJobsBefore(db, clock.now() - JOBS_KEPT_MS) },
        { name: 'deleted rooms', run: () => forgetDeletedRooms(db, clock.now() - LEAVES_KEPT_MS, ROOMS_AT_ONCE) },
      ],
      async start() {
        await roomBlocks.load()
        if (retentionPolicies.isEnabled) {
          await retentionWatch.start(() => backgroundJobs.wake(RETENTION_JOB))
          await bodyPlaces.prepare()
        } else await forgetAppliedLifetimes(db)
        await keepUp()
        await backgroundJobs.start()
      },
      close: () => backgroundJobs.close(),
    },
  }
}
