import { federationEndpoint } from '../http/endpoint.ts'
import { preSerialized } from '../http/reply.ts'
import { canonicalJson } from '../matrix/canonical-json.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/key/v2/server`: our keys, signed with themselves. Specification: Server-Server API, 3.2.1 Publishing Keys. */
export function getServerKey({ clock, ownKeys }: Pick<Services, 'clock' | 'ownKeys'>) {
  return federationEndpoint('getServerKey', async () => preSerialized(canonicalJson(ownKeys.published(clock.now()))))
}
