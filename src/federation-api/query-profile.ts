import { federationEndpoint } from '../http/endpoint.ts'
import { invalidParam } from '../matrix/errors.ts'
import { isUserId } from '../matrix/ids.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/query/profile`: what a user of ours tells about himself, or one field of it. */
export function queryProfile({ profiles }: Pick<Services, 'profiles'>) {
  return federationEndpoint('queryProfile', async ({ query }) => {
    if (!isUserId(query.user_id)) throw invalidParam('user_id is no user id.')
    const profile = await profiles.getOwn(query.user_id)
    const { field } = query
    if (field === undefined) return profile
    return Object.fromEntries(Object.entries(profile).filter(([key]) => key === field))
  })
}
