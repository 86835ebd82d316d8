import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

export function createRoom({ roomCreation }: Pick<Services, 'roomCreation'>) {
  return endpoint('createRoom', async ({ body, requester }) => ({ room_id: await roomCreation.create(requester, body) }))
}
