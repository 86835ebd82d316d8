import type { JsonObject } from '../../matrix/json.ts'

/** Takes in EDUs of one kind. */
export interface EduHandler {
  /** Whether they must not be lost once their transaction was answered. */
  readonly isKept: boolean
  /**
   * Takes in what a server says. It is not believed about users of other servers; what is not as it should be is passed over.
   * Kept ones may come twice.
   */
  take(origin: string, content: JsonObject): Promise<void>
}

/** By `edu_type`; of the others nothing is known here. */
export type EduHandlers = ReadonlyMap<string, EduHandler>
