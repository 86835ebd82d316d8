import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getRoomVisibilityOnDirectory({ directory }: Pick<Services, 'directory'>) {
  return endpoint('getRoomVisibilityOnDirectory', async ({ params }) => ({ visibility: await directory.visibilityOf(params.roomId) }))
}
