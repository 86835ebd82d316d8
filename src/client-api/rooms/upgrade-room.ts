import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { checkNotSuspended } from '../../users/requester-checks.ts'

export function upgradeRoom({ rooms, roomUpgrades }: Pick<Services, 'rooms' | 'roomUpgrades'>) {
  return endpoint('upgradeRoom', async ({ params, body, requester }) => {
    checkNotSuspended(requester)
    const room = await rooms.get(params.roomId)
    const { new_version: version, additional_creators: additionalCreators } = body
    return { replacement_room: await roomUpgrades.upgrade(requester, room, { version, additionalCreators }) }
  })
}
