import { federationEndpoint } from '../http/endpoint.ts'
import type { Services } from '../services.ts'

/** `GET /_matrix/federation/v1/user/devices/{userId}`: all devices of a user of ours that have keys. */
export function getUserDevices({ encryption }: Pick<Services, 'encryption'>) {
  return federationEndpoint('getUserDevices', ({ params }) => encryption.keysForServers.listDevices(params.userId))
}
