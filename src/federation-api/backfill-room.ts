import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/backfill/{roomId}`: events and those before them, as a transaction. */
export function backfillRoom({ clock, config, servedRooms }: Pick<Services, 'clock' | 'config' | 'servedRooms'>) {
  return federationEndpoint('backfillRoom', async ({ params, query, origin }) => {
    const pdus = await servedRooms.backfill(origin, params.roomId, query.v, query.limit)
    return { origin: config.serverName, origin_server_ts: clock.now(), pdus }
  })
}
