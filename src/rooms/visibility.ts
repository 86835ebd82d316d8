import { historyVisibilityOf, maySeeEvent } from '../matrix/history-visibility.ts'
import type { Names } from '../store/names.ts'
import type { Db } from '../store/database.ts'
import { listKeyHistories, type KeyEpisode } from '../store/rooms.ts'
import type { EventCache } from './event-cache.ts'
import type { RoomEvent } from './room-event.ts'

/** What a user may see of a room's history, over all of its time. */
export interface RoomView {
  /** Whether the user may see the event, by the state at the event. */
  maySee(event: RoomEvent): boolean
  /** The user's membership just after the event, which every event tells (Client-Server API, `unsigned.membership`). */
  membershipAt(event: RoomEvent): string
}

interface Episode { readonly from: number, readonly to: number, readonly value: string }

/** Judges who may see which events (Client-Server API, Room History Visibility). */
export class Visibility {
  readonly #db: Db
  readonly #names: Names
  readonly #events: EventCache

  constructor({ db, names, events }: { db: Db, names: Names, events: EventCache }) {
    this.#db = db
    this.#names = names
    this.#events = events
  }

  /** How a room looks to a user, whether or not the user was ever in it. */
  async viewOf(room: number, userId: string): Promise<RoomView> {
    const view = (await this.viewsOf([room], userId)).get(room)
    if (view === undefined) throw new Error('No view was made of a room')
    return view
  }

  /** The same of many rooms, by room. */
  async viewsOf(rooms: readonly number[], userId: string): Promise<Map<number, RoomView>> {
    if (rooms.length === 0) return new Map()
    const [memberKey = -1, visibilityKey = -1] = await this.#names.internKeys([
      { type: 'm.room.member', stateKey: userId }, { type: 'm.room.history_visibility', stateKey: '' },
    ])
    const episodes = await listKeyHistories(this.#db, rooms, [memberKey, visibilityKey])
    const events = await this.#events.map(
      episodes.filter((episode) => episode.key_nid === visibilityKey).map((episode) => episode.event_nid),
    )
    const byRoom = Map.groupBy(episodes, (episode) => episode.room_nid)
    return new Map(rooms.map((room) => {
      const ofKey = (key: number): KeyEpisode[] => (byRoom.get(room) ?? []).filter((episode) => episode.key_nid === key)
      return [room, viewFrom(
        ofKey(memberKey).map((episode) => episodeOf(episode, episode.membership ?? 'leave')),
        ofKey(visibilityKey).map((episode) => episodeOf(episode, historyVisibilityOf(events.get(episode.event_nid)?.content))),
        userId,
      )]
    }))
  }

  /** Those of the events of one room that the user may see, in their order. */
  async filter(room: number, userId: string, events: readonly RoomEvent[]): Promise<RoomEvent[]> {
    if (events.length === 0) return []
    const view = await this.viewOf(room, userId)
    return events.filter((event) => view.maySee(event))
  }
}

function episodeOf({ from_pos: from, to_pos: to }: KeyEpisode, value: string): Episode {
  return { from, to: to ?? Number.POSITIVE_INFINITY, value }
}

function viewFrom(memberships: readonly Episode[], visibilities: readonly Episode[], userId: string): RoomView {
  const visibilityOf = (value: string | undefined): ReturnType<typeof historyVisibilityOf> => historyVisibilityOf(
    value === undefined ? undefined : { history_visibility: value },
  )
  return {
    membershipAt: (event) => valueAt(memberships, after(event)) ?? 'leave',
    maySee(event) {
      const own = event.type === 'm.room.member' && event.stateKey === userId
      const setsVisibility = event.type === 'm.room.history_visibility' && event.stateKey === ''
      return maySeeEvent({
        visibility: visibilityOf(valueAt(visibilities, event.place.pos - 1)),
        ...(setsVisibility ? { visibilityAfter: historyVisibilityOf(event.content) } : {}),
        membership: valueAt(memberships, event.place.pos - 1),
        ...(own ? { membershipAfter: valueAt(memberships, event.place.pos) } : {}),
        joinedLater: memberships.some(({ to, value }) => value === 'join' && to > event.place.pos),
      })
    },
  }
}

/** History that was fetched later stands before the live event whose place it shares. */
function after({ place }: RoomEvent): number {
  return place.offset < 0 ? place.pos - 1 : place.pos
}

function valueAt(episodes: readonly Episode[], pos: number): string | undefined {
  return episodes.find(({ from, to }) => from <= pos && pos < to)?.value
}
