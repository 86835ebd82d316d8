import type { Db } from '../../store/database.ts'
import { listHeaders, type HeaderRow } from '../../store/rooms/known-events.ts'

const ACCEPTED = 0
/** Behind events that are no extremities, so many are looked at for extremities that they went on from. */
const WALK_MAX = 200

/**
 * The numbers of events that are no extremities any more once an accepted event follows these. What was rejected or failed softly
 * was no extremity, so that those it went on from may still be.
 */
export async function listPassed(db: Db, prev: readonly HeaderRow[]): Promise<Set<number>> {
  const passed = new Set(prev.map((header) => header.nid))
  let walking = prev.filter((header) => header.status !== ACCEPTED)
  while (walking.length > 0 && passed.size < WALK_MAX) {
    const behind = walking.flatMap((header) => header.prev_nids).filter((each) => !passed.has(each))
    for (const each of behind) passed.add(each)
    walking = (await listHeaders(db, behind)).filter((header) => header.status !== ACCEPTED)
  }
  return passed
}
