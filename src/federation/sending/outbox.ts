import type { Destinations } from '../../remote/destinations.ts'
import type { RemoteFailure, RemoteOutcome } from '../../remote/outcome.ts'
import { federationPath } from '../../remote/path.ts'
import type { SignedRequestOptions, SignedRequests } from '../../remote/signed-requests.ts'
import { isJsonObject, ownValue, type JsonObject } from '../../matrix/json.ts'
import type { Db } from '../../store/database.ts'
import { dropOutdatedEdus, listUnsentEdus } from '../../store/federation/unsent-edus.ts'
import type { Clock } from '../../util/clock.ts'
import { HOUR_MS } from '../../util/durations.ts'
import type { Log } from '../../util/log.ts'
import type { Composer, Transaction } from './compose.ts'
import type { DueEvent } from './due-events.ts'
import type { Edu } from './edus.ts'
import type { Lanes } from './lanes.ts'
import { findKeptTransaction, forgetTransaction, keepTransaction, listWaitingEvents, type WaitingEvents } from './outbox-store.ts'
import type { SentLog } from './sent-log.ts'

export interface OutboxParts {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly signedRequests: Pick<SignedRequests, 'put'>
  readonly destinations: Pick<Destinations, 'downUntil'>
  readonly composer: Composer
  readonly lanes: Lanes
  readonly sentLog: SentLog
  /** Ends what is under way when the server stops. */
  readonly signal: AbortSignal
  /** Told how each transaction ended. */
  count(outcome: 'taken' | 'refused' | 'unanswered'): void
  /** Told when nothing is left to be sent. */
  done(outbox: Outbox): void
}

/** What a transaction may hold (Server-Server API, PUT /send/{txnId}). */
const PDUS_MAX = 50
const EDUS_MAX = 100

/** Of more events that wait only the database knows. */
const EVENTS_MAX = 500
const PASSING_EDUS_MAX = 200

/** An answer has a few words for each event. */
const SENDING: SignedRequestOptions = { timeoutMs: 60_000, sizeBytesMax: 1024 * 1024 }
const VERDICT_LENGTH_MAX = 300
const KEPT_MS = HOUR_MS
const REST_MIN_MS = 1000
const REST_MAX_MS = 10 * 60 * 1000
/** The server has seen it and will never take it as it is; what comes after it may be better. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 413, 414, 422])

/**
 * What one other server is to be sent, one transaction after another. All but what passes is in the database as well: an outbox
 * that is new, or has too much waiting, or whose server did not answer, goes by that alone.
 */
export class Outbox {
  readonly server: string
  readonly #parts: OutboxParts
  /** What comes next; undefined while more waits in the database than here. */
  #events: DueEvent[] | undefined
  readonly #passing = new Map<string, Edu>()
  /** Events came while the database was asked for those that wait. */
  #hasNews = false
  #mayHaveEdus: boolean
  #mayHaveKept: boolean
  #restUntil = 0
  #refusals = 0
  #unansweredCount = 0
  #running: Promise<void> | undefined
  #cancelRest: (() => void) | undefined

  /** `isBehind`: something may wait in the database. */
  constructor(parts: OutboxParts, server: string, isBehind: boolean) {
    this.#parts = parts
    this.server = server
    this.#events = isBehind ? undefined : []
    this.#mayHaveEdus = isBehind
    this.#mayHaveKept = isBehind
  }

  /** How many events wait in memory. */
  size(): number {
    return this.#events?.length ?? 0
  }

  isBehind(): boolean {
    return this.#events === undefined
  }

  /** Events that stand in the database by now. */
  addEvents(events: readonly DueEvent[]): void {
    this.#hasNews = true
    this.#events?.push(...events)
    if (this.size() > EVENTS_MAX) this.#events = undefined
    this.wake()
  }

  /** Something other than an event stands in the database. */
  noteEdu(): void {
    this.#mayHaveEdus = true
    this.wake()
  }

