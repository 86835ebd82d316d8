import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import type { Services } from '../../services.ts'

export function getRoomState({ rooms, stateReader, clientEvents }: Pick<Services, 'rooms' | 'stateReader' | 'clientEvents'>) {
  return endpoint('getRoomState', async ({ params, requester }) => {
    const room = await rooms.get(params.roomId)
    const events = await stateReader.list(room, await stateReader.accessOf(room, requester))
    const texts = await clientEvents.format(events, { reader: requester, withRoomId: true })
    return preSerialized(`[${texts.join(',')}]`)
  })
}
