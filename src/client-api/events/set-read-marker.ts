import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function setReadMarker({ rooms, readMarkers }: Pick<Services, 'rooms' | 'readMarkers'>) {
  return endpoint('setReadMarker', async ({ params, body, requester }) => {
    const { 'm.fully_read': fullyRead, 'm.read': read, 'm.read.private': privatelyRead } = body
    await readMarkers.set(await rooms.get(params.roomId), requester, { fullyRead, read, privatelyRead })
    return {}
  })
}
