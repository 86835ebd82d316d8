import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/version` */
export function getVersion({ version }: Pick<Services, 'version'>) {
  return federationEndpoint('getVersion', async () => ({ server: { name: 'Hearth', version } }))
}
