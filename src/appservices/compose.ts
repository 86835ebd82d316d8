import { contentString, type RoomEvent } from '../rooms/room-event.ts'
import type { ClientEvents } from '../rooms/reading/client-events.ts'
import type { EventCache } from '../rooms/event-cache.ts'
import { listLiveEvents } from '../store/appservice-queues.ts'
import type { Db } from '../store/database.ts'
import type { Change } from '../streams/changes.ts'
import type { Stream } from '../streams/stream.ts'
import type { ApplicationService } from '../users/application-services.ts'
import { GatherEncryption, type GatherEncryptionParts, type Moved } from './gather-encryption.ts'
import { GatherEphemeral, type GatherEphemeralParts } from './gather-ephemeral.ts'
import { Interests, type InterestsParts } from './interests.ts'
import { makeUsers } from './names.ts'
import type { AppserviceRequests } from './requests.ts'
import type { Transaction } from './transaction.ts'

export interface ComposerParts extends InterestsParts, GatherEphemeralParts, GatherEncryptionParts {
  readonly db: Db
  readonly events: EventCache
  readonly clientEvents: ClientEvents
  readonly requests: AppserviceRequests
  readonly stream: Stream
}

/** So many events are looked at for a transaction. */
const EVENTS_MAX = 100
const POSTPONED_MAX = 10
/** What no user is. */
const NO_USER = -1

/** Gathers what an application service is to be told next. */
export class Composer {
  readonly #parts: ComposerParts
  readonly #service: ApplicationService
  readonly #interests: Interests
  readonly #ephemeral: GatherEphemeral
  readonly #encryption: GatherEncryption
  #postponed = 0

  /** Reads where its users are. */
  static async open(parts: ComposerParts, service: ApplicationService): Promise<Composer> {
    const interests = new Interests(parts, service)
    return new Composer(parts, service, interests, await interests.load())
  }

  private constructor(parts: ComposerParts, service: ApplicationService, interests: Interests, claimed: readonly number[]) {
    this.#parts = parts
    this.#service = service
    this.#interests = interests
    this.#ephemeral = new GatherEphemeral(parts, service, interests)
    this.#encryption = new GatherEncryption(parts, service, interests, claimed)
  }

  /** Calls `wake` when something passes that has no position. */
  start(wake: () => void): void {
    this.#ephemeral.start(wake)
  }

  /** Notes what happened; returns whether it may concern the application service. */
  note(change: Change): boolean {
    if (change.kind === 'event') return this.#interests.mayConcern(change.room, change.pos)
    return this.#ephemeral.note(change) || this.#encryption.note(change)
  }

  /** Whether nothing waits that has no position. */
  get isQuiet(): boolean {
    return this.#ephemeral.isEmpty
  }

  /** What there is to tell after one position and up to another, as much as goes into one transaction. */
  async compose(after: number, head: number): Promise<Transaction> {
    const live = await listLiveEvents(this.#parts.db, { after, upTo: head, limit: EVENTS_MAX })
    const concerning = await this.#interests.filter(live)
    await makeUsers(this.#parts, this.#service, concerning.flatMap(({ target }) => (this.#speaksFor(target) ? [target] : [])))
    // What came after the last of many events stays for the next transaction.
    const upTo = (live.length === EVENTS_MAX ? live.at(-1)?.pos : undefined) ?? head
    const events = await this.#parts.events.list(concerning.map(({ nid }) => nid))
    const reader = { user: NO_USER, userId: this.#service.senderId, deviceId: undefined }
    return {
      events: await this.#parts.clientEvents.format(events, { reader, withRoomId: true }),
      ephemeral: this.#isTime(upTo) ? await this.#ephemeral.gather(upTo) : [],
      ...await this.#encryption.gather(after, upTo, this.#listMoved(events)),
      upTo,
    }
  }

  /** What was composed last is kept for the application service. */
  confirm(): void {
    this.#ephemeral.confirm()
  }

  /** What passes is told when all events before it are known, so that it is known whom it concerns; but not put off without end. */
  #isTime(upTo: number): boolean {
    const isTime = upTo >= this.#parts.stream.head() || this.#postponed === POSTPONED_MAX
    this.#postponed = isTime ? 0 : this.#postponed + 1
    return isTime
  }

  #speaksFor(userId: string | null): userId is string {
    return userId !== null && this.#service.ownsUser(userId)
  }

  /** Who came into rooms or left them; of users of the application service only the rooms count, where it came or went with them. */
  #listMoved(events: readonly RoomEvent[]): Moved {
    const others: string[] = []
    const own = new Map<number, Set<string>>()
    for (const event of events) {
      const { type, stateKey, room } = event
      if (type !== 'm.room.member' || stateKey === undefined || contentString(event, 'membership') === 'invite') continue
      if (!this.#service.ownsUser(stateKey)) others.push(stateKey)
      else own.set(room, (own.get(room) ?? new Set()).add(stateKey))
    }
    return { others, rooms: this.#interests.listTurned(own) }
  }
}
