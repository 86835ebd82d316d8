import { preSerialized, type Reply } from '../../http/reply.ts'
import { pageSize } from '../../rooms/reading/page-tokens.ts'
import type { Services } from '../../services.ts'
import type { Requester } from '../../users/requester.ts'

interface Params { readonly roomId: string, readonly eventId: string, readonly relType?: string, readonly eventType?: string }

interface Query {
  readonly from?: string
  readonly to?: string
  readonly limit?: number
  readonly dir?: 'b' | 'f'
  readonly recurse?: boolean
}

interface Request { readonly params: Params, readonly query: Query, readonly requester: Requester }

/** What the three operations on relations have in common: they ask for all, for one type of relation, or for one of event too. */
export async function answerRelations(
  { rooms, relations }: Pick<Services, 'rooms' | 'relations'>, { params, query, requester }: Request,
): Promise<Reply> {
  const { roomId, eventId, relType, eventType } = params
  const { from, to, dir = 'b', recurse = false } = query
  const limit = pageSize(query.limit, { byDefault: 5, max: 1000, min: 1 })
  const page = await relations.list(await rooms.get(roomId), requester, { eventId, relType, eventType, from, to, limit, dir, recurse })
  const rest = { next_batch: page.nextBatch, prev_batch: page.prevBatch, recursion_depth: page.recursionDepth }
  const fields = JSON.stringify(rest).slice(1)
  return preSerialized(`{"chunk":[${page.chunk.join(',')}]${fields === '}' ? '' : ','}${fields}`)
}
