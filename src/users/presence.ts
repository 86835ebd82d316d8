import { forbidden, invalidParam, notFound } from '../matrix/errors.ts'
import type { Members } from '../members/members.ts'
import type { Db } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import { listRoomsJoined } from '../store/rooms/shared-rooms.ts'
import { listPresence, savePresence, type PresenceRow, type PresenceState } from '../store/users/presence.ts'
import type { EphemeralOrder } from '../streams/ephemeral-order.ts'
import type { Clock } from '../util/clock.ts'
import { MINUTE_MS } from '../util/durations.ts'
import type { Log } from '../util/log.ts'
import { ChangeLog } from './change-log.ts'
import { UserPresence, type HeardPresence, type PresenceContent } from './presence-state.ts'

export type { PresenceContent, PresenceState }

const SWEEP_EVERY_MS = 5000
/** How long after its last sync a device still counts. */
const SYNC_GRACE_MS = 30_000
/** Another server says again within this time that somebody is there. */
const HEARD_MS = 30 * MINUTE_MS
const STATUS_LENGTH_MAX = 1000

/** Who is online (Client-Server API, Presence). It lives in memory; the last state of each user is saved from time to time. */
export class Presence {
  readonly enabled: boolean
  readonly #db: Db
  readonly #names: Names
  readonly #members: Members
  readonly #clock: Clock
  readonly #log: Log
  readonly #order: EphemeralOrder
  /** Those who are there, or whose going is not saved yet. */
  readonly #users = new Map<number, UserPresence>()
  /** Those whose status message has not been read yet. */
  readonly #unread = new Set<number>()
  #unsaved = new Set<number>()
  #saving = Promise.resolve()
  readonly #changes = new ChangeLog()
  readonly #listeners: ((user: number) => void)[] = []
  #cancelSweep: (() => void) | undefined

  constructor(options: {
    db: Db, names: Names, members: Members, clock: Clock, log: Log, ephemeral: EphemeralOrder, enabled: boolean,
  }) {
    this.#db = options.db
    this.#names = options.names
    this.#members = options.members
    this.#clock = options.clock
    this.#log = options.log
    this.#order = options.ephemeral
    this.enabled = options.enabled
  }

  /** Calls the listener whenever what is shown of a user changes. */
  listen(listener: (user: number) => void): void {
    this.#listeners.push(listener)
  }

  /** Whose presence changed after a number of the ephemeral order; undefined if that is longer ago than is remembered. */
  changedSince(number: number): readonly number[] | undefined {
    return this.#changes.since(number)
  }

  /** A device syncs, and may wait for `timeoutMs`; with `offline` that tells nothing about the user (GET /sync, set_presence). */
  sawUser(user: number, deviceId: string | undefined, state: PresenceState, timeoutMs = 0): void {
    if (!this.enabled || state === 'offline') return
    const now = this.#clock.now()
    this.#track(user).note(deviceId ?? '', state, now + timeoutMs + SYNC_GRACE_MS, now)
    this.#refresh(user, now)
  }

  /** The user did something of their own accord, as sending a message. */
  sawActivity(user: number): void {
    const known = this.#users.get(user)
    if (known === undefined) return
    const now = this.#clock.now()
    known.act(now)
    this.#refresh(user, now)
  }

  /** What a client says of its user. Errors: M_INVALID_PARAM. */
  async set(user: number, deviceId: string | undefined, state: PresenceState, statusMsg: string | undefined): Promise<void> {
    if (statusMsg !== undefined && (statusMsg.length > STATUS_LENGTH_MAX || statusMsg.includes('\0'))) {
      throw invalidParam(`A status message has at most ${STATUS_LENGTH_MAX} characters.`)
    }
    if (!this.enabled) return
    const now = this.#clock.now()
    this.#track(user)
    await this.#read()
    const presence = this.#track(user)
    this.#unread.delete(user)
    presence.note(deviceId ?? '', state, now + SYNC_GRACE_MS, now)
    if (state === 'online') presence.act(now)
    const hasNewStatus = presence.statusMsg !== (statusMsg ?? null)
    presence.statusMsg = statusMsg ?? null
    this.#refresh(user, now, hasNewStatus)
  }

  /** What another server says of its user. */
  hear(user: number, presence: HeardPresence): void {
    if (!this.enabled) return
    const statusMsg = presence.statusMsg?.replaceAll('\0', '').slice(0, STATUS_LENGTH_MAX) ?? null
    const now = this.#clock.now()
    const known = this.#track(user)
    this.#unread.delete(user)
    const hasNewStatus = known.statusMsg !== statusMsg
    known.hear({ ...presence, statusMsg, lastActiveAt: Math.min(presence.lastActiveAt, now) }, now + HEARD_MS)
    this.#refresh(user, now, hasNewStatus)
  }

