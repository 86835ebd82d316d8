import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function deleteRoomTag({ tags }: Pick<Services, 'tags'>) {
  return endpoint('deleteRoomTag', async ({ params, requester }) => {
    checkIsOwn(requester, params.userId)
    await tags.delete(requester.user, params.roomId, params.tag)
    return {}
  })
}
