import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function updateAppserviceRoomDirectoryVisibility({ roomFinder, directory }: Pick<Services, 'roomFinder' | 'directory'>) {
  return endpoint('updateAppserviceRoomDirectoryVisibility', async ({ params, body, requester }) => {
    const room = await roomFinder.getById(params.roomId)
    await directory.setVisibilityInNetwork(room, requester, params.networkId, body.visibility)
    return {}
  })
}
