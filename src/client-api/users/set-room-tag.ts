import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function setRoomTag({ tags }: Pick<Services, 'tags'>) {
  return endpoint('setRoomTag', async ({ params, body, requester }) => {
    checkIsOwn(requester, params.userId)
    await tags.set(requester.user, params.roomId, params.tag, body)
    return {}
  })
}
