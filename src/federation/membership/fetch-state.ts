import { federationPath, withQuery } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { StateEvents } from '../../rooms/remote-rooms.ts'
import { listObjects } from './asking.ts'

/** The state of a large room takes its time. */
const TIMEOUT_MS = 300_000

/** The whole state before an event, as a server tells it; undefined where it does not. To stop waiting is no fault of the server's. */
export async function fetchState(
  requests: Pick<SignedRequests, 'get'>, server: string, { roomId, eventId }: { readonly roomId: string, readonly eventId: string },
  signal: AbortSignal,
): Promise<StateEvents | undefined> {
  const path = withQuery(federationPath('v1', 'state', roomId), { event_id: eventId })
  const answer = await requests.get(server, path, { timeoutMs: TIMEOUT_MS, signal })
  return answer.ok ? { state: listObjects(answer.value, 'pdus'), authChain: listObjects(answer.value, 'auth_chain') } : undefined
}
