import type { JsonObject } from '../matrix/json.ts'

/** Port: what other servers tell of their users. */
export interface RemoteProfiles {
  /** The profile of a user of the server. Throws M_NOT_FOUND, or M_UNKNOWN (502) where the server does not answer. */
  get(server: string, userId: string): Promise<JsonObject>
}
