import type { Readable } from 'node:stream'

/** One part of several: its headers by their names in lower case, and its bytes as they come. */
export interface Part {
  readonly headers: ReadonlyMap<string, string>
  readonly bytes: AsyncIterable<Buffer>
}

const HEADERS_BYTES_MAX = 16 * 1024
const FIRST_PART_BYTES_MAX = 64 * 1024
const BOUNDARY = /^multipart\/mixed\s*;(?:.*;)?\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i

/**
 * The second of the parts in which a server gives a file; what the first tells is of no use so far (Server-Server API, Content
 * Repository). Undefined where it is not of that form. The bytes throw where they end before the part does.
 */
export async function readSecondPart(contentType: string | undefined, body: Readable): Promise<Part | undefined> {
  const match = BOUNDARY.exec(contentType ?? '')
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) return undefined
  // A line break belongs to the boundary that follows it; before the first one there need not be any.
  const reader = new PartReader(body, `\r\n--${boundary}`)
  if (await reader.passDelimiter(FIRST_PART_BYTES_MAX) === undefined || await reader.passDelimiter(FIRST_PART_BYTES_MAX) === undefined) {
    return undefined
  }
  const head = await reader.passText('\r\n\r\n', HEADERS_BYTES_MAX)
  return head === undefined ? undefined : { headers: readHeaders(head.toString('latin1')), bytes: reader.untilDelimiter() }
}

class PartReader {
  readonly #chunks: AsyncIterator<Buffer>
  readonly #delimiter: string
  #held: Buffer = Buffer.from('\r\n')

  constructor(body: Readable, delimiter: string) {
    this.#chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
    this.#delimiter = delimiter
  }

  passDelimiter(bytesMax: number): Promise<Buffer | undefined> {
    return this.passText(this.#delimiter, bytesMax)
  }

  /** What comes before the text, which is passed over; undefined where it does not come in time. */
  async passText(text: string, bytesMax: number): Promise<Buffer | undefined> {
    for (;;) {
      const at = this.#held.indexOf(text)
      if (at >= 0) {
        const before = this.#held.subarray(0, at)
        this.#held = this.#held.subarray(at + text.length)
        return before
      }
      if (this.#held.length > bytesMax || !await this.#more()) return undefined
    }
  }

  async* untilDelimiter(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(this.#delimiter)
      if (at >= 0) {
        yield this.#held.subarray(0, at)
        return
      }
      // The end of what is here may be the beginning of the delimiter.
      const sure = Math.max(0, this.#held.length - this.#delimiter.length)
      if (sure > 0) yield this.#held.subarray(0, sure)
      this.#held = this.#held.subarray(sure)
      if (!await this.#more()) throw new Error('The part has no end')
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next()
    if (next.done === true) return false
    this.#held = Buffer.concat([this.#held, next.value])
    return true
  }
}

/** The line break after the boundary stands before the first header. */
function readHeaders(head: string): ReadonlyMap<string, string> {
  return new Map(head.split('\r\n').flatMap((line): [string, string][] => {
    const at = line.indexOf(':')
    return at <= 0 ? [] : [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]]
  }))
}
