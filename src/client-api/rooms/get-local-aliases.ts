import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

export function getLocalAliases({ rooms, stateReader, aliases }: Pick<Services, 'rooms' | 'stateReader' | 'aliases'>) {
  return endpoint('getLocalAliases', async ({ params, requester }) => {
    const room = await rooms.get(params.roomId)
    await stateReader.accessOf(room, requester)
    return { aliases: await aliases.listOfRoom(room.nid) }
  })
}
