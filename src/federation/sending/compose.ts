import { canonicalJson } from '../../matrix/canonical-json.ts'
import { LOSSLESS, parseJson } from '../../matrix/json.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import type { RoomEvent } from '../../rooms/room-event.ts'
import type { Clock } from '../../util/clock.ts'
import { Lru } from '../../util/lru.ts'
import { randomString, type Random } from '../../util/random.ts'
import type { DueEvent } from './due-events.ts'
import { mergeEdus, type Edu } from './edus.ts'

/** What a transaction brings to its server: of rooms the position of the last event, and that of the last kept EDU. */
export interface Holds {
  readonly rooms: readonly (readonly [room: number, pos: number])[]
  readonly edus?: number | undefined
}

export interface Transaction {
  readonly txnId: string
  readonly createdAt: number
  /** Canonical JSON; undefined where nothing is left to be said. */
  readonly body: string | undefined
  readonly holds: Holds
  /** Whether it was sent before and is kept in the database. */
  readonly isKept: boolean
}

export interface Contents {
  readonly events: readonly DueEvent[]
  /** Of those that are gone by now too. */
  readonly rooms: Holds['rooms']
  readonly keptEdus: readonly { readonly pos: number, readonly edu: string }[]
  readonly passingEdus: readonly Edu[]
}

const PREFIX_LENGTH = 12
/** One event goes to many servers and is written out once. */
const TEXTS_MAX = 8 * 1024 * 1024

/** Puts transactions together (Server-Server API, Transactions). */
export class Composer {
  readonly #events: EventCache
  readonly #clock: Clock
  readonly #serverName: string
  readonly #prefix: string
  readonly #texts = new Lru<RoomEvent, string>(TEXTS_MAX, { weigh: (text) => text.length })
  #count = 0

  constructor({ events, clock, random, serverName }: {
    readonly events: EventCache, readonly clock: Clock, readonly random: Random, readonly serverName: string,
  }) {
    this.#events = events
    this.#clock = clock
    this.#serverName = serverName
    this.#prefix = randomString(random, PREFIX_LENGTH)
  }

  async compose({ events, rooms, keptEdus, passingEdus }: Contents): Promise<Transaction> {
    const pdus = (await this.#events.list(events.map(({ nid }) => nid))).map((event) => this.#textOf(event))
    const edus = [...keptEdus.flatMap(({ edu }) => canonicalEdu(edu)), ...mergeEdus(passingEdus).map((edu) => canonicalJson({ ...edu }))]
    const now = this.#clock.now()
    this.#count += 1
    const origin = JSON.stringify(this.#serverName)
    const body = `{"edus":[${edus.join()}],"origin":${origin},"origin_server_ts":${now},"pdus":[${pdus.join()}]}`
    return {
      // No two transactions of this server may ever have the same id.
      txnId: `${this.#prefix}${this.#count}`,
      createdAt: now,
      body: edus.length + pdus.length === 0 ? undefined : body,
      holds: { rooms, edus: keptEdus.at(-1)?.pos },
      isKept: false,
    }
  }

  #textOf(event: RoomEvent): string {
    const known = this.#texts.get(event)
    if (known !== undefined) return known
    const text = canonicalJson(event.pdu)
    this.#texts.set(event, text)
    return text
  }
}

/** What was kept as JSON, in the form that is signed. */
function canonicalEdu(text: string): string[] {
  const parsed = parseJson(text, LOSSLESS)
  return parsed.ok ? [canonicalJson(parsed.value)] : []
}
