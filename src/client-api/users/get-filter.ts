import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function getFilter({ filters }: Pick<Services, 'filters'>) {
  return endpoint('getFilter', async ({ params, requester }) => {
    checkIsOwn(requester, params.userId)
    return filters.get(requester.user, params.filterId)
  })
}
