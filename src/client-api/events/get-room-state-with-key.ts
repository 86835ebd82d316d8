import { endpoint } from '../../http/endpoint.ts'
import { preSerialized } from '../../http/reply.ts'
import { notFound } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

export function getRoomStateWithKey({ rooms, stateReader, clientEvents }: Pick<Services, 'rooms' | 'stateReader' | 'clientEvents'>) {
  return endpoint('getRoomStateWithKey', async ({ params, query, requester }) => {
    const room = await rooms.get(params.roomId)
    const access = await stateReader.accessOf(room, requester)
    const event = await stateReader.find(room, access, params.eventType, params.stateKey)
    if (event === undefined) throw notFound('The room has no such state.')
    if (query.format !== 'event') return event.content
    const [text] = await clientEvents.format([event], { reader: requester, withRoomId: true })
    return preSerialized(text ?? '{}')
  })
}
