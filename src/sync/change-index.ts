import type { Db } from '../store/database.ts'
import { listLastChanges } from '../store/sync-changes.ts'
import type { Change } from '../streams/changes.ts'
import type { Stream } from '../streams/stream.ts'
import { LastChanges } from './last-changes.ts'

const REMEMBERED_MAX = 500_000
/** How far back a start looks: who was away for longer is read from the database. */
const LOOK_BACK = 200_000

/** What changed when, so that a sync that brings nothing asks nothing. */
export class ChangeIndex {
  readonly events: LastChanges<number>
  readonly receipts: LastChanges<number>
  /** By user: what is the account's own, in rooms as well. */
  readonly accountData: LastChanges<number>
  readonly pushRules: LastChanges<number>
  readonly memberships: LastChanges<number>
  /** By room: somebody came or went. */
  readonly members: LastChanges<number>
  /** By user and device. */
  readonly keyCounts: LastChanges<string>
  readonly #stream: Stream
  readonly #startedAt: number
  #deviceLists: number
  /** When anybody last came to a room or went. */
  #lastMove: number

  constructor(stream: Stream) {
    const from = stream.head()
    this.#stream = stream
    this.#startedAt = from
    this.#deviceLists = from
    this.#lastMove = from
    this.events = new LastChanges(from, REMEMBERED_MAX)
    this.receipts = new LastChanges(from, REMEMBERED_MAX)
    this.accountData = new LastChanges(from, REMEMBERED_MAX)
    this.pushRules = new LastChanges(from, REMEMBERED_MAX)
    this.memberships = new LastChanges(from, REMEMBERED_MAX)
    this.members = new LastChanges(from, REMEMBERED_MAX)
    this.keyCounts = new LastChanges(from, REMEMBERED_MAX)
    stream.listen((changes) => {
      for (const change of changes) this.#note(change)
    })
  }

  /** Learns what changed before the start, so that the many who come back after it need not be looked up one by one. */
  async lookBack(db: Db): Promise<void> {
    const from = Math.max(0, this.#startedAt - LOOK_BACK)
    const found = await listLastChanges(db, from)
    this.events.prepend(from, found.events)
    this.receipts.prepend(from, found.receipts)
    this.accountData.prepend(from, found.accountData)
    this.pushRules.prepend(from, found.pushRules)
    this.memberships.prepend(from, found.memberships)
    this.members.prepend(from, found.members)
    if (this.#deviceLists === this.#startedAt) this.#deviceLists = found.deviceLists
  }

  /** Whether who is in the rooms may have to learn of devices: some changed, or somebody came or went. */
  mayHaveDeviceLists(user: number, rooms: Iterable<number>, after: number): boolean {
    if (after >= this.#stream.head()) return false
    return this.#deviceLists > after || this.mayHaveMet(user, rooms, after)
  }

  /** Whether the user, who is in the rooms, may have come to one, or somebody else to one of them, or the other way round. */
  mayHaveMet(user: number, rooms: Iterable<number>, after: number): boolean {
    if (after >= this.#lastMove) return false
    if (this.memberships.mayHaveChanged(user, after)) return true
    for (const room of rooms) if (this.members.mayHaveChanged(room, after)) return true
    return false
  }

  #noteMove(room: number, pos: number): void {
    this.members.note(room, pos)
    this.#lastMove = pos
  }

  #note(change: Change): void {
    const { pos } = change
    switch (change.kind) {
      case 'event': return this.events.note(change.room, pos)
      case 'receipt': return this.receipts.note(change.room, pos)
      case 'account-data': return this.accountData.note(change.user, pos)
      case 'push-rules': return this.pushRules.note(change.user, pos)
      case 'membership':
        this.memberships.note(change.user, pos)
        return this.#noteMove(change.room, pos)
      case 'remote-membership': return this.#noteMove(change.room, pos)
      case 'device-list':
        this.#deviceLists = pos
        return undefined
      case 'key-counts': return this.keyCounts.note(deviceName(change.user, change.deviceId), pos)
      // What waits for devices is known where it waits.
      case 'to-device': return undefined
      case 'unsent-edu': return undefined
    }
  }
}

/** How a device is named where devices of all users stand together. */
export function deviceName(user: number, deviceId: string): string {
  return `${user} ${deviceId}`
}
