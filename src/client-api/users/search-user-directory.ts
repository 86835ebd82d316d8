import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function searchUserDirectory({ userDirectory }: Pick<Services, 'userDirectory'>) {
  return endpoint('searchUserDirectory', async ({ body, requester }) => {
    return userDirectory.search(requester.user, body.search_term, body.limit)
  })
}
