import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'
import { checkAdmin } from './check-admin.ts'

const STATUS = { waiting: 'active', running: 'active', finished: 'complete', failed: 'failed' } as const

export function getPurgeStatus({ historyPurges }: Pick<Services, 'historyPurges'>) {
  return endpoint('getPurgeStatus', async ({ params, requester }) => {
    checkAdmin(requester)
    const { state, error } = await historyPurges.get(params.purgeId)
    return { status: STATUS[state], ...(state === 'failed' && error !== null ? { error } : {}) }
  })
}
