import type { Reader } from '../../rooms/client-events.ts'
import type { PageTokens } from '../../rooms/page-tokens.ts'
import type { Room } from '../../rooms/room.ts'
import type { Page, PageRequest, Timeline } from '../../rooms/timeline.ts'
import type { HistoryFilling } from './history-filling.ts'

export interface HistoryPagesDeps {
  readonly timeline: Timeline
  readonly tokens: PageTokens
  readonly historyFilling: HistoryFilling
}

/** How often something is fetched for one page: of what comes, there may be nothing that the reader sees. */
const FETCHES_MAX = 3

/** Pages of the history of rooms, with what other servers have of it. */
export class HistoryPages {
  readonly #deps: HistoryPagesDeps

  constructor(deps: HistoryPagesDeps) {
    this.#deps = deps
  }

  /** As `Timeline` reads it; what is missing within the page is fetched first. */
  async page(room: Room, reader: Reader, request: PageRequest): Promise<Page> {
    const { timeline, tokens, historyFilling } = this.#deps
    let page = await timeline.page(room, reader, request)
    for (let fetches = 0; request.dir === 'b' && fetches < FETCHES_MAX; fetches += 1) {
      const range = {
        from: tokens.read('start', page.start),
        to: page.end === undefined ? undefined : tokens.read('end', page.end),
      }
      if (!await historyFilling.fill(room, range)) break
      page = await timeline.page(room, reader, request)
    }
    return page
  }
}
