import type { GraphRow } from '../../store/rooms/room-graph.ts'

const OUTLIER = 3

/** The graph of a room in memory, without bodies. */
export interface RoomOrder {
  readonly rows: ReadonlyMap<number, GraphRow>
  /** Outliers first, by their citations; then every event after those that it follows and cites. */
  readonly order: readonly GraphRow[]
  /** How many events name each event as their predecessor. */
  readonly followers: ReadonlyMap<number, number>
  /** The events that nothing follows and that are in the state of the room. */
  readonly ends: readonly number[]
}

/** Puts the events of a room so that what an event builds upon stands before it. Without recursion: others made the graph. */
export function orderRoom(all: readonly GraphRow[]): RoomOrder {
  const rows = new Map(all.map((row) => [row.nid, row]))
  const followers = new Map<number, number>()
  for (const row of all) for (const nid of row.prev_nids) if (inGraph(row)) followers.set(nid, (followers.get(nid) ?? 0) + 1)
  const standsAfter = listFollowed(all, rows)
  const ends = all.filter((row) => row.status === 0 && inGraph(row) && !standsAfter.has(row.nid)).map(({ nid }) => nid)
  // What was not accepted may follow an end; the state after that is asked for all the same when all is done.
  for (const nid of ends) followers.set(nid, (followers.get(nid) ?? 0) + 1)
  return { rows, order: [...sorted(all.filter((row) => !inGraph(row)), rows), ...sorted(all.filter(inGraph), rows)], followers, ends }
}

/** What accepted events follow, also over events that were not accepted. */
function listFollowed(all: readonly GraphRow[], rows: ReadonlyMap<number, GraphRow>): Set<number> {
  const followed = new Set<number>()
  const waiting = all.filter((row) => row.status === 0 && inGraph(row))
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    for (const nid of row.prev_nids) {
      const before = rows.get(nid)
      if (before !== undefined && before.status !== 0 && !followed.has(nid)) waiting.push(before)
      followed.add(nid)
    }
  }
  return followed
}

/** Whether the event has a place in the course of the room. */
export function inGraph(row: GraphRow): boolean {
  return row.status !== OUTLIER
}

function sorted(some: readonly GraphRow[], rows: ReadonlyMap<number, GraphRow>): GraphRow[] {
  const wanted = new Set(some.map(({ nid }) => nid))
  const done = new Set<number>()
  const entered = new Set<number>()
  const order: GraphRow[] = []
  for (const start of some) {
    const waiting = [start]
    for (let row = waiting.at(-1); row !== undefined; row = waiting.at(-1)) {
      const before = entered.has(row.nid) ? [] : [...row.prev_nids, ...row.auth_nids].filter((nid) => wanted.has(nid) && !entered.has(nid))
      entered.add(row.nid)
      if (before.length > 0) {
        waiting.push(...before.flatMap((nid) => rows.get(nid) ?? []))
        continue
      }
      waiting.pop()
      if (!done.has(row.nid)) order.push(row)
      done.add(row.nid)
    }
  }
  return order
}
