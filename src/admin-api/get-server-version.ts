import { endpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_synapse/admin/v1/server_version`, as Synapse's tools ask for it. */
export function getServerVersion({ version }: Pick<Services, 'version'>) {
  return endpoint('getServerVersion', async () => ({ server_version: `Hearth ${version}` }))
}
