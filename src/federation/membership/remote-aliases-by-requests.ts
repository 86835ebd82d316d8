import { notFound } from '../../matrix/errors.ts'
import { isRoomId, serverNameOf } from '../../matrix/ids.ts'
import { ownValue } from '../../matrix/json.ts'
import { federationPath, withQuery } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { RemoteAliases, RoomTarget } from '../../rooms/remote-memberships.ts'
import { valueOf } from './asking.ts'

/** Asks the servers of aliases for their rooms (Server-Server API, Querying for information). */
export class RemoteAliasesByRequests implements RemoteAliases {
  readonly #requests: Pick<SignedRequests, 'get'>

  constructor(requests: Pick<SignedRequests, 'get'>) {
    this.#requests = requests
  }

  async get(alias: string): Promise<RoomTarget> {
    const server = serverNameOf(alias) ?? ''
    const path = withQuery(federationPath('v1', 'query', 'directory'), { room_alias: alias })
    const answer = valueOf(server, await this.#requests.get(server, path, { ignoreBackOff: true }))
    const roomId = ownValue(answer, 'room_id')
    const servers = ownValue(answer, 'servers')
    if (!isRoomId(roomId)) throw notFound(`${server} names no room for ${alias}.`)
    return { roomId, servers: [server, ...Array.isArray(servers) ? servers.filter((each) => typeof each === 'string') : []] }
  }
}
