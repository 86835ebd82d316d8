import { historyVisibilityOf, mayServerSeeEvent, type HistoryVisibility } from '../../matrix/history-visibility.ts'
import { serverNameOf } from '../../matrix/ids.ts'
import type { JsonObject } from '../../matrix/json.ts'
import { redactEvent } from '../../matrix/redaction.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import { KeyCourse } from '../../rooms/reading/key-course.ts'
import type { RoomEvent } from '../../rooms/room-event.ts'
import type { Room } from '../../rooms/room.ts'
import { stateAfter, stateBefore } from '../../rooms/state/state-reference.ts'
import type { Db } from '../../store/database.ts'
import type { Names } from '../../store/names.ts'
import { listMemberKeysOfServer } from '../../store/rooms/event-graph.ts'
import { listKeyHistories } from '../../store/rooms/rooms.ts'
import { listBranchHistories } from '../../store/rooms/state-at.ts'

export interface ServerViewsParts {
  readonly db: Db
  readonly names: Names
  readonly events: EventCache
}

/** What servers that are in a room may see of its history, a server standing for all of its users. */
export class ServerViews {
  readonly #parts: ServerViewsParts

  constructor(parts: ServerViewsParts) {
    this.#parts = parts
  }

  /**
   * The events as a server that is in the room gets them, in their order: those that none of its users may see are redacted,
   * so that the graph stays whole (Server-Server API, Backfilling and retrieving missing events).
   */
  async format(room: Room, serverName: string, events: readonly RoomEvent[]): Promise<JsonObject[]> {
    const hidden = await this.#listHidden(room, serverName, events)
    return events.map((event) => hidden.has(event) ? redactEvent(event.pdu, room.version) : event.pdu)
  }

  /** Those of the events that users of the server may see. */
  async filter(room: Room, serverName: string, events: readonly RoomEvent[]): Promise<RoomEvent[]> {
    const hidden = await this.#listHidden(room, serverName, events)
    return events.filter((event) => !hidden.has(event))
  }

  async #listHidden(room: Room, serverName: string, events: readonly RoomEvent[]): Promise<ReadonlySet<RoomEvent>> {
    const settings = await this.#loadSettings(room)
    // The server is in the room, so that it was joined after everything that is in it.
    const maySee = (event: RoomEvent, memberships: readonly (string | undefined)[]): boolean => (
      settings(event).some((setting) => mayServerSeeEvent(setting, memberships, true))
    )
    const doubtful = events.filter((event) => !maySee(event, []))
    if (doubtful.length === 0) return new Set()
    const members = await this.#loadMembers(room, serverName)
    return new Set(doubtful.filter((event) => {
      const isOwn = event.type === 'm.room.member' && serverNameOf(event.stateKey ?? '') === serverName
      const references = isOwn ? [stateBefore(event), stateAfter(event)] : [stateBefore(event)]
      return !maySee(event, references.flatMap((reference) => members.map((member) => member.valueAt(reference))))
    }))
  }

  /** How visible an event is: by the setting before it, and where it changes the setting, by the one after it as well. */
  async #loadSettings(room: Room): Promise<(event: RoomEvent) => readonly HistoryVisibility[]> {
    const key = await this.#parts.names.findKey({ type: 'm.room.history_visibility', stateKey: '' })
    if (key === undefined) return () => [historyVisibilityOf(undefined)]
    const [course] = await this.#loadCourses(room, [key], async (nids) => {
      const settings = await this.#parts.events.map(nids)
      return (nid) => historyVisibilityOf(settings.get(nid)?.content)
    })
    return (event) => {
      const before = course?.valueAt(stateBefore(event))
      const setting = historyVisibilityOf(before === undefined ? undefined : { history_visibility: before })
      const isSetting = event.type === 'm.room.history_visibility' && event.stateKey === ''
      return isSetting ? [setting, historyVisibilityOf(event.content)] : [setting]
    }
  }

  async #loadMembers(room: Room, serverName: string): Promise<KeyCourse[]> {
    const keys = await listMemberKeysOfServer(this.#parts.db, room.nid, serverName)
    return this.#loadCourses(room, keys, () => Promise.resolve((_, membership) => membership ?? 'leave'))
  }

  async #loadCourses(
    room: Room, keys: readonly number[],
    load: (nids: readonly number[]) => Promise<(nid: number, membership: string | null) => string>,
  ): Promise<KeyCourse[]> {
    const { db, events } = this.#parts
    const [episodes, forked] = await Promise.all([listKeyHistories(db, [room.nid], keys), listBranchHistories(db, [room.nid], keys)])
    const valueOf = await load([...episodes, ...forked].flatMap((episode) => episode.event_nid ?? []))
    const byKey = Map.groupBy(episodes, (episode) => episode.key_nid)
    const forkedByKey = Map.groupBy(forked, (episode) => episode.key_nid)
    return keys.map((key) => new KeyCourse(
      events.branches,
      (byKey.get(key) ?? []).map(({ from_pos: from, to_pos: to, event_nid: nid, membership }) => (
        { from, to: to ?? Number.POSITIVE_INFINITY, value: valueOf(nid, membership) }
      )),
      (forkedByKey.get(key) ?? []).map(({ branch_nid: branch, from_seq: from, event_nid: nid, membership }) => (
        { branch, from, value: nid === null ? undefined : valueOf(nid, membership) }
      )),
    ))
  }
}
