import type { JsonObject } from '../../matrix/json.ts'
import type { Clock } from '../../util/clock.ts'
import type { EventCache } from '../event-cache.ts'
import type { RoomEvent } from '../room-event.ts'
import type { RoomView } from './visibility.ts'

/** Who reads. Only the device that sent an event is told its transaction id. */
export interface Reader {
  readonly user: number
  readonly userId: string
  readonly deviceId: string | undefined
}

export interface FormatOptions {
  readonly reader: Reader
  /** Whether the events say which room they are of; in `/sync` they stand under it. */
  readonly withRoomId: boolean
  /** What the reader may see and was, where that is not the same for all of the events. */
  readonly view?: (Pick<RoomView, 'maySee'> & { membershipAt(event: RoomEvent): string | undefined }) | undefined
  /** The reader's membership at all of the events, where it is known to be the same. */
  readonly membership?: string | undefined
  /** Bundled aggregations by event id. */
  readonly relations?: ReadonlyMap<string, JsonObject> | undefined
}

/** Puts events into the form in which a reader gets them (Client-Server API, Room event format). */
export class ClientEvents {
  readonly #events: EventCache
  readonly #clock: Clock

  constructor({ events, clock }: { events: EventCache, clock: Clock }) {
    this.#events = events
    this.#clock = clock
  }

  /** The JSON text of each of the events, in their order. */
  async format(events: readonly RoomEvent[], options: FormatOptions): Promise<string[]> {
    const replaced = await this.#events.map(events.flatMap((event) => event.replacesNid ?? []))
    const redactionIds = events.flatMap((event) => event.redactedBy ?? [])
    const redactions = redactionIds.length === 0 ? new Map<string, RoomEvent>() : await this.#events.mapById(redactionIds)
    return events.map((event) => this.text(event, options, {
      replaced: event.replacesNid === undefined ? undefined : replaced.get(event.replacesNid),
      redaction: event.redactedBy === undefined ? undefined : redactions.get(event.redactedBy),
    }))
  }

  /** The same for one event whose neighbours are at hand. */
  text(
    event: RoomEvent, options: FormatOptions, beside: { replaced?: RoomEvent | undefined, redaction?: RoomEvent | undefined } = {},
  ): string {
    const unsigned = this.unsignedOf(event, options, beside)
    const room = options.withRoomId ? `,"room_id":${JSON.stringify(event.roomId)}` : ''
    return `${event.text}${room},"unsigned":${JSON.stringify(unsigned)}}`
  }

  /** What this server tells a reader about an event, besides the event. */
  unsignedOf(
    event: RoomEvent,
    options: FormatOptions,
    { replaced, redaction }: { replaced?: RoomEvent | undefined, redaction?: RoomEvent | undefined },
  ): JsonObject {
    const { reader, view } = options
    const membership = options.membership ?? view?.membershipAt(event)
    const relations = options.relations?.get(event.eventId)
    const mayKnowReplaced = replaced !== undefined && event.redactedBy === undefined && (view === undefined || view.maySee(replaced))
    const isOwn = event.txnId !== undefined && event.senderNid === reader.user && event.deviceId === reader.deviceId
    return {
      age: Math.max(0, this.#clock.now() - event.originServerTs),
      ...(membership === undefined ? {} : { membership }),
      ...(replaced === undefined ? {} : { replaces_state: replaced.eventId }),
      ...(mayKnowReplaced ? { prev_content: replaced.content, prev_sender: replaced.sender } : {}),
      ...(isOwn && event.txnId !== undefined ? { transaction_id: event.txnId } : {}),
      ...(redaction === undefined ? {} : { redacted_because: wholeEvent(redaction) }),
      ...(relations === undefined ? {} : { 'm.relations': relations }),
    }
  }
}

function wholeEvent(event: RoomEvent): JsonObject {
  return JSON.parse(`${event.text},"room_id":${JSON.stringify(event.roomId)}}`) as JsonObject
}
