import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getSpaceHierarchy({ spaceHierarchies }: Pick<Services, 'spaceHierarchies'>) {
  return endpoint('getSpaceHierarchy', async ({ params, query, requester }) => spaceHierarchies.page(requester, params.roomId, {
    suggestedOnly: query.suggested_only ?? false,
    limit: query.limit,
    depthMax: query.max_depth,
    from: query.from,
  }))
}
