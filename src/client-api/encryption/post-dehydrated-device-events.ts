import { endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'

/** `POST /dehydrated_device/{deviceId}/events`, as clients of an earlier draft of MSC3814 ask: until a page is empty. */
export function postDehydratedDeviceEvents({ encryption }: Pick<Services, 'encryption'>) {
  return endpoint('postDehydratedDeviceEvents', async ({ params, body, requester }) => {
    const wish = body.next_batch === undefined ? {} : { from: body.next_batch }
    const { events, next } = await encryption.dehydratedDevices.listEvents(requester.user, params.deviceId, wish)
    return { events: events.map((text): object => JSON.parse(text)), next_batch: next }
  })
}
