import type { Db } from '../../store/database.ts'
import { dropBodyDays, listBodyDays, type BodyDays } from '../../store/rooms/body-days.ts'
import { dayOf, deleteBodies, EXPIRING_CLASS, KEPT_CLASS, moveBodies } from '../../store/rooms/event-bodies.ts'
import type { Place } from '../../store/rooms/events.ts'
import {
  deleteAppliedLifetime, findNextRoom, forgetMediaOfDays, forgetSweptDays, listAppliedLifetimes, listBodiesOfDay, listStoredPlaces,
  listSweptDays, saveAppliedLifetime, saveSweptDay, START, type BodyPlace, type StoredPlace,
} from '../../store/rooms/retention.ts'
import { findServerFact, setServerFact } from '../../store/server-info.ts'
import type { JobKind, JobStep, JobTask } from '../../streams/background-jobs.ts'
import type { Clock } from '../../util/clock.ts'
import { DAY_MS } from '../../util/durations.ts'
import type { EventCache } from '../event-cache.ts'
import type { BodyPlaces } from './body-places.ts'
import type { RetentionPolicies } from './retention-policies.ts'
import type { RetentionWatch } from './retention-watch.ts'

export const RETENTION_JOB = 'retention'

export interface RetentionJobParts {
  readonly db: Db
  readonly clock: Clock
  readonly events: EventCache
  readonly retentionPolicies: RetentionPolicies
  readonly retentionWatch: RetentionWatch
  readonly bodyPlaces: BodyPlaces
}

/** What is being done; how far it has come is saved with it. */
type Work =
  /** The bodies of a room are brought to its lifetime; null for one whose messages never expire. */
  | { readonly kind: 'room', readonly room: number, readonly lifetimeMs: number | null, readonly after: Place, readonly isDefault: boolean }
  /** All rooms that say nothing are brought to the default, one after the other; this was the last one. */
  | { readonly kind: 'default', readonly lifetimeMs: number | null, readonly room: number }
  /** From the bodies of a day those are taken whose time is no longer than so long. */
  | { readonly kind: 'sweep', readonly day: number, readonly ageMs: number, readonly after: number }
  /** The table of some days goes as a whole; what is noted of media in it goes first. */
  | { readonly kind: 'drop', readonly days: BodyDays, readonly after: BodyPlace }

interface Cursor { readonly work: Work, readonly before?: Extract<Work, { kind: 'default' }> | undefined }

/**
 * Keeps what is stored of messages to the policies of the rooms. Whole days go when the longest of the policies has passed;
 * rooms with shorter ones are taken from the days before, and where a policy changes the room's bodies are looked through.
 */
export class RetentionJob implements JobKind {
  readonly name = RETENTION_JOB
  readonly #parts: RetentionJobParts
  #applied: Map<number, number | undefined> | undefined

  constructor(parts: RetentionJobParts) {
    this.#parts = parts
  }

  async step({ cursor, size }: JobTask): Promise<JobStep> {
    await this.#parts.retentionWatch.settle()
    const current = cursor as Cursor | null | undefined
    const work = current?.work ?? await this.#findWork()
    switch (work?.kind) {
      case 'room':
        return this.#walk(work, current?.before, size)
      case 'default':
        return this.#nextOfDefault(work)
      case 'sweep':
        return this.#sweep(work, size)
      case 'drop':
        return this.#drop(work, size)
      case undefined:
        await this.#parts.bodyPlaces.prepare()
        return { cursor: undefined, done: 0, then: 'rest' }
    }
  }

