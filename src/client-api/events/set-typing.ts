import { endpoint } from '../../http/endpoint.ts'
import { forbidden } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

export function setTyping({ rooms, typing }: Pick<Services, 'rooms' | 'typing'>) {
  return endpoint('setTyping', async ({ params, body, requester }) => {
    if (params.userId !== requester.userId) throw forbidden('You cannot type for somebody else.')
    typing.say(await rooms.get(params.roomId), requester.userId, { typing: body.typing, timeoutMs: body.timeout })
    return {}
  })
}
