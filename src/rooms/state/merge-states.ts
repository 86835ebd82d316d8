import type { RoomVersion } from '../../matrix/room-versions.ts'
import type { Db } from '../../store/database.ts'
import { listEntriesAt, listStatePage } from '../../store/rooms/state-at.ts'
import { contentString } from '../room-event.ts'
import type { EventCache } from '../event-cache.ts'
import type { StateReference } from './state-reference.ts'
import type { StateResolver, UncommittedEvent } from './state-resolver.ts'
import { areSameDifferences, compareViews, type StateDifferences, type StateView, type ViewEntry } from './state-view.ts'

export interface MergeParts {
  readonly db: Db
  readonly events: EventCache
  readonly resolver: Pick<StateResolver, 'resolve'>
}

export interface Merge {
  readonly room: { readonly nid: number, readonly roomId: string, readonly version: RoomVersion }
  /** The state that the outcome is told against. */
  readonly base: StateReference
  readonly views: readonly StateView[]
  /** Events among the states that are not in the database yet. */
  readonly uncommitted?: readonly UncommittedEvent[]
}

/** What several states of a room resolve to, as differences from the state at `base`. */
export async function mergeStates(parts: MergeParts, { room, base, views, uncommitted = [] }: Merge): Promise<StateDifferences> {
  const { differences, before } = await compareViews(parts.db, room.nid, base, distinct(views))
  const [first = new Map<number, ViewEntry | undefined>(), ...others] = differences
  if (others.every((other) => areSameDifferences(first, other))) return first
  const keys = new Set(differences.flatMap((each) => [...each.keys()]))
  const entryIn = (each: StateDifferences, key: number): ViewEntry | undefined => each.has(key) ? each.get(key) : before.get(key)
  const merged = new Map<number, ViewEntry | undefined>()
  const conflicted = new Set<number>()
  const known = new Map<number, ViewEntry>()
  for (const key of keys) {
    const entries = differences.map((each) => entryIn(each, key))
    for (const entry of entries) if (entry !== undefined) known.set(entry.nid, entry)
    if (entries.every((entry) => entry?.nid === entries[0]?.nid)) merged.set(key, entries[0])
    else conflicted.add(key)
  }
  const resolved = await parts.resolver.resolve({
    room,
    uncommitted,
    states: differences.map((each) => mapOf(conflicted, (key) => entryIn(each, key)?.nid)),
    unconflicted: {
      find: (wanted) => findUnconflicted(parts.db, { room: room.nid, base, merged, conflicted }, wanted),
      listOthers: () => listOthers(parts, { room: room.nid, base, merged, conflicted }),
    },
  })
  for (const key of conflicted) merged.set(key, undefined)
  for (const [key, nid] of resolved) merged.set(key, known.get(nid) ?? await readEntry(parts.events, nid))
  for (const [key, entry] of merged) if (keys.has(key) && entry?.nid === before.get(key)?.nid) merged.delete(key)
  return merged
}

/** Of states at the same reference one is enough. */
function distinct(views: readonly StateView[]): StateView[] {
  const stored = new Map(views.filter(({ changes }) => changes.size === 0).map((view) => [`${view.base.branch} ${view.base.at}`, view]))
  return [...stored.values(), ...views.filter(({ changes }) => changes.size > 0)]
}

interface Agreed {
  readonly room: number
  readonly base: StateReference
  /** In what the states agree, but not with the base. */
  readonly merged: StateDifferences
  readonly conflicted: ReadonlySet<number>
}

async function findUnconflicted(
  db: Db, { room, base, merged, conflicted }: Agreed, wanted: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const asked = wanted.filter((key) => !conflicted.has(key) && !merged.has(key))
  const [rows = []] = await listEntriesAt(db, room, [base], asked)
  const found = new Map(rows.map((row) => [row.key_nid, row.event_nid]))
  for (const key of wanted) {
    const entry = merged.get(key)
    if (entry !== undefined) found.set(key, entry.nid)
  }
  return found
}

const OTHERS_PAGE = 1_000

async function listOthers({ db, events: { branches } }: MergeParts, { room, base, merged, conflicted }: Agreed): Promise<number[]> {
  await branches.load([base.branch])
  const path = branches.pathOf(base)
  const nids: number[] = []
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<typeof listStatePage>> = await listStatePage(
      db, room, path, { after, limit: OTHERS_PAGE, withoutMembers: true },
    )
    for (const { key_nid: key, event_nid: nid } of page.entries) if (!conflicted.has(key) && !merged.has(key)) nids.push(nid)
    after = page.next
  }
  for (const entry of merged.values()) if (entry?.membership === null) nids.push(entry.nid)
  return nids
}

function mapOf(keys: Iterable<number>, find: (key: number) => number | undefined): Map<number, number> {
  const found = new Map<number, number>()
  for (const key of keys) {
    const value = find(key)
    if (value !== undefined) found.set(key, value)
  }
  return found
}

async function readEntry(events: EventCache, nid: number): Promise<ViewEntry> {
  const event = await events.find(nid)
  const isMember = event?.type === 'm.room.member'
  return { nid, membership: isMember ? contentString(event, 'membership') ?? 'leave' : null }
}
