import { invalidParam } from '../../matrix/errors.ts'
import type { Place } from '../../store/rooms/events.ts'
import type { Stream } from '../../streams/stream.ts'
import { formatPlaceToken, parsePlaceToken } from '../../streams/tokens.ts'

/** The tokens by which clients turn the pages of a room's history; those of `/sync` serve as well. */
export class PageTokens {
  readonly #epoch: number
  readonly #stream: Stream

  constructor({ epoch, stream }: { epoch: number, stream: Stream }) {
    this.#epoch = epoch
    this.#stream = stream
  }

  /** The place of a token. Throws M_INVALID_PARAM for what this server did not give out, or not since it was restored. */
  read(name: string, token: string): Place {
    const parsed = parsePlaceToken(token)
    if (parsed === undefined || parsed.epoch !== this.#epoch || parsed.place.pos > this.#stream.head()) {
      throw invalidParam(`${name} is no token of this server.`)
    }
    return parsed.place
  }

  format(place: Place): string {
    return formatPlaceToken({ epoch: this.#epoch, place })
  }

  /** The place behind everything that can be seen at present. */
  end(): Place {
    return { pos: this.#stream.head(), offset: 0 }
  }
}

/** The beginning of every history. */
export const BEGINNING: Place = { pos: 0, offset: 0 }

/** Who reads backwards from a token begins with the event just before it. */
export function justBeyond({ pos, offset }: Place): Place {
  return { pos, offset: offset + 1 }
}

/** The one of two places that comes first. */
export function earlier(a: Place, b: Place): Place {
  return a.pos < b.pos || (a.pos === b.pos && a.offset < b.offset) ? a : b
}

export interface PageSizes { readonly byDefault: number, readonly max: number, readonly min?: number }

/** How many entries a page gets. Throws M_INVALID_PARAM for less than none. */
export function pageSize(asked: number | undefined, { byDefault, max, min = 0 }: PageSizes): number {
  if (asked !== undefined && asked < min) throw invalidParam(`limit must be at least ${min}.`)
  return Math.min(asked ?? byDefault, max)
}
