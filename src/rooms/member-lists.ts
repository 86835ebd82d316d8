import { forbidden, invalidParam } from '../matrix/errors.ts'
import { parsePlaceToken } from '../streams/tokens.ts'
import type { EventCache } from './event-cache.ts'
import { contentString, type RoomEvent } from './room-event.ts'
import type { Room } from './room.ts'
import type { StateAccess, StateReader } from './state-reader.ts'

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

  constructor({ events, stateReader }: { events: EventCache, stateReader: StateReader }) {
    this.#events = events
    this.#stateReader = stateReader
  }

  /**
   * The membership events of a room, at present or at a token, for who may follow its state.
   * Both filters together let through what either does. Throws M_FORBIDDEN, M_INVALID_PARAM.
   */
  async list(room: Room, userId: string, { at, membership, notMembership }: MemberFilter): Promise<RoomEvent[]> {
    const access = limit(await this.#stateReader.accessOf(room, userId), at)
    const members = access.until === 'position'
      ? (await this.#stateReader.listAt(room.nid, access.pos)).filter((event) => event.type === 'm.room.member')
      : await this.#events.list([...room.listMembers()].map((member) => member.nid))
    if (membership === undefined && notMembership === undefined) return members
    return members.filter((event) => {
      const is = contentString(event, 'membership')
      return (membership !== undefined && is === membership) || (notMembership !== undefined && is !== notMembership)
    })
  }

  /** The joined members with their profiles, for who is joined himself. Throws M_FORBIDDEN. */
  async mapJoined(room: Room, userId: string): Promise<Record<string, JoinedMember>> {
    if (room.membershipOf(userId) !== 'join') throw forbidden('You are not in this room.')
    const joined = [...room.listMembers()].filter((member) => member.membership === 'join')
    const events = await this.#events.list(joined.map((member) => member.nid))
    return Object.fromEntries(events.map((event) => [event.stateKey ?? '', joinedMember(event)]))
  }
}

/** Nobody sees later members by asking for a later token. */
function limit(access: StateAccess, at: string | undefined): StateAccess {
  if (at === undefined) return access
  const token = parsePlaceToken(at)
  if (token === undefined) throw invalidParam('at is no token of this server.')
  const pos = access.until === 'position' ? Math.min(access.pos, token.place.pos) : token.place.pos
  return { until: 'position', pos }
}

function joinedMember(event: RoomEvent): JoinedMember {
  const name = contentString(event, 'displayname')
  const avatar = contentString(event, 'avatar_url')
  return { ...(name === undefined ? {} : { display_name: name }), ...(avatar === undefined ? {} : { avatar_url: avatar }) }
}
