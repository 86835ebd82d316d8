import type { RemoteKeys } from '../../encryption/remote-keys.ts'
import type { Remote } from '../../remote/build-remote.ts'
import type { RemoteAliases } from '../../rooms/remote-memberships.ts'
import type { PolicyServers } from '../../rooms/policy-servers.ts'
import type { RemotePublicRooms } from '../../rooms/directory/remote-public-rooms.ts'
import type { RemoteSpaces } from '../../rooms/directory/remote-spaces.ts'
import type { RemoteProfiles } from '../../users/remote-profiles.ts'
import type { Log } from '../../util/log.ts'
import { RemoteAliasesByRequests } from '../membership/remote-aliases-by-requests.ts'
import { DeviceListResync } from './device-list-resync.ts'
import { FollowedRemoteKeys } from './followed-remote-keys.ts'
import { PatientRequests } from './patient-requests.ts'
import { PolicyServersByRequests } from './policy-servers-by-requests.ts'
import { RemoteDeviceLists, type RemoteDeviceListsParts } from './remote-device-lists.ts'
import { RemoteKeysByRequests } from './remote-keys-by-requests.ts'
import { RemoteProfilesByRequests } from './remote-profiles-by-requests.ts'
import { RemotePublicRoomsByRequests } from './remote-public-rooms-by-requests.ts'
import { RemoteSpacesByRequests } from './remote-spaces-by-requests.ts'

/** What the folders above ask other servers for. */
export interface Asking {
  readonly remoteAliases: RemoteAliases
  readonly policyServers: PolicyServers
  readonly remoteKeys: RemoteKeys
  readonly remoteDeviceLists: RemoteDeviceLists
  readonly deviceListResync: DeviceListResync
  readonly remoteProfiles: RemoteProfiles
  readonly remotePublicRooms: RemotePublicRooms
  readonly remoteSpaces: RemoteSpaces
}

export interface AskingParts extends RemoteDeviceListsParts, Pick<Remote, 'signedRequests' | 'destinations'> {
  readonly log: Log
}

/** Builds the ports by which the folders above ask other servers. */
export function buildAsking(parts: AskingParts): Asking {
  const { signedRequests: requests, clock } = parts
  const remoteDeviceLists = new RemoteDeviceLists(parts)
  return {
    remoteDeviceLists,
    deviceListResync: new DeviceListResync({ ...parts, lists: remoteDeviceLists }),
    policyServers: new PolicyServersByRequests(requests),
    remoteAliases: new RemoteAliasesByRequests(requests),
    remoteKeys: new FollowedRemoteKeys(remoteDeviceLists, new RemoteKeysByRequests(new PatientRequests({ ...parts, requests }))),
    remoteProfiles: new RemoteProfilesByRequests(requests),
    remotePublicRooms: new RemotePublicRoomsByRequests(requests),
    remoteSpaces: new RemoteSpacesByRequests({ requests, clock }),
  }
}
