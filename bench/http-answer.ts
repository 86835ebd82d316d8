// Reads one HTTP/1.1 answer from the bytes of a connection. A parser of our own, since the driver shares its machine with the
// server it measures: what node:http costs for each answer (streams, header objects) would be counted as the server's latency.
import type { Buffer as Bytes } from 'node:buffer'

export interface ParsedAnswer {
  readonly status: number
  readonly body: Bytes
  readonly keepAlive: boolean
}

interface Head {
  readonly status: number
  readonly keepAlive: boolean
  readonly framing: 'length' | 'chunked' | 'until-close'
}

const emptyBytes = Buffer.alloc(0)

export class AnswerReader {
  #head: Head | undefined
  #rest: Bytes = emptyBytes
  #parts: Bytes[] = []
  /** Bytes still missing of the body, or of the chunk in hand. */
  #missing = 0
  #lastChunkSeen = false

  /** Takes what arrived; gives the answer once it is whole. */
  push(data: Bytes): ParsedAnswer | undefined {
    let bytes = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    this.#rest = emptyBytes
    if (this.#head === undefined) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) {
        this.#rest = bytes
        return undefined
      }
      this.#readHead(bytes.toString('latin1', 0, end + 2))
      bytes = bytes.subarray(end + 4)
    }
    return this.#isWholeWith(bytes) ? this.#take() : undefined
  }

  /** The connection ended: an answer without a length is whole then. */
  finish(): ParsedAnswer | undefined {
    return this.#head?.framing === 'until-close' ? this.#take() : undefined
  }

  #readHead(text: string): void {
    const status = Number(text.slice(9, 12))
    const length = /\r\ncontent-length:[ \t]*(\d+)/i.exec(text)?.[1]
    const isChunked = /\r\ntransfer-encoding:[ \t]*chunked/i.test(text)
    const keepAlive = !/\r\nconnection:[ \t]*close/i.test(text)
    const hasNoBody = status === 204 || status === 304
    const framing = isChunked ? 'chunked' : length !== undefined || hasNoBody ? 'length' : 'until-close'
    this.#head = { status, keepAlive, framing }
    this.#missing = framing === 'length' && !hasNoBody ? Number(length) : 0
  }

  #isWholeWith(bytes: Bytes): boolean {
    if (this.#head?.framing === 'chunked') return this.#readChunks(bytes)
    this.#parts.push(bytes)
    this.#missing -= bytes.length
    return this.#head?.framing === 'length' && this.#missing <= 0
  }

  #readChunks(data: Bytes): boolean {
    let bytes = data
    for (;;) {
      if (this.#missing > 0) {
        const part = bytes.subarray(0, this.#missing)
        this.#parts.push(part)
        this.#missing -= part.length
        bytes = bytes.subarray(part.length)
        if (this.#missing > 0) return false
      }
      const end = bytes.indexOf('\r\n')
      if (end < 0) {
        this.#rest = bytes
        return false
      }
      const line = bytes.toString('latin1', 0, end)
      bytes = bytes.subarray(end + 2)
      // An empty line closes a chunk's data, or, after the chunk of size 0, the whole body.
      if (line === '') {
        if (this.#lastChunkSeen) return true
      } else if (!this.#lastChunkSeen) {
        this.#missing = Number.parseInt(line, 16)
        this.#lastChunkSeen = this.#missing === 0
      }
    }
  }

  #take(): ParsedAnswer {
    const body = this.#parts.length === 1 ? this.#parts[0] ?? emptyBytes : Buffer.concat(this.#parts)
    const answer = { status: this.#head?.status ?? 0, keepAlive: this.#head?.keepAlive ?? false, body }
    this.#head = undefined
    this.#parts = []
    this.#missing = 0
    this.#lastChunkSeen = false
    return answer
  }
}
