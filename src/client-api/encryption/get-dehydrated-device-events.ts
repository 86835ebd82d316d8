import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `GET /dehydrated_device/{deviceId}/events`. Specification: MSC3814, Rehydrating a device. */
export function getDehydratedDeviceEvents({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('getDehydratedDeviceEvents', async ({ params, query, requester }) => {
    const { events, next, isMore } = await encryption.dehydratedDevices.listEvents(requester.user, params.deviceId, query)
    return { events: events.map((text): object => JSON.parse(text)), ...(isMore ? { next_batch: next } : {}) }
  })
}
