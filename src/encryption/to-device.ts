import type { Db } from '../store/database.ts'
import { dropUnfetched } from '../store/encryption/to-device-losses.ts'
import {
  deleteMessages, deleteReceived, forgetReceivedBefore, listMessages, listMessagesToUsers, wasReceived, type AddressedMessage, type Inbox,
  type PendingMessage,
} from '../store/encryption/to-device.ts'
import type { Committer } from '../streams/committer.ts'
import type { Stream } from '../streams/stream.ts'
import type { Clock } from '../util/clock.ts'
import { DAY_MS } from '../util/durations.ts'
import type { Log } from '../util/log.ts'
import type { Random } from '../util/random.ts'
import { Backlogs } from './backlogs.ts'
import type { InboxLimits } from './inbox-limits.ts'
import { sendToDevice, type ToDeviceSend } from './send-to-device.ts'

/** A page of messages to a device. */
export interface ToDevicePage {
  /** Each as the JSON text that the device is to read. */
  readonly events: readonly string[]
  /** The position to read on from, and to acknowledge when the device comes back with it. */
  readonly next: number
}

/** How many messages one answer carries at most (Client-Server API, Send-to-Device messaging, Protocol definitions). */
const PAGE_MAX = 100
/** An answer that is too large for the line of its client would be asked for again and again. */
const PAGE_BYTES_MAX = 1024 * 1024
/** For so long another server may send a message again: servers that cannot be reached are tried once a week at least. */
const RECEIVED_KEPT_MS = 8 * DAY_MS
const DROPPED_AT_ONCE_MAX = 10_000

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
  readonly #limits: InboxLimits

  constructor(parts: {
    readonly db: Db, readonly stream: Stream, readonly committer: Committer, readonly clock: Clock, readonly log: Log
    readonly serverName: string, readonly random: Random, readonly maySpeakTo: (serverName: string) => boolean
    readonly limits: InboxLimits
  }) {
    this.#db = parts.db
    this.#committer = parts.committer
    this.#clock = parts.clock
    this.#log = parts.log
    this.#serverName = parts.serverName
    this.#random = parts.random
    this.#maySpeakTo = parts.maySpeakTo
    this.#limits = parts.limits
    this.#backlogs = new Backlogs({ db: parts.db, stream: parts.stream, countMax: this.#limits.waitingMax })
  }

  /** Sends a message to each of many devices; see `sendToDevice`. */
  send(send: ToDeviceSend): Promise<void> {
    const parts = {
      db: this.#db, committer: this.#committer, backlogs: this.#backlogs, serverName: this.#serverName, random: this.#random,
      maySpeakTo: this.#maySpeakTo,
    }
    return sendToDevice({ ...parts, clock: this.#clock, log: this.#log, limits: this.#limits }, send)
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
    const messages = await listMessages(this.#db, inbox, { from, to, limit, bytesMax: PAGE_BYTES_MAX })
    const events = messages.filter((message) => this.#isReadable(inbox, message)).map(({ sender, type, content }) => (
      `{"sender":${JSON.stringify(sender)},"type":${JSON.stringify(type)},"content":${content}}`
    ))
    const last = messages.at(-1)
    // A full page may have left messages behind it, so reading goes on from its last message.
    const isAll = last === undefined || messages.length === last.found && last.found < limit
    return { events, next: isAll ? to : last.pos }
  }

  /** One message that is damaged would make the whole answer so, each time that the device asks: it is passed over. */
  #isReadable({ user, deviceId }: Inbox, { pos, content }: PendingMessage): boolean {
    try {
      JSON.parse(content)
      return true
    } catch {
      this.#log.error({ user, deviceId, pos }, 'A message to a device is damaged in the database, and was passed over')
      return false
    }
  }

  /** The device has come back with a position: it has what was sent up to there, and that is dropped. */
  async acknowledge(user: number, deviceId: string, upTo: number): Promise<void> {
    const inbox: Inbox = { user, deviceId }
    const backlog = await this.#backlogs.of(inbox)
    if (upTo <= backlog.receivedUpTo || backlog.newest <= backlog.receivedUpTo) return
    const dropped = await deleteMessages(this.#db, inbox, backlog.receivedUpTo, upTo)
    backlog.receivedUpTo = Math.max(backlog.receivedUpTo, upTo)
    backlog.count = Math.max(0, backlog.count - dropped)
    if (backlog.count === 0) backlog.bytes = 0
  }

  /** Messages that came to their users' application service, which is where their devices are, are dropped. */
  async acknowledgeEach(received: readonly (Inbox & { readonly pos: number })[]): Promise<void> {
    if (received.length === 0) return
    await deleteReceived(this.#db, received)
    for (const inbox of received) this.#backlogs.forget(inbox)
  }

  /** The oldest messages to any device of the users, up to a position. */
  listForUsers(users: readonly number[], to: number, limit = PAGE_MAX): Promise<AddressedMessage[]> {
    return listMessagesToUsers(this.#db, users, { to, limit })
  }

  /** Whether a message of another server, by the digest of its name, was taken before. */
  wasReceived(key: Buffer): Promise<boolean> {
    return wasReceived(this.#db, key)
  }

  /** Drops what waits for devices that nobody uses any more, and forgets what other servers will not send again. */
  async dropOld(): Promise<void> {
    const now = this.#clock.now()
    await forgetReceivedBefore(this.#db, now - RECEIVED_KEPT_MS)
    let total = 0
    for (;;) {
      const dropped = await dropUnfetched(this.#db, now - this.#limits.keptMs, now, DROPPED_AT_ONCE_MAX)
      if (dropped === 0) break
      total += dropped
    }
    if (total > 0) this.#log.info({ messages: total }, 'Messages were dropped for devices that nobody has seen for a long time')
  }
}
