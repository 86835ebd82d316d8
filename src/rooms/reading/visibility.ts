import { historyVisibilityOf, maySeeEvent } from '../../matrix/history-visibility.ts'
import type { Names } from '../../store/names.ts'
import type { Db } from '../../store/database.ts'
import { listKeyHistories, type KeyEpisode } from '../../store/rooms/rooms.ts'
import { listBranchHistories, type BranchEpisode } from '../../store/rooms/state-at.ts'
import type { EventCache } from '../event-cache.ts'
import { KeyCourse } from './key-course.ts'
import type { RoomEvent } from '../room-event.ts'
import { stateAfter, stateBefore } from '../state/state-reference.ts'

/** What a user may see of a room's history, over all of its time. */
export interface RoomView {
  /** Whether the user may see the event, by the state at the event. */
  maySee(event: RoomEvent): boolean
  /** The user's membership just after the event, which every event tells (Client-Server API, `unsigned.membership`). */
  membershipAt(event: RoomEvent): string
}

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
    const keys = [memberKey, visibilityKey]
    const [episodes, forked] = await Promise.all([listKeyHistories(this.#db, rooms, keys), listBranchHistories(this.#db, rooms, keys)])
    const events = await this.#events.map([...episodes, ...forked].flatMap(({ key_nid: key, event_nid: nid }) => (
      key === visibilityKey && nid !== null ? [nid] : []
    )))
    const membershipOf = (episode: Pick<KeyEpisode, 'membership'>): string => episode.membership ?? 'leave'
    const settingOf = (episode: { readonly event_nid: number | null }): string => (
      historyVisibilityOf(episode.event_nid === null ? undefined : events.get(episode.event_nid)?.content)
    )
    const byRoom = Map.groupBy(episodes, (episode) => episode.room_nid)
    const forkedByRoom = Map.groupBy(forked, (episode) => episode.room_nid)
    const { branches } = this.#events
    return new Map(rooms.map((room) => {
      const courseOf = (key: number, valueOf: (episode: KeyEpisode | BranchEpisode) => string): KeyCourse => new KeyCourse(
        branches,
        (byRoom.get(room) ?? []).filter((episode) => episode.key_nid === key)
          .map((episode) => ({ from: episode.from_pos, to: episode.to_pos ?? Number.POSITIVE_INFINITY, value: valueOf(episode) })),
        (forkedByRoom.get(room) ?? []).filter((episode) => episode.key_nid === key).map((episode) => (
          { branch: episode.branch_nid, from: episode.from_seq, value: episode.event_nid === null ? undefined : valueOf(episode) }
        )),
      )
      return [room, viewFrom(courseOf(memberKey, membershipOf), courseOf(visibilityKey, settingOf), userId)]
    }))
  }

  /** Those of the events of one room that the user may see, in their order. */
  async filter(room: number, userId: string, events: readonly RoomEvent[]): Promise<RoomEvent[]> {
    if (events.length === 0) return []
    const view = await this.viewOf(room, userId)
    return events.filter((event) => view.maySee(event))
  }
}

function viewFrom(memberships: KeyCourse, visibilities: KeyCourse, userId: string): RoomView {
  const visibilityOf = (value: string | undefined): ReturnType<typeof historyVisibilityOf> => historyVisibilityOf(
    value === undefined ? undefined : { history_visibility: value },
  )
  return {
    membershipAt: (event) => memberships.valueAt(stateAfter(event)) ?? 'leave',
    maySee(event) {
      const own = event.type === 'm.room.member' && event.stateKey === userId
      const setsVisibility = event.type === 'm.room.history_visibility' && event.stateKey === ''
      const before = stateBefore(event)
      return maySeeEvent({
        visibility: visibilityOf(visibilities.valueAt(before)),
        ...(setsVisibility ? { visibilityAfter: historyVisibilityOf(event.content) } : {}),
        membership: memberships.valueAt(before),
        ...(own ? { membershipAfter: memberships.valueAt(stateAfter(event)) } : {}),
        joinedLater: memberships.hasLater('join', event.place.pos),
      })
    },
  }
}
