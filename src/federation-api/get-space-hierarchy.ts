import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/hierarchy/{roomId}`: a space and its children. */
export function getSpaceHierarchy({ servedSpaces }: Pick<Services, 'servedSpaces'>) {
  return federationEndpoint('getSpaceHierarchy', async ({ params, query, origin }) => (
    servedSpaces.get(origin, params.roomId, query.suggested_only ?? false)
  ))
}
