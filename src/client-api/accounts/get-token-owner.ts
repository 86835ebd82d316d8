import { endpoint } from '../../http/endpoint.ts'

export function getTokenOwner() {
  return endpoint('getTokenOwner', async ({ requester: { userId, deviceId, isGuest } }) => ({
    user_id: userId, is_guest: isGuest, ...(deviceId === undefined ? {} : { device_id: deviceId }),
  }))
}
