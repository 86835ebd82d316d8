import { encodeBase64 } from '../matrix/base64.ts'
import type { Pdu } from '../matrix/event.ts'
import { referenceHash } from '../matrix/hashes.ts'
import { Lru } from '../util/lru.ts'
import { listCited } from './build-next.ts'
import type { Draft } from './draft.ts'
import type { EventCache } from './event-cache.ts'
import type { Room } from './room.ts'

const HASHES_MAX = 20_000
/** Of an event whose body is gone. */
const UNKNOWN = ''

/**
 * The hashes that stand beside the ids of other events in room versions 1 and 2 (room version 1, Event format), at hand when
 * the next event of a room is built.
 */
export class ReferenceHashes {
  readonly #events: EventCache
  readonly #hashes = new Lru<string, string>(HASHES_MAX)

  constructor(events: EventCache) {
    this.#events = events
  }

  /** Whether what these will cite by what is pending now is at hand. */
  has(room: Room, drafts: readonly Draft[]): boolean {
    return this.#listMissing(room, drafts).length === 0
  }

  async load(room: Room, drafts: readonly Draft[]): Promise<void> {
    const missing = this.#listMissing(room, drafts)
    const events = await this.#events.mapById(missing)
    for (const eventId of missing) {
      const event = events.get(eventId)
      this.#hashes.set(eventId, event === undefined ? UNKNOWN : encodeBase64(referenceHash(event.pdu, room.version)))
    }
  }

  /** Remembers that of an event which others will cite before it is committed. */
  note({ version }: Pick<Room, 'version'>, { eventId, json }: Pdu): void {
    if (version.eventFormat === 'v1') this.#hashes.set(eventId, encodeBase64(referenceHash(json, version)))
  }

  find(eventId: string): string | undefined {
    return this.#hashes.get(eventId) || undefined
  }

  #listMissing(room: Room, drafts: readonly Draft[]): string[] {
    if (room.version.eventFormat !== 'v1') return []
    return drafts.flatMap((draft) => listCited(room, draft)).filter((eventId) => this.#hashes.peek(eventId) === undefined)
  }
}
