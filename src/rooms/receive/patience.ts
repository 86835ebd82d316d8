import type { JsonObject } from '../../matrix/json.ts'
import type { Clock } from '../../util/clock.ts'
import { MINUTE_MS } from '../../util/durations.ts'
import { Lru } from '../../util/lru.ts'
import type { MissingRange, RemoteRooms, StateEvents, StateIds } from '../remote-rooms.ts'
import type { Room } from '../room.ts'

/** One receipt waits for others no longer than that: those after it in the room wait for it. */
const RECEIPT_MS = 90_000
/** A server may fail to tell of so many missing events of a room before it is left alone for a while. */
const FAILURES_FREE = 3
const PAUSE_MS_FIRST = 10_000
const PAUSE_MS_MAX = 10 * MINUTE_MS
const REMEMBERED_MAX = 10_000

interface Failing { readonly failures: number, readonly until: number }

/** How long others are asked about rooms, and which of them not again for every event since they told nothing of late. */
export class Patience {
  readonly #clock: Clock
  /** By server and room. */
  readonly #failing = new Lru<string, Failing>(REMEMBERED_MAX)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Asks for one receipt in a room: what takes too long, or is asked of who is left alone, is not there. */
  ofReceipt(remote: RemoteRooms, room: Room): RemoteRooms {
    return new AskedOnce(remote, this, { room: room.nid, clock: this.#clock })
  }

  mayAsk(room: number, server: string): boolean {
    return (this.#failing.get(`${room} ${server}`)?.until ?? 0) <= this.#clock.now()
  }

  noteSuccess(room: number, server: string): void {
    this.#failing.delete(`${room} ${server}`)
  }

  noteFailure(room: number, server: string): void {
    const name = `${room} ${server}`
    const failures = (this.#failing.get(name)?.failures ?? 0) + 1
    const pauses = failures - FAILURES_FREE
    const pauseMs = pauses < 0 ? 0 : Math.min(PAUSE_MS_FIRST * 2 ** pauses, PAUSE_MS_MAX)
    this.#failing.set(name, { failures, until: this.#clock.now() + pauseMs })
  }
}

/** The questions of one receipt. */
class AskedOnce implements RemoteRooms {
  readonly #remote: RemoteRooms
  readonly #patience: Patience
  readonly #room: number
  readonly #clock: Clock
  readonly #endMs: number

  constructor(remote: RemoteRooms, patience: Patience, { room, clock }: { readonly room: number, readonly clock: Clock }) {
    this.#remote = remote
    this.#patience = patience
    this.#room = room
    this.#clock = clock
    this.#endMs = clock.monotonicMs() + RECEIPT_MS
  }

  async listMissingEvents(server: string, roomId: string, range: MissingRange): Promise<readonly JsonObject[]> {
    if (!this.#patience.mayAsk(this.#room, server)) return []
    return this.#inTime(server, () => this.#remote.listMissingEvents(server, roomId, range), [])
  }

  async findStateIds(server: string, roomId: string, eventId: string): Promise<StateIds | undefined> {
    if (!this.#patience.mayAsk(this.#room, server)) return undefined
    return this.#inTime(server, async () => {
      const ids = await this.#remote.findStateIds(server, roomId, eventId)
      if (ids === undefined) this.#patience.noteFailure(this.#room, server)
      else this.#patience.noteSuccess(this.#room, server)
      return ids
    }, undefined)
  }

  findState(server: string, roomId: string, eventId: string): Promise<StateEvents | undefined> {
    return this.#inTime(server, () => this.#remote.findState(server, roomId, eventId), undefined)
  }

  findEvent(server: string, eventId: string): Promise<JsonObject | undefined> {
    return this.#inTime(server, () => this.#remote.findEvent(server, eventId), undefined)
  }

  listEventAuth(server: string, roomId: string, eventId: string): Promise<readonly JsonObject[]> {
    return this.#inTime(server, () => this.#remote.listEventAuth(server, roomId, eventId), [])
  }

  backfill(server: string, roomId: string, eventIds: readonly string[], limit: number): Promise<readonly JsonObject[]> {
    return this.#inTime(server, () => this.#remote.backfill(server, roomId, eventIds, limit), [])
  }

  async #inTime<T>(server: string, ask: () => Promise<T>, nothing: T): Promise<T> {
    const leftMs = this.#endMs - this.#clock.monotonicMs()
    if (leftMs <= 0) return nothing
    const answered = new AbortController()
    const late = this.#clock.sleep(leftMs, answered.signal).then(() => {
      if (!answered.signal.aborted) this.#patience.noteFailure(this.#room, server)
      return nothing
    })
    return Promise.race([ask(), late]).finally(() => answered.abort())
  }
}
