import { canonicalJson } from '../../matrix/canonical-json.ts'
import { MatrixError } from '../../matrix/errors.ts'
import { serverNameOf } from '../../matrix/ids.ts'
import type { AuthChains } from '../../rooms/auth-chains/auth-chains.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import { heroesOf } from '../../rooms/heroes.ts'
import type { RoomEvent } from '../../rooms/room-event.ts'
import type { Room } from '../../rooms/room.ts'
import { stateBefore, type StateReference } from '../../rooms/state/state-reference.ts'
import type { StatesAt } from '../../rooms/state/state-at.ts'

export interface JoinAnswersParts {
  readonly events: EventCache
  readonly chains: AuthChains
  readonly statesAt: StatesAt
  readonly serverName: string
}

/** Tells who has joined what the room is. */
export class JoinAnswers {
  readonly #parts: JoinAnswersParts

  constructor(parts: JoinAnswersParts) {
    this.#parts = parts
  }

  /**
   * The answer to a join as JSON text. Without members the answer is small, however many there are: it has those by whom a room
   * without a name is called, leaves out of the auth chain what stands in the state, and names the servers of the room, which
   * could not be told from the state (Server-Server API, PUT /send_join).
   */
  async write(room: Room, join: RoomEvent, omitsMembers: boolean): Promise<string> {
    const { statesAt, chains, serverName } = this.#parts
    const before = stateBefore(join)
    if (before === undefined) throw new MatrixError('M_UNKNOWN', 'The state before the join is not known.')
    const nids: number[] = []
    const state: string[] = []
    for await (const entries of statesAt.pages(room.nid, before, { withoutMembers: omitsMembers })) {
      const page = entries.map((entry) => entry.event_nid)
      nids.push(...page)
      state.push(...await this.#texts(page))
    }
    if (omitsMembers) {
      const heroes = await this.#listHeroes(room, join, before)
      nids.push(...heroes)
      state.push(...await this.#texts(heroes))
    }
    const told = new Set(omitsMembers ? nids : [])
    const chain: string[] = []
    for await (const page of chains.chain(room, [...nids, join.nid])) {
      chain.push(...await this.#texts(page.filter((nid) => !told.has(nid))))
    }
    const servers = omitsMembers ? `"servers_in_room":${JSON.stringify(listServersBefore(room, join))},` : ''
    return `{"auth_chain":[${chain.join(',')}],"event":${canonicalJson(join.pdu)},"members_omitted":${omitsMembers},`
      + `"origin":${JSON.stringify(serverName)},${servers}"state":[${state.join(',')}]}`
  }

  async #listHeroes(room: Room, { stateKey = '' }: RoomEvent, before: StateReference): Promise<number[]> {
    const keys = (heroesOf(room, stateKey) ?? []).map((userId) => ({ type: 'm.room.member', stateKey: userId }))
    return (await this.#parts.statesAt.find(room.nid, before, keys)).map(({ nid }) => nid)
  }

  async #texts(nids: readonly number[]): Promise<string[]> {
    return (await this.#parts.events.list(nids)).map((event) => canonicalJson(event.pdu))
  }
}

/** The servers in the room without the joining one, where the join is what brings it in. */
function listServersBefore(room: Room, { stateKey = '' }: RoomEvent): string[] {
  const joining = serverNameOf(stateKey)
  const isJoining = (userId: string): boolean => userId !== stateKey && serverNameOf(userId) === joining
  const wasIn = [...room.listMembers()].some(({ userId, membership }) => membership === 'join' && isJoining(userId))
  return [...room.servers.list()].filter((server) => wasIn || server !== joining)
}
