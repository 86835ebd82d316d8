import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkIsOwn } from '../../users/requester-checks.ts'

export function defineFilter({ filters }: Pick<Services, 'filters'>) {
  return endpoint('defineFilter', async ({ params, body, requester }) => {
    checkIsOwn(requester, params.userId)
    return { filter_id: await filters.define(requester.user, body) }
  })
}
