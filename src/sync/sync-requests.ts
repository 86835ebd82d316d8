import type { Stream } from '../streams/stream.ts'
import { parseSyncToken, type SyncToken } from '../streams/tokens.ts'
import { invalidParam } from '../matrix/errors.ts'
import type { ClientTypes } from '../spec/types.ts'
import type { Requester } from '../users/requester.ts'
import { copyText } from '../util/copy-text.ts'
import type { SyncRequest, StateName } from './context.ts'
import type { SyncFilters } from './filters.ts'

/** What /sync takes in its query. */
export type SyncQuery = ClientTypes['sync']['query']

export interface SyncRequestsParts {
  readonly stream: Stream
  readonly filters: SyncFilters
  /** The restore epoch of this server. */
  readonly epoch: number
}

/** Reads what a client asks for. Errors: M_INVALID_PARAM, and those of filters. */
export async function readSyncRequest(
  { stream, filters, epoch }: SyncRequestsParts, requester: Requester, query: SyncQuery,
): Promise<SyncRequest> {
  const { user, userId, deviceId } = requester
  const token = query.since === undefined || query.since === '' ? undefined : copyText(query.since)
  return {
    reader: { user, userId, deviceId },
    since: token === undefined ? undefined : readSince(token, epoch, stream.head()),
    token,
    filter: await filters.resolve(user, query.filter),
    fullState: query.full_state === true,
    stateName: stateNameOf(query),
  }
}

/** A token from before a restore, or from a future that the restore has undone, stands for nothing that is known: all is told anew. */
function readSince(text: string, epoch: number, head: number): SyncToken | undefined {
  const token = parseSyncToken(text)
  if (token === undefined) throw invalidParam('since is no token of this server.')
  return token.epoch === epoch && token.pos <= head ? token : undefined
}

function stateNameOf(query: SyncQuery): StateName {
  if (query.use_state_after === true) return 'state_after'
  return query['org.matrix.msc4222.use_state_after'] === true ? 'org.matrix.msc4222.state_after' : 'state'
}
