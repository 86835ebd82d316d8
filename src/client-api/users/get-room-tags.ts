import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function getRoomTags({ tags }: Pick<Services, 'tags'>) {
  return endpoint('getRoomTags', async ({ params, requester }) => {
    checkIsOwn(requester, params.userId)
    return { tags: await tags.list(requester.user, params.roomId) }
  })
}
