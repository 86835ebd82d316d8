import { endpoint } from '../http/endpoint.ts'
import { missingParam, MatrixError } from '../matrix/errors.ts'
import type { Services } from '../services.ts'

export function inviteUser({ rooms, membership }: Pick<Services, 'rooms' | 'membership'>) {
  return endpoint('inviteUser', async ({ params, body, requester }) => {
    if (body.medium !== undefined) throw new MatrixError('M_THREEPID_DENIED', 'This server sends no invites by e-mail or phone.')
    if (body.user_id === undefined) throw missingParam('user_id is missing.')
    await membership.invite(requester, await rooms.get(params.roomId), body.user_id, { reason: body.reason })
    return {}
  })
}
