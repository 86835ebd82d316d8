import { forbidden } from '../../matrix/errors.ts'
import type { EventCache } from '../event-cache.ts'
import { contentString, type RoomEvent } from '../room-event.ts'
import type { Room } from '../room.ts'
import type { StateAccess, StateReader } from '../state/state-reader.ts'
import type { Reader } from './client-events.ts'
import type { PageTokens } from './page-tokens.ts'

export interface MemberFilter {
  /** The list as it was at this token of `/sync` or `/messages`. */
  readonly at?: string | undefined
  readonly membership?: string | undefined
  readonly notMembership?: string | undefined
}

export interface JoinedMember {
  readonly display_name?: string
  readonly avatar_url?: string
}

/** Who is, or was, in a room. */
export class MemberLists {
  readonly #events: EventCache
  readonly #stateReader: StateReader
  readonly #tokens: PageTokens

  constructor({ events, stateReader, tokens }: { events: EventCache, stateReader: StateReader, tokens: PageTokens }) {
    this.#events = events
    this.#stateReader = stateReader
    this.#tokens = tokens
  }

  /**
   * The membership events of a room, at present or at a token, for who may follow its state.
   * Both filters together let through what either does. Throws M_FORBIDDEN, M_INVALID_PARAM.
   */
  async list(room: Room, reader: Reader, { at, membership, notMembership }: MemberFilter): Promise<RoomEvent[]> {
    const access = await this.#accessAt(room, reader, at)
    const members = access.until === 'position'
      ? (await this.#stateReader.listAt(room.nid, access.pos)).filter((event) => event.type === 'm.room.member')
      : await this.#events.list([...room.listMembers()].map((member) => member.nid))
    if (membership === undefined && notMembership === undefined) return members
    return members.filter((event) => {
      const is = contentString(event, 'membership')
      return (membership !== undefined && is === membership) || (notMembership !== undefined && is !== notMembership)
    })
  }

  #accessAt(room: Room, reader: Reader, at: string | undefined): Promise<StateAccess> {
    if (at === undefined) return this.#stateReader.accessOf(room, reader)
    const { pos, offset } = this.#tokens.read('at', at)
    // What was fetched later stands before the live event whose position it shares.
    return this.#stateReader.accessAt(room, reader, offset < 0 ? pos - 1 : pos)
  }

  /** The joined members with their profiles, for who is joined himself. Throws M_FORBIDDEN. */
  async mapJoined(room: Room, userId: string): Promise<Record<string, JoinedMember>> {
    if (room.membershipOf(userId) !== 'join') throw forbidden('You are not in this room.')
    const joined = [...room.listMembers()].filter((member) => member.membership === 'join')
    const events = await this.#events.list(joined.map((member) => member.nid))
    return Object.fromEntries(events.map((event) => [event.stateKey ?? '', joinedMember(event)]))
  }
}

function joinedMember(event: RoomEvent): JoinedMember {
  const name = contentString(event, 'displayname')
  const avatar = contentString(event, 'avatar_url')
  return { ...(name === undefined ? {} : { display_name: name }), ...(avatar === undefined ? {} : { avatar_url: avatar }) }
}