  /** Everybody who is here, users of other servers included. */
  listHere(): number[] {
    return [...this.#users].filter(([, each]) => each.presence !== 'offline').map(([user]) => user)
  }

  /** Users of this server who are here. */
  listOwn(): number[] {
    return [...this.#users].filter(([, each]) => !each.isHeardOf() && each.presence !== 'offline').map(([user]) => user)
  }

  /** The presence of somebody who shares a room with who asks. Errors: M_FORBIDDEN, M_NOT_FOUND. */
  async get(asker: number, userId: string): Promise<PresenceContent> {
    const user = await this.#names.findUser(userId)
    if (user === undefined) throw notFound('That user is not known here.')
    if (user !== asker && !await this.#shareRoom(asker, user)) throw forbidden('You may not see the presence of that user.')
    return (await this.list([user])).get(user) ?? { presence: 'offline' }
  }

  /** The presence of those of the users who are here: nobody else can be anything but offline. */
  async listPresent(users: readonly number[]): Promise<Map<number, PresenceContent>> {
    const present = users.filter((user) => (this.#users.get(user)?.presence ?? 'offline') !== 'offline')
    return present.length === 0 ? new Map() : this.list(present)
  }

  /** The presence of each of the users of whom one is known. */
  async list(users: readonly number[]): Promise<Map<number, PresenceContent>> {
    if (!this.enabled) return new Map()
    if (users.some((user) => this.#unread.has(user))) await this.#read()
    const now = this.#clock.now()
    const found = new Map<number, PresenceContent>()
    const absent: number[] = []
    for (const user of users) {
      // Time may have passed since the last sweep.
      this.#refresh(user, now)
      const presence = this.#users.get(user)
      if (presence === undefined) absent.push(user)
      else found.set(user, presence.content(now))
    }
    for (const row of await listPresence(this.#db, absent)) found.set(row.user, presenceOf(row).content(now))
    return found
  }

  /** Saves what has changed. Called from time to time, and at the end. */
  async flush(): Promise<void> {
    const saving = this.#saving.then(() => this.#save())
    this.#saving = saving.catch(() => undefined)
    await saving
  }

  async #save(): Promise<void> {
    await this.#read()
    const users = this.#unsaved
    this.#unsaved = new Set()
    try {
      await savePresence(this.#db, [...users].flatMap((user) => this.#rowOf(user)))
    } catch (error) {
      this.#unsaved = this.#unsaved.union(users)
      throw error
    }
    for (const user of users) {
      if (this.#users.get(user)?.presence === 'offline' && !this.#unsaved.has(user)) this.#users.delete(user)
    }
  }

  async close(): Promise<void> {
    this.#cancelSweep?.()
    await this.flush()
  }

  #track(user: number): UserPresence {
    const known = this.#users.get(user)
    if (known !== undefined) return known
    const presence = new UserPresence()
    this.#users.set(user, presence)
    this.#unread.add(user)
    this.#cancelSweep ??= this.#clock.setTimer(SWEEP_EVERY_MS, () => void this.#sweep())
    return presence
  }

  #refresh(user: number, now: number, force = false): void {
    if (this.#users.get(user)?.refresh(now) !== true && !force) return
    this.#unsaved.add(user)
    this.#changes.add(this.#order.advance(), user)
    for (const listener of this.#listeners) listener(user)
  }

  /** One timer for all: finds who has gone or become idle, and saves it. */
  async #sweep(): Promise<void> {
    const now = this.#clock.now()
    for (const user of this.#users.keys()) this.#refresh(user, now)
    try {
      await this.flush()
    } catch (error) {
      this.#log.info({ error: String(error) }, 'Could not save who is online; it will be tried again')
    }
    this.#cancelSweep = this.#users.size === 0 ? undefined : this.#clock.setTimer(SWEEP_EVERY_MS, () => void this.#sweep())
  }

  /** Reads the status messages of those who came since the last time, in one query. */
  async #read(): Promise<void> {
    const users = [...this.#unread]
    if (users.length === 0) return
    for (const { user, statusMsg, lastActiveAt } of await listPresence(this.#db, users)) {
      const presence = this.#users.get(user)
      if (presence === undefined || !this.#unread.has(user)) continue
      presence.statusMsg = statusMsg
      presence.lastActiveAt = Math.max(presence.lastActiveAt, lastActiveAt)
    }
    for (const user of users) this.#unread.delete(user)
  }

  #rowOf(user: number): PresenceRow[] {
    const presence = this.#users.get(user)
    if (presence === undefined) return []
    return [{ user, state: presence.presence, statusMsg: presence.statusMsg, lastActiveAt: presence.lastActiveAt }]
  }

  async #shareRoom(one: number, other: number): Promise<boolean> {
    const [theirs, others] = await Promise.all([this.#members.roomsOf(one), this.#members.roomsOf(other)])
    const isIn = (room: number): boolean => theirs.get(room)?.membership === 'join'
    // Of users of other servers there are no memberships.
    if (others.size === 0) return (await listRoomsJoined(this.#db, [other])).some((row) => isIn(row.room_nid))
    return [...others].some(([room, { membership }]) => membership === 'join' && isIn(room))
  }
}

/** Who is saved but not there is offline, whatever they were when the server last stopped. */
function presenceOf({ statusMsg, lastActiveAt }: PresenceRow): UserPresence {
  const presence = new UserPresence()
  presence.statusMsg = statusMsg
  presence.lastActiveAt = lastActiveAt
  return presence
}
