import { isJsonObject, ownValue, type JsonObject } from '../../matrix/json.ts'
import { federationPath, withQuery } from '../../remote/path.ts'
import type { SignedRequests } from '../../remote/signed-requests.ts'
import type { RemoteSpace, RemoteSpaces } from '../../rooms/directory/remote-spaces.ts'
import { readChildren } from '../../rooms/directory/space-children.ts'
import type { Clock } from '../../util/clock.ts'
import { Lru } from '../../util/lru.ts'
import { readSummary } from './read-summary.ts'

export interface RemoteSpacesParts {
  readonly requests: Pick<SignedRequests, 'get'>
  readonly clock: Clock
}

interface Remembered { readonly space: RemoteSpace, readonly until: number }

const LIMITS = { timeoutMs: 10_000, sizeBytesMax: 4 * 1024 * 1024 }
const REMEMBERED_MAX = 2_000
const REMEMBERED_MS = 5 * 60 * 1000

/** Asks other servers about their spaces, and keeps the answers for a while, since people page through them. */
export class RemoteSpacesByRequests implements RemoteSpaces {
  readonly #parts: RemoteSpacesParts
  readonly #remembered = new Lru<string, Remembered>(REMEMBERED_MAX)

  constructor(parts: RemoteSpacesParts) {
    this.#parts = parts
  }

  async find(roomId: string, servers: readonly string[], suggestedOnly: boolean): Promise<RemoteSpace | undefined> {
    const { requests, clock } = this.#parts
    const name = `${suggestedOnly ? 'suggested' : 'all'} ${roomId}`
    const remembered = this.#remembered.get(name)
    if (remembered !== undefined && clock.monotonicMs() < remembered.until) return remembered.space
    const path = withQuery(federationPath('v1', 'hierarchy', roomId), { suggested_only: String(suggestedOnly) })
    for (const server of servers) {
      const answer = await requests.get(server, path, LIMITS)
      const space = answer.ok ? readSpace(answer.value, roomId, suggestedOnly) : undefined
      if (space === undefined) continue
      this.#remembered.set(name, { space, until: clock.monotonicMs() + REMEMBERED_MS })
      return space
    }
    return undefined
  }
}

function readSpace(answer: JsonObject, roomId: string, suggestedOnly: boolean): RemoteSpace | undefined {
  const told = ownValue(answer, 'room')
  const room = isJsonObject(told) ? readSummary(told) : undefined
  if (!isJsonObject(told) || room?.room_id !== roomId) return undefined
  const inaccessible = ownValue(answer, 'inaccessible_children')
  const childRooms = ownValue(answer, 'children')
  const summaries = Array.isArray(childRooms) ? childRooms.filter(isJsonObject).flatMap((child) => readSummary(child) ?? []) : []
  return {
    room,
    children: readChildren(ownValue(told, 'children_state'), suggestedOnly),
    childRooms: new Map(summaries.map((summary) => [summary.room_id, summary])),
    inaccessible: new Set(Array.isArray(inaccessible) ? inaccessible.filter((id) => typeof id === 'string') : []),
  }
}
