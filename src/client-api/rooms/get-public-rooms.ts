import { endpoint } from '../../http/endpoint.ts'
import { MatrixError } from '../../matrix/errors.ts'
import type { Services } from '../../services.ts'

export function getPublicRooms({ config, directory }: Pick<Services, 'config' | 'directory'>) {
  return endpoint('getPublicRooms', async ({ query, requester }) => {
    const isOpen = requester !== undefined || config.rooms.publicListWithoutAuth
    if (!isOpen) throw new MatrixError('M_MISSING_TOKEN', 'Log in to see the rooms of this server.')
    return directory.list(query)
  })
}
