import type { WheelTimer } from '../util/timer-wheel.ts'
import type { SyncRequest } from './context.ts'

/** What waits for an answer (http/endpoint.ts). */
export interface Waiter {
  answer(jsonText: string): void
  fail(error: unknown): void
  onClose(run: () => void): void
}

/** A client that waits for news. There are very many of them, so it holds little. */
export class Waiting {
  readonly waiter: Waiter
  readonly user: number
  /** Of the access token with which the client came. */
  readonly tokenId: number
  request: SyncRequest
  /** `reading`: its answer is being worked out; `parked`: there was nothing to tell; `queued`: there may be now. */
  state: 'reading' | 'parked' | 'queued' | 'over' = 'reading'
  /** Something happened while its answer was being worked out. */
  isDirty = false
  timer: WheelTimer | undefined

  constructor(waiter: Waiter, tokenId: number, request: SyncRequest) {
    this.waiter = waiter
    this.tokenId = tokenId
    this.request = request
    this.user = request.reader.user
  }
}
