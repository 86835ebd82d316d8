import { parseMxc } from '../../matrix/ids.ts'
import type { JsonObject } from '../../matrix/json.ts'
import { federationPath, withQuery } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { RemoteProfiles } from '../../users/remote-profiles.ts'
import { valueOf } from '../membership/asking.ts'

const LIMITS = { timeoutMs: 10_000, sizeBytesMax: 128 * 1024 }

/** Asks the servers of users for their profiles (Server-Server API, Querying for information). */
export class RemoteProfilesByRequests implements RemoteProfiles {
  readonly #requests: Pick<SignedRequests, 'get'>

  constructor(requests: Pick<SignedRequests, 'get'>) {
    this.#requests = requests
  }

  async get(server: string, userId: string): Promise<JsonObject> {
    const path = withQuery(federationPath('v1', 'query', 'profile'), { user_id: userId })
    const { displayname, avatar_url: avatarUrl, ...fields } = valueOf(server, await this.#requests.get(server, path, LIMITS))
    return {
      ...fields,
      ...(typeof displayname === 'string' ? { displayname } : {}),
      ...(typeof avatarUrl === 'string' && parseMxc(avatarUrl) !== undefined ? { avatar_url: avatarUrl } : {}),
    }
  }
}
