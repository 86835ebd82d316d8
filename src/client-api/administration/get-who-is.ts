import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** Each device has one session: it keeps its tokens to itself, and only its last connection is remembered. */
export function getWhoIs({ accountModeration }: Pick<Services, 'accountModeration'>) {
  return endpoint('getWhoIs', async ({ params: { userId }, requester }) => {
    const seen = await accountModeration.whereSeen(requester, userId)
    const devices = seen.map(({ deviceId, ip, at, agent }) => {
      const connections = at === null || ip === null ? [] : [{ ip, last_seen: at, ...(agent === null ? {} : { user_agent: agent }) }]
      return [deviceId, { sessions: [{ connections }] }] as const
    })
    return { user_id: userId, devices: Object.fromEntries(devices) }
  })
}
