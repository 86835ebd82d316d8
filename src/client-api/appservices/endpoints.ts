import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { getProtocolMetadata } from './get-protocol-metadata.ts'
import { getProtocols } from './get-protocols.ts'
import { pingAppservice } from './ping-appservice.ts'
import { queryLocationByAlias } from './query-location-by-alias.ts'
import { queryLocationByProtocol } from './query-location-by-protocol.ts'
import { queryUserByID } from './query-user-by-id.ts'
import { queryUserByProtocol } from './query-user-by-protocol.ts'
import { updateAppserviceRoomDirectoryVisibility } from './update-appservice-room-directory-visibility.ts'

/** Application services and the networks that they lead to. */
export const appserviceEndpoints: readonly ((services: Services) => Endpoint)[] = [
  pingAppservice,
  updateAppserviceRoomDirectoryVisibility,
  getProtocols,
  getProtocolMetadata,
  queryLocationByProtocol,
  queryUserByProtocol,
  queryLocationByAlias,
  queryUserByID,
]
