import { canonicalJson } from '../../matrix/canonical-json.ts'
import { MatrixError } from '../../matrix/errors.ts'
import type { AuthChains } from '../../rooms/auth-chains.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import type { RoomEvent } from '../../rooms/room-event.ts'
import type { Room } from '../../rooms/room.ts'
import { stateBefore } from '../../rooms/state-reference.ts'
import type { StatesAt } from '../../rooms/state-at.ts'

export interface JoinAnswersDeps {
  readonly events: EventCache
  readonly chains: AuthChains
  readonly statesAt: StatesAt
  readonly serverName: string
}

/** Tells who has joined what the room is. */
export class JoinAnswers {
  readonly #deps: JoinAnswersDeps

  constructor(deps: JoinAnswersDeps) {
    this.#deps = deps
  }

  /**
   * The answer to a join as JSON text. Without members the answer is small, however many there are; then it names the
   * servers of the room, which could not be told from the state (Server-Server API, PUT /send_join).
   */
  async write(room: Room, join: RoomEvent, omitsMembers: boolean): Promise<string> {
    const { statesAt, chains, serverName } = this.#deps
    const before = stateBefore(join)
    if (before === undefined) throw new MatrixError('M_UNKNOWN', 'The state before the join is not known.')
    const nids: number[] = []
    const state: string[] = []
    for await (const entries of statesAt.pages(room.nid, before, { withoutMembers: omitsMembers })) {
      const page = entries.map((entry) => entry.event_nid)
      nids.push(...page)
      state.push(...await this.#texts(page))
    }
    const chain: string[] = []
    for await (const page of chains.chain(room, [...nids, join.nid])) chain.push(...await this.#texts(page))
    const servers = omitsMembers ? `"servers_in_room":${JSON.stringify([...room.servers.list()])},` : ''
    return `{"auth_chain":[${chain.join(',')}],"event":${canonicalJson(join.pdu)},"members_omitted":${omitsMembers},`
      + `"origin":${JSON.stringify(serverName)},${servers}"state":[${state.join(',')}]}`
  }

  async #texts(nids: readonly number[]): Promise<string[]> {
    return (await this.#deps.events.list(nids)).map((event) => canonicalJson(event.pdu))
  }
}
