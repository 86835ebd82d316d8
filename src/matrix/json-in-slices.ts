import { LOSSLESS, parseJson, setOwn, type JsonValue, type MutableJsonObject, type ParsedJson } from './json.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d])
const SCALAR_ENDS: ReadonlySet<number | undefined> = new Set([...SPACES, COMMA, CLOSE_LIST, CLOSE_OBJECT, undefined])

/** What is smaller than that is read at once: no event is larger, however it is written. */
const PIECE_BYTES = 512 * 1024
/** So much is read before others get their turn. */
const SLICE_BYTES = 64 * 1024
/** A list of large answers is no deeper; what is large still is no event, and refused. */
const DEPTH_MAX = 3
/** What a piece costs besides its bytes. */
const PIECE_COST = 64

/** A place at which there is no JSON. */
class NoJson extends Error {}

interface Reading {
  readonly bytes: Buffer
  readonly pieceBytes: number
  at: number
  /** Of the bytes that may be read before others get their turn. */
  left: number
}

/**
 * Reads JSON of other servers like `parseJson` with LOSSLESS, a slice at a time: it stops after each of them. For answers with
 * very many events in them, that would hold the event loop for seconds; a single value that is too large is refused.
 */
export function* parseInSlices(bytes: Buffer, pieceBytes = PIECE_BYTES): Generator<undefined, ParsedJson> {
  const reading: Reading = { bytes, pieceBytes, at: 0, left: SLICE_BYTES }
  try {
    skipSpaces(reading)
    const value = yield* readValue(reading, 0)
    skipSpaces(reading)
    if (reading.at < bytes.length) throw new NoJson('Something follows the value.')
    return { ok: true, value }
  } catch (error) {
    if (!(error instanceof NoJson)) throw error
    return { ok: false, reason: 'not-json', message: error.message }
  }
}

function* readValue(reading: Reading, depth: number): Generator<undefined, JsonValue> {
  const { bytes, at, pieceBytes } = reading
  const end = findEnd(bytes, at, at + pieceBytes)
  if (end !== undefined) return yield* readPiece(reading, end)
  if (depth === DEPTH_MAX) throw new NoJson('A value is too large.')
  reading.at += 1
  if (bytes[at] === OPEN_LIST) return yield* readList(reading, depth)
  if (bytes[at] === OPEN_OBJECT) return yield* readObject(reading, depth)
  throw new NoJson('A value is too large.')
}

function* readList(reading: Reading, depth: number): Generator<undefined, JsonValue> {
  const list: JsonValue[] = []
  do {
    skipSpaces(reading)
    list.push(yield* readValue(reading, depth + 1))
  } while (goesOn(reading, CLOSE_LIST))
  return list
}

function* readObject(reading: Reading, depth: number): Generator<undefined, JsonValue> {
  const object: MutableJsonObject = {}
  do {
    skipSpaces(reading)
    const key = reading.bytes[reading.at] === QUOTE ? yield* readValue(reading, DEPTH_MAX) : undefined
    skipSpaces(reading)
    if (typeof key !== 'string' || reading.bytes[reading.at] !== COLON) throw new NoJson('A key is missing.')
    reading.at += 1
    skipSpaces(reading)
    setOwn(object, key, yield* readValue(reading, depth + 1))
  } while (goesOn(reading, CLOSE_OBJECT))
  return object
}

function* readPiece(reading: Reading, end: number): Generator<undefined, JsonValue> {
  const parsed = parseJson(reading.bytes.subarray(reading.at, end), LOSSLESS)
  if (!parsed.ok) throw new NoJson(parsed.message)
  reading.left -= end - reading.at + PIECE_COST
  reading.at = end
  if (reading.left <= 0) {
    yield
    reading.left = SLICE_BYTES
  }
  return parsed.value
}

/** Whether there is a next value, or the list or object is over. */
function goesOn(reading: Reading, close: number): boolean {
  skipSpaces(reading)
  const next = reading.bytes[reading.at]
  if (next !== COMMA && next !== close) throw new NoJson('A comma or an end is missing.')
  reading.at += 1
  return next === COMMA
}

function skipSpaces(reading: Reading): void {
  const limit = reading.at + reading.pieceBytes
  while (SPACES.has(reading.bytes[reading.at])) {
    reading.at += 1
    if (reading.at > limit) throw new NoJson('There is nothing but space.')
  }
}

/** Where the value is over that begins here, if that is before the limit. */
function findEnd(bytes: Buffer, start: number, limit: number): number | undefined {
  let depth = 0
  for (let at = start; at < limit; at += 1) {
    const code = bytes[at]
    if (code === QUOTE) {
      at = endOfString(bytes, at + 1, limit)
      if (depth === 0) return at < limit ? at + 1 : undefined
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      depth += 1
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      depth -= 1
      if (depth === 0) return at + 1
      if (depth < 0) return at
    } else if (depth === 0 && SCALAR_ENDS.has(code)) {
      return at
    } else if (code === undefined) {
      return at
    }
  }
  return undefined
}

/** The quote that closes a string. */
function endOfString(bytes: Buffer, start: number, limit: number): number {
  for (let at = start; at < limit; at += 1) {
    const code = bytes[at]
    if (code === QUOTE || code === undefined) return at
    if (code === BACKSLASH) at += 1
  }
  return limit
}
