import { isJsonObject } from '../../matrix/json.ts'
import type { EventCache } from '../../rooms/event-cache.ts'
import type { Reader } from '../../rooms/reading/client-events.ts'
import type { PageTokens } from '../../rooms/reading/page-tokens.ts'
import type { Page, PageRequest, Timeline } from '../../rooms/reading/timeline.ts'
import type { Room } from '../../rooms/room.ts'
import { placeBefore } from '../../streams/tokens.ts'
import type { HistoryFilling } from './history-filling.ts'

export interface HistoryPagesParts {
  readonly timeline: Timeline
  readonly events: EventCache
  readonly tokens: PageTokens
  readonly historyFilling: HistoryFilling
}

/** How often something is fetched for one page: of what comes, there may be nothing that the reader sees. */
const FETCHES_MAX = 3

/** Pages of the history of rooms, with what other servers have of it. */
export class HistoryPages {
  readonly #parts: HistoryPagesParts

  constructor(parts: HistoryPagesParts) {
    this.#parts = parts
  }

  /** As `Timeline` reads it; what is missing within the page is fetched first. */
  async page(room: Room, reader: Reader, request: PageRequest): Promise<Page> {
    const { timeline, tokens, historyFilling } = this.#parts
    let page = await timeline.page(room, reader, request)
    if (request.dir === 'f') return page
    for (let fetches = 0; fetches < FETCHES_MAX; fetches += 1) {
      const range = {
        from: tokens.read('start', page.start),
        to: page.end === undefined ? undefined : tokens.read('end', page.end),
      }
      if (!await historyFilling.fill(room, range)) break
      page = await timeline.page(room, reader, request)
    }
    return page.end === undefined && request.to === undefined ? this.#withEnd(room, page) : page
  }

  /** Where history ends because nobody answers, the client may come again. */
  async #withEnd(room: Room, page: Page): Promise<Page> {
    const { tokens, events, historyFilling } = this.#parts
    const last: unknown = JSON.parse(page.chunk.at(-1) ?? 'null')
    const eventId = isJsonObject(last) ? last['event_id'] : undefined
    if (typeof eventId !== 'string' || !await historyFilling.hasGaps(room, tokens.read('start', page.start))) return page
    const event = await events.findById(eventId)
    return event === undefined ? page : { ...page, end: tokens.format(placeBefore(event.place)) }
  }
}
