import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/event/{eventId}`: one event, as a transaction. */
export function getEvent({ clock, config, servedRooms }: Pick<Services, 'clock' | 'config' | 'servedRooms'>) {
  return federationEndpoint('getEvent', async ({ params, origin }) => {
    const pdu = await servedRooms.getEvent(origin, params.eventId)
    return { origin: config.serverName, origin_server_ts: clock.now(), pdus: [pdu] }
  })
}
