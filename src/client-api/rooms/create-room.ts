import { endpoint } from '../../http/endpoint.ts'
import { MatrixError } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

export function createRoom({ roomCreation, rooms, addressInvites }: Pick<Services, 'roomCreation' | 'rooms' | 'addressInvites'>) {
  return endpoint('createRoom', async ({ body, requester, log }) => {
    const roomId = await roomCreation.create(requester, body)
    for (const address of body.invite_3pid ?? []) {
      try {
        await addressInvites.invite(requester, await rooms.get(roomId), address)
      } catch (error) {
        // The room is there: whoever could not be invited is invited once more, or not.
        if (!(error instanceof MatrixError)) throw error
        log.info({ room: roomId, error: error.message }, 'An address could not be invited')
      }
    }
    return { room_id: roomId }
  })
}
