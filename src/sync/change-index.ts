import type { Change } from '../streams/changes.ts'
import type { Stream } from '../streams/stream.ts'
import { LastChanges } from './last-changes.ts'

const REMEMBERED_MAX = 500_000

/** What changed when since this process began, so that a sync that brings nothing asks nothing. */
export class ChangeIndex {
  readonly events: LastChanges<number>
  readonly receipts: LastChanges<number>
  /** By user: what is the account's own, in rooms as well. */
  readonly accountData: LastChanges<number>
  readonly pushRules: LastChanges<number>
  readonly memberships: LastChanges<number>
  /** By user and device. */
  readonly keyCounts: LastChanges<string>
  readonly #from: number
  #lastDeviceList: number
  #lastMembership: number

  constructor(stream: Stream) {
    const from = stream.head()
    this.#from = from
    this.#lastDeviceList = from
    this.#lastMembership = from
    this.events = new LastChanges(from, REMEMBERED_MAX)
    this.receipts = new LastChanges(from, REMEMBERED_MAX)
    this.accountData = new LastChanges(from, REMEMBERED_MAX)
    this.pushRules = new LastChanges(from, REMEMBERED_MAX)
    this.memberships = new LastChanges(from, REMEMBERED_MAX)
    this.keyCounts = new LastChanges(from, REMEMBERED_MAX)
    stream.listen((changes) => {
      for (const change of changes) this.#note(change)
    })
  }

  /** Whether somebody may have to learn of devices: some changed, or somebody came or went. */
  mayHaveDeviceLists(after: number): boolean {
    return after < this.#from || this.#lastDeviceList > after || this.#lastMembership > after
  }

  #note(change: Change): void {
    const { pos } = change
    switch (change.kind) {
      case 'event': return this.events.note(change.room, pos)
      case 'receipt': return this.receipts.note(change.room, pos)
      case 'account-data': return this.accountData.note(change.user, pos)
      case 'push-rules': return this.pushRules.note(change.user, pos)
      case 'membership':
        this.#lastMembership = pos
        return this.memberships.note(change.user, pos)
      case 'device-list':
        this.#lastDeviceList = pos
        return undefined
      case 'key-counts': return this.keyCounts.note(deviceName(change.user, change.deviceId), pos)
      // What waits for devices is known where it waits.
      case 'to-device': return undefined
    }
  }
}

export function deviceName(user: number, deviceId: string): string {
  return `${user} ${deviceId}`
}
