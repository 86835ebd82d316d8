import type { MatrixError } from '../matrix/errors.ts'
import type { Members } from '../members/members.ts'
import type { ToDevice } from '../encryption/to-device.ts'
import type { AccessTokens } from '../users/access-tokens.ts'
import type { Presence } from '../users/presence.ts'
import type { Requester } from '../users/requester.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { TimerWheel } from '../util/timer-wheel.ts'
import { yieldToLoop } from '../util/yield.ts'
import type { ConnectedUsers } from './connected-users.ts'
import type { EventStream, EventsQuery } from './event-stream.ts'
import type { SyncReader } from './sync-reader.ts'
import { readSyncRequest, type SyncQuery, type SyncRequestsParts } from './sync-requests.ts'
import { WakeUps, type WakeUpsParts } from './wake-ups.ts'
import { Waiting, type Waiter } from './waiting.ts'

export interface SyncClientsParts extends SyncRequestsParts, WakeUpsParts {
  readonly reader: SyncReader
  readonly eventStream: EventStream
  readonly connected: ConnectedUsers
  /** Resolves when it is known what changed before the start. */
  readonly lookedBack: Promise<void>
  readonly members: Pick<Members, 'roomsOf' | 'peekRoomsOf' | 'listElsewhere'>
  readonly toDevice: Pick<ToDevice, 'acknowledge'>
  readonly presence: Pick<Presence, 'sawUser' | 'listen'>
  readonly accessTokens: Pick<AccessTokens, 'listen' | 'look' | 'isRemembered' | 'findRefusals'>
  readonly log: Log
  readonly clock: Clock
}

const TIMEOUT_MAX_MS = 300_000
/** So many are answered before anything else gets its turn. */
const SLICE = 200
const FORGET_EVERY_MS = 60_000
/** After a start so long is waited for what makes the first answers cheap. */
const READY_WAIT_MS = 3_000
/** While somebody waits: whether sessions were ended beside this process. */
const LOOK_EVERY_MS = 2_000

/**
 * Answers /sync and /events: at once where there is something to tell, else when there is, or when the client has waited for as long as
 * it wanted. Whoever waits costs a few hundred bytes and no timer of his own.
 */
export class SyncClients {
  readonly #parts: SyncClientsParts
  readonly #connected: ConnectedUsers
  readonly #timers: TimerWheel
  readonly #wakeUps: WakeUps
  readonly #queue: Waiting[] = []
  #ready: Promise<void> | undefined
  #isDraining = false
  #isRunning = false
  #reading = 0
  #idle = Promise.withResolvers<void>()
  #forgetting: (() => void) | undefined
  #looking: (() => void) | undefined

