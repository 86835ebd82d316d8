import type { ToDevice } from '../encryption/to-device.ts'
import { findAppserviceQueue, saveAppserviceQueue, type AppserviceQueueRow } from '../store/appservice-queues.ts'
import type { Db } from '../store/database.ts'
import type { Stream } from '../streams/stream.ts'
import type { ApplicationService } from '../users/application-services.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Composer } from './compose.ts'
import type { AppserviceRequests } from './requests.ts'
import { isEmpty, writeTransaction, type CarriedMessage } from './transaction.ts'

export interface QueueParts {
  readonly db: Db
  readonly stream: Stream
  readonly clock: Clock
  readonly log: Log
  readonly toDevice: Pick<ToDevice, 'acknowledgeEach'>
  readonly requests: AppserviceRequests
  /** Counts the restores from a backup, after which numbers of transactions come again. */
  readonly epoch: number
}

/** An application service that does not answer is tried again after a second, then after twice as long each time, up to this. */
const RETRY_MAX_MS = 512_000
/** So many positions of no concern are passed before that is written down. */
const UNSAVED_MAX = 1000

/**
 * Sends an application service all that concerns it, in order and one transaction after the other. A transaction is written down
 * before it is sent, so that it is the same when it is sent again, also after a restart (Application Service API, Pushing events).
 */
export class AppserviceQueue {
  readonly service: ApplicationService
  readonly #parts: QueueParts
  readonly #composer: Composer
  #state: AppserviceQueueRow
  #savedPos: number
  #failures = 0
  /** At first it is not known what waits. */
  #hasMore = true
  #isClosed = false
  #isRunning = false
  #running: Promise<void> = Promise.resolve()
  #cancelRetry: (() => void) | undefined

  static async open(parts: QueueParts, service: ApplicationService, composer: Composer): Promise<AppserviceQueue> {
    const begun = { pos: parts.stream.head(), txn: 1, pending: null, carried: null }
    const saved = await findAppserviceQueue(parts.db, service.id)
    if (saved === undefined) await saveAppserviceQueue(parts.db, service.id, begun, parts.stream.fence)
    return new AppserviceQueue(parts, service, composer, saved ?? begun)
  }

  private constructor(parts: QueueParts, service: ApplicationService, composer: Composer, state: AppserviceQueueRow) {
    this.service = service
    this.#parts = parts
    this.#composer = composer
    this.#state = state
    this.#savedPos = state.pos
  }

  start(): void {
    this.#composer.start(() => this.wake())
    this.#parts.stream.listen((changes) => {
      let concerns = false
      for (const change of changes) if (this.#composer.note(change)) concerns = true
      if (concerns) this.wake()
    })
    this.wake()
  }

  /** Looks whether there is something to send, unless it waits for the application service to come back. */
  wake(): void {
    if (this.#isRunning || this.#isClosed || this.#cancelRetry !== undefined) return
    this.#isRunning = true
    this.#running = this.#run()
  }

  /** The application service is there: what waits for it to come back is sent at once. */
  retryNow(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.wake()
  }

  /** Resolves when everything is sent that can be sent now. */
  async settled(): Promise<void> {
    while (this.#isRunning) await this.#running
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry?.()
    await this.settled()
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isClosed && await this.#step()) this.#failures = 0
    } catch (error) {
      this.#parts.log.info({ appservice: this.service.id, error: String(error) }, 'An application service could not be told what happened')
      this.#retryLater()
    } finally {
      this.#isRunning = false
    }
    if (this.#isIdle()) return
    this.wake()
  }

  #isIdle(): boolean {
    return this.#state.pending === null && !this.#hasMore && this.#composer.isQuiet && this.#state.pos >= this.#parts.stream.head()
  }

  /** False when there is nothing to do now. */
  async #step(): Promise<boolean> {
    if (this.#state.pending !== null) return this.#send(this.#state.pending)
    return this.#compose()
  }

  async #compose(): Promise<boolean> {
    if (this.#isIdle()) return false
    const transaction = await this.#composer.compose(this.#state.pos, this.#parts.stream.head())
    this.#hasMore = transaction.hasMore
    const { upTo: pos, carried } = transaction
    if (!isEmpty(transaction)) {
      await this.#save({ ...this.#state, pos, pending: writeTransaction(transaction), carried: JSON.stringify(carried) })
    } else if (pos - this.#savedPos > UNSAVED_MAX) await this.#save({ ...this.#state, pos })
    else this.#state = { ...this.#state, pos }
    this.#composer.confirm()
    return true
  }

  async #send(body: string): Promise<boolean> {
    const { txn, carried, pos } = this.#state
    const answer = await this.#parts.requests.ask(this.service, { method: 'PUT', path: `/transactions/${this.#parts.epoch}_${txn}`, body })
    if (answer?.ok !== true || answer.status < 200 || answer.status > 299) {
      const problem = answer?.ok === true ? `status ${answer.status}` : answer?.message
      this.#parts.log.info({ appservice: this.service.id, txn, problem }, 'An application service did not take a transaction')
      this.#retryLater()
      return false
    }
    await this.#parts.toDevice.acknowledgeEach(JSON.parse(carried ?? '[]') as CarriedMessage[])
    await this.#save({ pos, txn: txn + 1, pending: null, carried: null })
    return true
  }

  async #save(state: AppserviceQueueRow): Promise<void> {
    await saveAppserviceQueue(this.#parts.db, this.service.id, state, this.#parts.stream.fence)
    this.#state = state
    this.#savedPos = state.pos
  }

  #retryLater(): void {
    const delayMs = Math.min(1000 * 2 ** this.#failures, RETRY_MAX_MS)
    this.#failures += 1
    this.#cancelRetry = this.#parts.clock.setTimer(delayMs, () => this.retryNow())
  }
}
