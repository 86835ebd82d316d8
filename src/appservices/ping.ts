import { forbidden, MatrixError } from '../matrix/errors.ts'
import type { ApplicationService } from '../users/application-services.ts'
import type { Clock } from '../util/clock.ts'
import type { AppserviceRequests } from './requests.ts'

export interface PingParts {
  readonly clock: Clock
  readonly requests: AppserviceRequests
  readonly queues: { retryNow(appserviceId: string): void }
}

const TIMEOUT_MS = 10_000

/** Lets application services find out whether this server reaches them (Application Service API, Pinging). */
export class Ping {
  readonly #parts: PingParts

  constructor(parts: PingParts) {
    this.#parts = parts
  }

  /**
   * How long the application service took to answer, in milliseconds.
   * Errors: M_FORBIDDEN for another one than who asks, M_URL_NOT_SET, M_BAD_STATUS, M_CONNECTION_FAILED, M_CONNECTION_TIMEOUT.
   */
  async ping(asking: ApplicationService | undefined, appserviceId: string, transactionId: string | undefined): Promise<number> {
    if (asking === undefined || asking.id !== appserviceId) throw forbidden('That is not your own name.')
    const { clock, requests, queues } = this.#parts
    const startMs = clock.monotonicMs()
    const body = JSON.stringify(transactionId === undefined ? {} : { transaction_id: transactionId })
    const answer = await requests.ask(asking, { method: 'POST', path: '/ping', body, timeoutMs: TIMEOUT_MS })
    if (answer === undefined) throw new MatrixError('M_URL_NOT_SET', 'The registration of the application service has no URL.')
    if (!answer.ok) {
      if (answer.problem === 'time') throw new MatrixError('M_CONNECTION_TIMEOUT', 'The application service did not answer in time.')
      throw new MatrixError('M_CONNECTION_FAILED', `The application service was not reached: ${answer.message}`)
    }
    if (answer.status < 200 || answer.status > 299) {
      const fields = { status: answer.status, body: answer.text }
      throw new MatrixError('M_BAD_STATUS', 'The application service answered with an error.', { fields })
    }
    queues.retryNow(appserviceId)
    return Math.round(clock.monotonicMs() - startMs)
  }
}
