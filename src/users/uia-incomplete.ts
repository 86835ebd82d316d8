import { MatrixError } from '../matrix/errors.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Errcode } from '../spec/errcodes.ts'

export interface UiaState extends JsonObject {
  readonly session: string
  readonly flows: readonly { readonly stages: readonly string[] }[]
  readonly params: JsonObject
  readonly completed: readonly string[]
}

export interface StageFailure {
  readonly errcode: Errcode
  readonly error: string
}

/**
 * The 401 that asks for another stage. It carries an errcode only if a stage has failed: clients take one for a
 * failure (Client-Server API, User-interactive API in the REST API).
 */
export class UiaIncomplete extends MatrixError {
  readonly #state: UiaState
  readonly #failure: StageFailure | undefined

  constructor(state: UiaState, failure?: StageFailure) {
    super(failure?.errcode ?? 'M_UNAUTHORIZED', failure?.error ?? 'More authentication is needed.', { status: 401 })
    this.#state = state
    this.#failure = failure
  }

  override body(): JsonObject {
    return { ...this.#state, ...this.#failure }
  }
}
