import type { Db } from '../store/database.ts'
import { deleteMessages, listMessages, type Inbox } from '../store/to-device.ts'
import type { Committer } from '../streams/committer.ts'
import type { Stream } from '../streams/stream.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Random } from '../util/random.ts'
import { Backlogs } from './backlogs.ts'
import { sendToDevice, type ToDeviceSend } from './send-to-device.ts'

/** A page of messages to a device. */
export interface ToDevicePage {
  /** Each as the JSON text that the device is to read. */
  readonly events: readonly string[]
  /** The position to read on from, and to acknowledge when the device comes back with it. */
  readonly next: number
}

/** More than this never waits for one device: it is dead, or somebody floods it. */
const WAITING_MAX = 200_000

/** How many messages one answer carries at most (Client-Server API, Send-to-Device messaging, Protocol definitions). */
const PAGE_MAX = 100

/** Messages to devices: they wait in order until the device comes back with the position that it was given with them. */
export class ToDevice {
  readonly #db: Db
  readonly #committer: Committer
  readonly #clock: Clock
  readonly #log: Log
  readonly #serverName: string
  readonly #random: Random
  readonly #maySpeakTo: (serverName: string) => boolean
  readonly #backlogs: Backlogs
  readonly #waitingMax: number

  constructor(parts: {
    readonly db: Db, readonly stream: Stream, readonly committer: Committer, readonly clock: Clock, readonly log: Log
    readonly serverName: string, readonly random: Random, readonly maySpeakTo: (serverName: string) => boolean
    readonly waitingMax?: number
  }) {
    this.#db = parts.db
    this.#committer = parts.committer
    this.#clock = parts.clock
    this.#log = parts.log
    this.#serverName = parts.serverName
    this.#random = parts.random
    this.#maySpeakTo = parts.maySpeakTo
    this.#waitingMax = parts.waitingMax ?? WAITING_MAX
    this.#backlogs = new Backlogs({ db: parts.db, stream: parts.stream, countMax: this.#waitingMax })
  }

  /** Sends a message to each of many devices; see `sendToDevice`. */
  send(send: ToDeviceSend): Promise<void> {
    const parts = {
      db: this.#db, committer: this.#committer, backlogs: this.#backlogs, serverName: this.#serverName, random: this.#random,
      maySpeakTo: this.#maySpeakTo,
    }
    return sendToDevice({ ...parts, clock: this.#clock, log: this.#log, waitingMax: this.#waitingMax }, send)
  }

  /** Whether the device certainly has no message after the position. Costs nothing. */
  isEmptyAfter(user: number, deviceId: string, from: number): boolean {
    const backlog = this.#backlogs.peek({ user, deviceId })
    return backlog !== undefined && backlog.newest <= from
  }

  /** The oldest messages of the device after one position and up to another, 100 at most. */
  async read(user: number, deviceId: string, from: number, to: number, limit = PAGE_MAX): Promise<ToDevicePage> {
    const inbox: Inbox = { user, deviceId }
    const backlog = await this.#backlogs.of(inbox)
    if (backlog.newest <= from) return { events: [], next: to }
    const messages = await listMessages(this.#db, inbox, { from, to, limit })
    const events = messages.map(({ sender, type, content }) => (
      `{"sender":${JSON.stringify(sender)},"type":${JSON.stringify(type)},"content":${content}}`
    ))
    // A full page may have left messages behind it, so reading goes on from its last message.
    return { events, next: messages.length < limit ? to : messages.at(-1)?.pos ?? to }
  }

  /** The device has come back with a position: it has what was sent up to there, and that is dropped. */
  async acknowledge(user: number, deviceId: string, upTo: number): Promise<void> {
    const inbox: Inbox = { user, deviceId }
    const backlog = await this.#backlogs.of(inbox)
    if (upTo <= backlog.receivedUpTo || backlog.newest <= backlog.receivedUpTo) return
    const dropped = await deleteMessages(this.#db, inbox, backlog.receivedUpTo, upTo)
    backlog.receivedUpTo = Math.max(backlog.receivedUpTo, upTo)
    backlog.count = Math.max(0, backlog.count - dropped)
  }
}
