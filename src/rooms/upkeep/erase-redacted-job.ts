import { canonicalJson } from '../../matrix/canonical-json.ts'
import { isJsonObject, LOSSLESS, parseJson } from '../../matrix/json.ts'
import { redactEvent } from '../../matrix/redaction.ts'
import { findRoomVersion } from '../../matrix/room-versions.ts'
import type { Db } from '../../store/database.ts'
import { dayOf } from '../../store/rooms/event-bodies.ts'
import { listEvents, type StoredRow } from '../../store/rooms/events.ts'
import { listRedactions, replaceBodies, type PrunedBody, type RedactionPlace } from '../../store/rooms/redacted.ts'
import type { JobKind, JobStep, JobTask } from '../../streams/background-jobs.ts'
import type { Clock } from '../../util/clock.ts'

const ERASE_REDACTED_JOB = 'erase-redacted'

/** Bodies are loaded and written whole, so that there are fewer of them in a step. */
const BODIES_MAX = 200
/** What was received so long ago is committed, or never will be. */
const COMMITTED_AFTER_MS = 60_000
const BEGINNING: RedactionPlace = { receivedAt: -1, nid: -1 }

/**
 * Takes the originals of redacted events away some time after the redaction, as long as which they can still be looked at to
 * find out what was said. What stays in their place is the redacted event: its hash and its signatures hold for that as well.
 */
export class EraseRedactedJob implements JobKind {
  readonly name = ERASE_REDACTED_JOB
  readonly #db: Db
  readonly #clock: Clock
  readonly #keptMs: number

  constructor({ db, clock, keptMs }: { readonly db: Db, readonly clock: Clock, readonly keptMs: number }) {
    this.#db = db
    this.#clock = clock
    this.#keptMs = keptMs
  }

  async step({ cursor, size }: JobTask): Promise<JobStep> {
    const after = cursor as RedactionPlace | null | undefined ?? BEGINNING
    const before = this.#clock.now() - Math.max(this.#keptMs, COMMITTED_AFTER_MS)
    const limit = Math.min(size, BODIES_MAX)
    const redactions = await listRedactions(this.#db, after, before, limit)
    const originals = await listEvents(this.#db, redactions.flatMap(({ target }) => target ?? []))
    const pruned = originals.flatMap((row) => prune(row) ?? [])
    await replaceBodies(this.#db, pruned)
    const last = redactions.at(-1)
    return {
      cursor: last === undefined ? after : { receivedAt: last.received_at, nid: last.nid },
      done: pruned.length,
      then: redactions.length === limit ? 'go on' : 'rest',
    }
  }
}

/** The redacted form of what is stored; undefined where that is all there is. */
function prune(row: StoredRow): PrunedBody | undefined {
  const version = findRoomVersion(row.version)
  if (row.json === null || version === undefined) return undefined
  const parsed = parseJson(row.json, LOSSLESS)
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined
  const json = canonicalJson(redactEvent(parsed.value, version))
  return json === row.json ? undefined : { nid: row.nid, bodyClass: row.body_class, day: dayOf(row.received_at), json }
}
