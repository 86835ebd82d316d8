import { ownValue, type JsonObject } from '../../matrix/json.ts'
import { federationPath, withQuery } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { PublicRoomsFilter, RemotePublicRooms } from '../../rooms/directory/remote-public-rooms.ts'
import type { PublicRoomsResponse } from '../../spec/types.ts'
import { listObjects, valueOf } from '../membership/asking.ts'
import { readPublicRoom } from './read-summary.ts'

const LIMITS = { timeoutMs: 20_000, sizeBytesMax: 8 * 1024 * 1024 }

/** Asks other servers for their lists of public rooms (Server-Server API, Public Room Directory). */
export class RemotePublicRoomsByRequests implements RemotePublicRooms {
  readonly #requests: Pick<SignedRequests, 'get' | 'post'>

  constructor(requests: Pick<SignedRequests, 'get' | 'post'>) {
    this.#requests = requests
  }

  async list(server: string, filter: PublicRoomsFilter): Promise<PublicRoomsResponse> {
    const answer = valueOf(server, await this.#ask(server, filter))
    const estimate = Number(ownValue(answer, 'total_room_count_estimate'))
    return {
      chunk: listObjects(answer, 'chunk').slice(0, filter.limit).flatMap((room) => readPublicRoom(room) ?? []),
      next_batch: textOf(answer, 'next_batch'),
      prev_batch: textOf(answer, 'prev_batch'),
      total_room_count_estimate: Number.isSafeInteger(estimate) ? estimate : undefined,
    }
  }

  #ask(server: string, { limit, since, searchTerm, roomTypes, includeAllNetworks, instanceId }: PublicRoomsFilter) {
    const path = federationPath('v1', 'publicRooms')
    const page = {
      ...(limit === undefined ? {} : { limit }),
      ...(since === undefined ? {} : { since }),
      ...(includeAllNetworks === undefined ? {} : { include_all_networks: includeAllNetworks }),
      ...(instanceId === undefined ? {} : { third_party_instance_id: instanceId }),
    }
    // Not every server understands a search; all of them tell the whole list.
    if (searchTerm === undefined && roomTypes === undefined) return this.#requests.get(server, withQuery(path, page), LIMITS)
    const filter = {
      ...(searchTerm === undefined ? {} : { generic_search_term: searchTerm }),
      ...(roomTypes === undefined ? {} : { room_types: roomTypes }),
    }
    return this.#requests.post(server, path, { ...page, filter }, LIMITS)
  }
}

function textOf(answer: JsonObject, key: string): string | undefined {
  const value = ownValue(answer, key)
  return typeof value === 'string' ? value : undefined
}