  /** What comes next. Nothing is dropped while a room is stored by another policy than it has. */
  async #findWork(): Promise<Work | undefined> {
    return await this.#findRoom() ?? await this.#findDefault() ?? await this.#findDays()
  }

  async #findRoom(): Promise<Work | undefined> {
    const { db, retentionPolicies: policies } = this.#parts
    this.#applied ??= await listAppliedLifetimes(db)
    const own = policies.listOwn()
    for (const room of policies.takeMisplaced()) this.#applied.set(room, Number.NaN)
    for (const [room, lifetime] of own) {
      if (!this.#applied.has(room) || this.#applied.get(room) !== lifetime) return roomWork(room, lifetime, false)
    }
    for (const room of this.#applied.keys()) if (!own.has(room)) return roomWork(room, policies.defaultLifetime, true)
    return undefined
  }

  async #findDefault(): Promise<Work | undefined> {
    const { db, retentionPolicies: { defaultLifetime } } = this.#parts
    const wanted = String(defaultLifetime ?? null)
    const saved = await findServerFact(db, 'retention_default')
    if (saved === wanted) return undefined
    // At the first time all bodies are stored as kept already.
    if (saved !== undefined || defaultLifetime !== undefined) return { kind: 'default', lifetimeMs: defaultLifetime ?? null, room: 0 }
    await setServerFact(db, 'retention_default', wanted)
    return undefined
  }

  async #findDays(): Promise<Work | undefined> {
    const { db, clock, bodyPlaces, retentionPolicies: policies } = this.#parts
    const longest = policies.longest()
    const lifetimes = [...new Set([policies.defaultLifetime, ...policies.listOwn().values()])].filter((each) => each !== undefined)
    const swept = await listSweptDays(db)
    for (const days of await listBodyDays(db)) {
      const isOver = days.to <= bodyPlaces.today() && ageOf(days.to - 1, clock.now()) >= (longest ?? 0)
      if (days.isLeaving || isOver) return { kind: 'drop', days, after: { day: days.from - 1, nid: 0 } }
      for (let day = days.from; day < days.to; day++) {
        const ageMs = ageOf(day, clock.now())
        const before = swept.get(day) ?? -1
        if (lifetimes.some((lifetime) => before < lifetime && lifetime <= ageMs)) return { kind: 'sweep', day, ageMs, after: 0 }
      }
    }
    return undefined
  }

  async #walk(work: Extract<Work, { kind: 'room' }>, before: Cursor['before'], size: number): Promise<JobStep> {
    const { db, events, retentionPolicies: policies } = this.#parts
    const { room, after, isDefault } = work
    const lifetime = policies.lifetimeOf(room)
    if ((lifetime ?? null) !== work.lifetimeMs) return goOn(roomWork(room, lifetime, isDefault), before)
    const rows = await listStoredPlaces(db, room, after, size)
    const messages = rows.filter((row) => !row.is_state)
    const moved = await this.#bring(messages, lifetime)
    if (!moved) return goOn(work, before)
    for (const { nid } of messages) events.forget(nid)
    const last = rows.at(-1)
    const done = messages.length
    if (rows.length === size && last !== undefined) {
      return goOn({ ...work, after: { pos: last.place_pos, offset: last.place_offset } }, before, done)
    }
    await this.#noteRoom(room, lifetime)
    return goOn(before, undefined, done)
  }

  /** Deletes what is past its time, and stores the rest as it will go. False where that has to be tried again. */
  async #bring(messages: readonly StoredPlace[], lifetime: number | undefined): Promise<boolean> {
    const { db, clock, bodyPlaces } = this.#parts
    if (lifetime === undefined) return moveBodies(db, messages.filter((row) => row.body_class === EXPIRING_CLASS), KEPT_CLASS)
    const oldest = clock.now() - lifetime
    const isExpired = (row: StoredPlace): boolean => (
      row.received_at < oldest || (row.place_offset < 0 && row.origin_server_ts < oldest)
    )
    await deleteBodies(db, messages.filter(isExpired))
    const kept = messages.filter((row) => !isExpired(row) && row.body_class === KEPT_CLASS)
    if (kept.length > 0) await bodyPlaces.ensure(kept.map((row) => dayOf(row.received_at)))
    return moveBodies(db, kept, EXPIRING_CLASS)
  }

  async #noteRoom(room: number, lifetime: number | undefined): Promise<void> {
    const { db, retentionPolicies: policies } = this.#parts
    if (policies.listOwn().has(room)) {
      await saveAppliedLifetime(db, room, lifetime)
      this.#applied?.set(room, lifetime)
    } else {
      await deleteAppliedLifetime(db, room)
      this.#applied?.delete(room)
    }
  }

  async #nextOfDefault(work: Extract<Work, { kind: 'default' }>): Promise<JobStep> {
    const { db, retentionPolicies: { defaultLifetime } } = this.#parts
    if ((defaultLifetime ?? null) !== work.lifetimeMs) return goOn(undefined)
    const room = await findNextRoom(db, work.room)
    if (room === undefined) {
      await setServerFact(db, 'retention_default', String(work.lifetimeMs))
      return goOn(undefined)
    }
    return goOn(roomWork(room, this.#parts.retentionPolicies.lifetimeOf(room), true), { ...work, room })
  }

  async #sweep(work: Extract<Work, { kind: 'sweep' }>, size: number): Promise<JobStep> {
    const { db, events, retentionPolicies: policies } = this.#parts
    const { day, ageMs, after } = work
    const bodies = await listBodiesOfDay(db, day, after, size)
    const expired = bodies.filter(({ room_nid: room }) => (policies.lifetimeOf(room) ?? Number.POSITIVE_INFINITY) <= ageMs)
    const done = await deleteBodies(db, expired.map(({ nid }) => ({ nid, received_at: day * DAY_MS })))
    for (const { nid } of expired) events.forget(nid)
    const last = bodies.at(-1)
    if (bodies.length === size && last !== undefined) return goOn({ ...work, after: last.nid }, undefined, done)
    await saveSweptDay(db, day, ageMs)
    return goOn(undefined, undefined, done)
  }

  async #drop(work: Extract<Work, { kind: 'drop' }>, size: number): Promise<JobStep> {
    const { db } = this.#parts
    const { days, after } = work
    const last = days.isLeaving ? undefined : await forgetMediaOfDays(db, days, after, size)
    if (last !== undefined) return goOn({ ...work, after: last })
    const present = (await listBodyDays(db)).find(({ name }) => name === days.name)
    if (present !== undefined) await dropBodyDays(db, present)
    await forgetSweptDays(db, days.from, days.to)
    return goOn(undefined, undefined, 1)
  }
}

function roomWork(room: number, lifetime: number | undefined, isDefault: boolean): Work {
  return { kind: 'room', room, lifetimeMs: lifetime ?? null, after: START, isDefault }
}

/** How old what came on a day is at least. */
const ageOf = (day: number, now: number): number => now - (day + 1) * DAY_MS

function goOn(work: Work | undefined, before?: Cursor['before'], done = 0): JobStep {
  const cursor: Cursor | undefined = work === undefined ? undefined : { work, before }
  return { cursor, done, then: 'go on' }
}
