import type { Db } from '../store/database.ts'
import {
  listCounts, listEventsToCount, listJoinPositions, listReadPlaces, type CountRow, type CountWanted, type ReadPlaceRow, type UserInRoom,
} from '../store/notification-counts.ts'
import { Batch } from '../util/batch.ts'

/**
 * What counts are begun with, read for many users together: when a room of a thousand readers speaks for the first time
 * after a restart, all of them ask at once.
 */
export class CountRows {
  readonly #saved: Batch<UserInRoom, CountRow[]>
  readonly #readPlaces: Batch<UserInRoom, ReadPlaceRow[]>
  readonly #joins: Batch<UserInRoom, number>
  readonly #events: Batch<CountWanted, number[]>

  constructor(db: Db) {
    this.#saved = new Batch(async (places) => inOrder(places, await listCounts(db, places)))
    this.#readPlaces = new Batch(async (places) => inOrder(places, await listReadPlaces(db, places)))
    this.#joins = new Batch(async (places) => inOrder(places, await listJoinPositions(db, places)).map(([row]) => row?.pos ?? 0))
    this.#events = new Batch((wanted) => listEventsToCount(db, wanted))
  }

  /** What was saved of a user in a room, by thread. */
  saved(place: UserInRoom): Promise<readonly CountRow[]> {
    return this.#saved.get(place)
  }

  /** How far a user has read in a room. */
  readPlaces(place: UserInRoom): Promise<readonly ReadPlaceRow[]> {
    return this.#readPlaces.get(place)
  }

  /** The position at which a user's being in a room last began. */
  joinedAt(place: UserInRoom): Promise<number> {
    return this.#joins.get(place)
  }

  /** The numbers of the live events in a room after a position and up to another. */
  events(wanted: CountWanted): Promise<readonly number[]> {
    return this.#events.get(wanted)
  }
}

function inOrder<Row extends UserInRoom>(places: readonly UserInRoom[], rows: readonly Row[]): Row[][] {
  const byPlace = Map.groupBy(rows, nameOf)
  return places.map((place) => byPlace.get(nameOf(place)) ?? [])
}

function nameOf({ user, room }: UserInRoom): string {
  return `${user} ${room}`
}
