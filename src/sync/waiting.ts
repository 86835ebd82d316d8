import type { WheelTimer } from '../util/timer-wheel.ts'
import type { AnswerSource, SyncRequest } from './context.ts'

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
  readonly source: AnswerSource
  /** The number of a room that is followed from outside. */
  readonly watched: number | undefined
  request: SyncRequest
  /** `reading`: its answer is being worked out; `parked`: there was nothing to tell; `queued`: there may be now. */
  state: 'reading' | 'parked' | 'queued' | 'over' = 'reading'
  /** Something happened while its answer was being worked out. */
  isDirty = false
  timer: WheelTimer | undefined

  constructor(
    waiter: Waiter, tokenId: number, { request, source, watched }: Pick<Waiting, 'request' | 'source'> & { readonly watched?: number },
  ) {
    this.waiter = waiter
    this.tokenId = tokenId
    this.source = source
    this.watched = watched
    this.request = request
    this.user = request.reader.user
  }
}
