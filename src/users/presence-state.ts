import type { PresenceState } from '../store/users/presence.ts'
import { MINUTE_MS } from '../util/durations.ts'

/** What others see of a user's presence (Client-Server API, Presence: m.presence). */
export interface PresenceContent {
  readonly [key: string]: string | number | boolean
  readonly presence: PresenceState
}

/** What another server says of a user of its own. */
export interface HeardPresence {
  readonly state: PresenceState
  readonly lastActiveAt: number
  readonly currentlyActive: boolean
  readonly statusMsg: string | null
}

interface DevicePresence { state: PresenceState, until: number }

const IDLE_AFTER_MS = 5 * MINUTE_MS
const CURRENTLY_ACTIVE_MS = 60_000

/** The presence of one user, made up of what their devices say, or of what their server says where that is another. */
export class UserPresence {
  readonly #devices = new Map<string, DevicePresence>()
  #heard: { readonly presence: HeardPresence, readonly until: number } | undefined
  lastActiveAt = 0
  statusMsg: string | null = null
  /** What was shown last. */
  presence: PresenceState = 'offline'
  currentlyActive = false

  /** A device says how it is, and will do so again before `until`. Coming online is an activity. */
  note(deviceId: string, state: PresenceState, until: number, now: number): void {
    const device = this.#devices.get(deviceId)
    const wasOnline = device !== undefined && device.state === 'online' && device.until > now
    if (state === 'online' && !wasOnline) this.lastActiveAt = now
    if (device === undefined) this.#devices.set(deviceId, { state, until })
    else Object.assign(device, { state, until: Math.max(until, device.until) })
  }

  /** The user's server says how the user is, and will do so again before `until`. */
  hear(presence: HeardPresence, until: number): void {
    this.#heard = { presence, until }
    this.statusMsg = presence.statusMsg
    this.lastActiveAt = presence.lastActiveAt
  }

  isHeardOf(): boolean {
    return this.#heard !== undefined
  }

  /** The user has done something: devices that have said to be idle are not. */
  act(now: number): void {
    this.lastActiveAt = now
    for (const device of this.#devices.values()) if (device.state === 'unavailable') device.state = 'online'
  }

  /** Works out what is to be shown; true if it differs from what was. */
  refresh(now: number): boolean {
    const presence = this.#combined(now)
    const isActive = this.#heard?.presence.currentlyActive ?? now - this.lastActiveAt < CURRENTLY_ACTIVE_MS
    const currentlyActive = presence === 'online' && isActive
    const changed = presence !== this.presence || currentlyActive !== this.currentlyActive
    this.presence = presence
    this.currentlyActive = currentlyActive
    return changed
  }

  content(now: number): PresenceContent {
    return {
      presence: this.presence,
      ...(this.lastActiveAt === 0 ? {} : { last_active_ago: Math.max(0, now - this.lastActiveAt) }),
      ...(this.statusMsg === null ? {} : { status_msg: this.statusMsg }),
      ...(this.presence === 'online' ? { currently_active: this.currentlyActive } : {}),
    }
  }

  #combined(now: number): PresenceState {
    if (this.#heard !== undefined) return this.#heard.until > now ? this.#heard.presence.state : 'offline'
    let combined: PresenceState = 'offline'
    for (const [deviceId, { state, until }] of this.#devices) {
      if (until <= now) this.#devices.delete(deviceId)
      else if (state === 'online' && now - this.lastActiveAt < IDLE_AFTER_MS) return 'online'
      else if (state !== 'offline') combined = 'unavailable'
    }
    return combined
  }
}