  /** What is of the moment only: what came before under the same key need not be said any more. */
  addPassing(key: string, edu: Edu): void {
    // A server that does not answer will not want to know who typed then.
    if (this.#cancelRest !== undefined) return
    this.#passing.delete(key)
    this.#passing.set(key, edu)
    const [oldest] = this.#passing.keys()
    if (oldest !== undefined && this.#passing.size > PASSING_EDUS_MAX) this.#passing.delete(oldest)
    this.wake()
  }

  wake(): void {
    if (this.#running !== undefined || this.#cancelRest !== undefined || this.#parts.signal.aborted) return
    this.#running = this.#run()
  }

  /** The server may be asked again before its time has come. */
  retry(): void {
    this.#cancelRest?.()
    this.#cancelRest = undefined
    this.#restUntil = 0
    this.wake()
  }

  /** Resolves when everything is sent, or the server does not answer. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  close(): Promise<void> {
    this.#cancelRest?.()
    return this.settled()
  }

  async #run(): Promise<void> {
    // Those whom this turn of the event loop has more for share the first transaction.
    await Promise.resolve()
    while (this.#hasWork() && !this.#parts.signal.aborted && !this.#rest()) {
      await this.#parts.lanes.run(this.server, () => this.#sendNext())
    }
    this.#running = undefined
    if (!this.#hasWork()) this.#parts.done(this)
  }

  #hasWork(): boolean {
    return this.#events === undefined || this.#events.length > 0 || this.#passing.size > 0 || this.#mayHaveEdus || this.#mayHaveKept
  }

  /** Waits where the server is to be left alone for a while. */
  #rest(): boolean {
    const { clock, destinations } = this.#parts
    const until = Math.max(this.#restUntil, destinations.downUntil(this.server) ?? 0)
    if (until <= clock.now()) return false
    this.#passing.clear()
    if (this.size() > 0) this.#events = undefined
    if (this.#hasWork()) this.#cancelRest = clock.setTimer(until - clock.now(), () => this.retry())
    return true
  }

  async #sendNext(): Promise<void> {
    const { signedRequests, signal, log, destinations } = this.#parts
    // It may have waited long for its turn.
    if (signal.aborted || destinations.downUntil(this.server) !== undefined) return
    try {
      const transaction = await this.#next()
      if (transaction === undefined) return
      if (transaction.body === undefined) return await this.#sent(transaction)
      const path = federationPath('v1', 'send', transaction.txnId)
      await this.#settle(transaction, await signedRequests.put(this.server, path, transaction.body, { ...SENDING, signal }))
    } catch (error) {
      // The database did not take or give something: what it knows is what counts.
      log.info({ server: this.server, error: String(error) }, 'Sending to another server has to wait')
      this.#fallBehind()
      this.#refused()
    }
  }

  async #next(): Promise<Transaction | undefined> {
    const { db, clock, composer } = this.#parts
    if (this.#mayHaveKept) {
      const kept = await findKeptTransaction(db, this.server, clock.now() - KEPT_MS)
      if (kept !== undefined) return kept
      this.#mayHaveKept = false
    }
    const keptEdus = await this.#nextEdus()
    const { events, rooms } = await this.#nextEvents()
    const passing = [...this.#passing].slice(0, EDUS_MAX - keptEdus.length)
    for (const [key] of passing) this.#passing.delete(key)
    if (keptEdus.length + rooms.length + passing.length === 0) return undefined
    return composer.compose({ events, rooms, keptEdus, passingEdus: passing.map(([, edu]) => edu) })
  }

  async #nextEdus(): Promise<readonly { readonly pos: number, readonly edu: string }[]> {
    if (!this.#mayHaveEdus) return []
    this.#mayHaveEdus = false
    const edus = await listUnsentEdus(this.#parts.db, this.server, EDUS_MAX)
    if (edus.length === EDUS_MAX) this.#mayHaveEdus = true
    return edus
  }

  async #nextEvents(): Promise<WaitingEvents> {
    if (this.#events !== undefined) {
      const events = this.#events.splice(0, PDUS_MAX)
      return { events, rooms: [...new Map(events.map(({ room, pos }) => [room, pos]))] }
    }
    this.#hasNews = false
    const waiting = await listWaitingEvents(this.#parts.db, this.server, PDUS_MAX)
    if (waiting.rooms.length === 0 && !this.#hasNews) this.#events = []
    return waiting
  }

  async #settle(transaction: Transaction, outcome: RemoteOutcome<JsonObject>): Promise<void> {
    const { count, log } = this.#parts
    if (outcome.ok) {
      this.#logRejected(outcome.value)
      count('taken')
      return this.#sent(transaction)
    }
    if (outcome.reason === 'not-allowed') return this.#sent(transaction)
    if (outcome.reason === 'answered' && REFUSALS.has(outcome.status)) {
      const { status, message } = outcome
      log.warn({ server: this.server, txnId: transaction.txnId, status, error: message }, 'Another server refused a transaction')
      count('refused')
      return this.#sent(transaction)
    }
    if (outcome.reason !== 'down') count('unanswered')
    return this.#unanswered(transaction, outcome)
  }

  async #sent(transaction: Transaction): Promise<void> {
    const { db, sentLog } = this.#parts
    this.#refusals = 0
    this.#unansweredCount = 0
    sentLog.note(this.server, transaction.holds)
    // What is crossed out later would be found and sent again.
    if (this.#events === undefined || transaction.holds.edus !== undefined || transaction.isKept) await sentLog.flush()
    if (!transaction.isKept) return
    await forgetTransaction(db, this.server)
    this.#mayHaveKept = false
  }

  /** The server may have taken it: if it is sent again, then as it is, so that the server knows it. */
  async #unanswered(transaction: Transaction, failure: RemoteFailure): Promise<void> {
    this.#fallBehind()
    if (failure.reason === 'answered') this.#refused()
    if (!transaction.isKept) await keepTransaction(this.#parts.db, this.server, transaction)
    if (this.#unansweredCount > 0) await dropOutdatedEdus(this.#parts.db, [this.server])
    this.#unansweredCount += 1
  }

  #fallBehind(): void {
    this.#events = undefined
    this.#mayHaveEdus = true
    this.#mayHaveKept = true
    this.#passing.clear()
  }

  /** A server that answers with errors is there, and yet is not to be asked without end. */
  #refused(): void {
    this.#restUntil = this.#parts.clock.now() + Math.min(REST_MIN_MS * 2 ** this.#refusals, REST_MAX_MS)
    this.#refusals += 1
  }

  /** The server took the transaction, and may all the same tell of events that it did not want. */
  #logRejected(answer: JsonObject): void {
    const pdus = ownValue(answer, 'pdus')
    if (!isJsonObject(pdus)) return
    for (const [eventId, verdict] of Object.entries(pdus).slice(0, PDUS_MAX)) {
      const error = isJsonObject(verdict) ? ownValue(verdict, 'error') : undefined
      if (typeof error !== 'string') continue
      const told = { server: this.server, eventId: eventId.slice(0, VERDICT_LENGTH_MAX), error: error.slice(0, VERDICT_LENGTH_MAX) }
      this.#parts.log.info(told, 'Another server did not take an event')
    }
  }
}
