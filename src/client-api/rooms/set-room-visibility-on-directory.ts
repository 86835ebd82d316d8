import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function setRoomVisibilityOnDirectory({ roomFinder, directory }: Pick<Services, 'roomFinder' | 'directory'>) {
  return endpoint('setRoomVisibilityOnDirectory', async ({ params, body, requester }) => {
    await directory.setVisibility(await roomFinder.getById(params.roomId), requester, body.visibility ?? 'public')
    return {}
  })
}