  constructor(parts: SyncClientsParts) {
    this.#parts = parts
    this.#connected = parts.connected
    this.#timers = new TimerWheel(parts.clock)
    this.#ready = parts.lookedBack.then(() => {
      this.#ready = undefined
    })
    this.#wakeUps = new WakeUps(parts, this.#connected, (waiting) => this.#wake(waiting))
    parts.accessTokens.listen((user) => void this.#endRefused(user === undefined ? this.#connected.all() : this.#connected.waitingOf(user)))
  }

  /** Answers a client through its waiter (Client-Server API, Syncing). Errors: M_INVALID_PARAM, and those of filters. */
  async wait(requester: Requester, query: SyncQuery, waiter: Waiter): Promise<void> {
    const { toDevice, presence, reader } = this.#parts
    await this.#untilReady()
    const request = await readSyncRequest(this.#parts, requester, query)
    const timeoutMs = Math.min(query.timeout ?? 0, TIMEOUT_MAX_MS)
    const { user, deviceId } = request.reader
    presence.sawUser(user, deviceId, query.set_presence ?? 'online', timeoutMs)
    // Coming back with a token says that everything up to it has arrived (Send-to-Device messaging).
    if (request.since !== undefined && deviceId !== undefined) await toDevice.acknowledge(user, deviceId, request.since.toDevice)
    await this.#begin(new Waiting(waiter, requester.tokenId, { request, source: reader }), requester, timeoutMs)
  }

  /** The same for who follows the events alone (Client-Server API, GET /events). Errors: those of `EventStream`. */
  async listen(requester: Requester, query: EventsQuery, waiter: Waiter): Promise<void> {
    await this.#untilReady()
    const timeoutMs = Math.min(query.timeout ?? 0, TIMEOUT_MAX_MS)
    // Before the stream begins, so that the client is not told first of itself.
    if (!requester.isGuest) this.#parts.presence.sawUser(requester.user, requester.deviceId, 'online', timeoutMs)
    const opened = await this.#parts.eventStream.open(requester, query)
    await this.#begin(new Waiting(waiter, requester.tokenId, opened), requester, timeoutMs)
  }

  async #untilReady(): Promise<void> {
    if (this.#ready !== undefined) await Promise.race([this.#ready, this.#parts.clock.sleep(READY_WAIT_MS)])
  }

  async #begin(waiting: Waiting, requester: Requester, timeoutMs: number): Promise<void> {
    this.#connected.add(waiting, await this.#parts.members.roomsOf(waiting.user))
    this.#forgetting ??= this.#parts.clock.setTimer(FORGET_EVERY_MS, () => this.#forgetIdle())
    this.#looking ??= this.#parts.clock.setTimer(LOOK_EVERY_MS, () => this.#look())
    waiting.waiter.onClose(() => this.#end(waiting))
    if (timeoutMs > 0 && waiting.state !== 'over') waiting.timer = this.#timers.add(timeoutMs, () => this.#expire(waiting))
    // The session may have ended before anybody could tell that its client waits.
    if (!this.#parts.accessTokens.isRemembered(requester)) await this.#endRefused([waiting])
    if (waiting.state !== 'over') await this.#serve(waiting)
  }

  /** Answers everybody who waits, with nothing if there is nothing, and lets nobody wait from now on. */
  async drain(): Promise<void> {
    this.#isDraining = true
    this.#forgetting?.()
    this.#looking?.()
    for (const waiting of [...this.#connected.all()]) this.#expire(waiting)
    await this.settled()
  }

  /** Resolves when everybody is told who is to be told of what has happened. */
  async settled(): Promise<void> {
    await this.#wakeUps.flush()
    while (this.#isRunning || this.#reading > 0) await this.#idle.promise
  }

  #wake(waiting: Waiting): void {
    if (waiting.state === 'reading') waiting.isDirty = true
    if (waiting.state !== 'parked') return
    waiting.state = 'queued'
    this.#queue.push(waiting)
    if (this.#isRunning) return
    this.#isRunning = true
    void this.#run()
  }

  /** Whoever sent what is told now has his answer first, and nobody holds the loop for long. */
  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await yieldToLoop()
      for (const waiting of this.#queue.splice(0, SLICE)) if (waiting.state === 'queued') void this.#serve(waiting)
    }
    this.#isRunning = false
    this.#settle()
  }

  /** Tells what there is to tell; where there is nothing, waits on. Never throws. */
  async #serve(waiting: Waiting): Promise<void> {
    this.#reading += 1
    try {
      waiting.state = 'reading'
      do {
        waiting.isDirty = false
        const { text, next } = await waiting.source.read(waiting.request)
        if (text !== undefined) return await this.#tell(waiting, text)
        waiting.request = { ...waiting.request, since: next }
      } while (waiting.isDirty && isReading(waiting))
      if (!isReading(waiting)) return
      if (waiting.timer === undefined || this.#isDraining) await this.#answerEmpty(waiting)
      else waiting.state = 'parked'
    } catch (error) {
      this.#end(waiting)
      waiting.waiter.fail(error)
    } finally {
      this.#reading -= 1
      this.#settle()
    }
  }

  /** What the end of a session brings with it, as that its device has no keys left, is no news to the client of that session. */
  async #tell(waiting: Waiting, text: string): Promise<void> {
    if (!this.#parts.accessTokens.isRemembered(waiting)) await this.#endRefused([waiting])
    this.#finish(waiting, text)
  }

  #finish(waiting: Waiting, text: string): void {
    if (waiting.state === 'over') return
    this.#end(waiting)
    waiting.waiter.answer(text)
  }

  #expire(waiting: Waiting): void {
    // What is being read will find no timer and not wait on.
    if (waiting.timer !== undefined) this.#timers.cancel(waiting.timer)
    waiting.timer = undefined
    if (waiting.state !== 'parked') return
    waiting.state = 'reading'
    this.#reading += 1
    this.#answerEmpty(waiting).catch((error: unknown) => {
      this.#end(waiting)
      waiting.waiter.fail(error)
    }).finally(() => {
      this.#reading -= 1
      this.#settle()
    })
  }

  async #answerEmpty(waiting: Waiting): Promise<void> {
    const { since } = waiting.request
    if (since === undefined) throw new Error('Who comes anew is told everything')
    this.#finish(waiting, await waiting.source.writeEmpty(waiting.request, since))
  }

  #end(waiting: Waiting): void {
    if (waiting.timer !== undefined) this.#timers.cancel(waiting.timer)
    waiting.timer = undefined
    waiting.state = 'over'
    this.#connected.remove(waiting, this.#parts.clock.monotonicMs())
  }

  #look(): void {
    this.#looking = this.#connected.size === 0 ? undefined : this.#parts.clock.setTimer(LOOK_EVERY_MS, () => this.#look())
    void this.#parts.accessTokens.look()
  }

  /** Whose session has ended hears so at once. Never throws. */
  async #endRefused(candidates: Iterable<Waiting>): Promise<void> {
    const waiting = [...candidates]
    if (waiting.length === 0) return
    this.#reading += 1
    try {
      const refusals = await this.#parts.accessTokens.findRefusals([...new Set(waiting.map(({ tokenId }) => tokenId))])
      for (const one of waiting) this.#refuse(one, refusals.get(one.tokenId))
    } catch (error) {
      this.#parts.log.info({ error: String(error) }, 'Could not read whose sessions have ended')
    } finally {
      this.#reading -= 1
      this.#settle()
    }
  }

  #refuse(waiting: Waiting, refusal: MatrixError | undefined): void {
    if (refusal === undefined || waiting.state === 'over') return
    this.#end(waiting)
    waiting.waiter.fail(refusal)
  }

  #forgetIdle(): void {
    this.#connected.forgetIdle(this.#parts.clock.monotonicMs() - FORGET_EVERY_MS)
    this.#forgetting = this.#connected.size === 0 ? undefined : this.#parts.clock.setTimer(FORGET_EVERY_MS, () => this.#forgetIdle())
  }

  #settle(): void {
    if (this.#isRunning || this.#reading > 0) return
    const { resolve } = this.#idle
    this.#idle = Promise.withResolvers<void>()
    resolve()
  }
}

/** Asked anew, since the client may have gone while its answer was being worked out. */
function isReading({ state }: Waiting): boolean {
  return state === 'reading'
}
