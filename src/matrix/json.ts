import { isUtf8 } from 'node:buffer'
import { parseLossless } from './json-lossless.ts'
import { scanJson } from './json-scan.ts'
import type { JsonArray, JsonObject, JsonValue, MutableJsonObject } from './json-value.ts'

declare global {
  interface JSON {
    rawJSON(text: string): { readonly rawJSON: string }
    isRawJSON(value: unknown): boolean
  }
}

export type { JsonArray, JsonObject, JsonValue, MutableJsonObject }

export interface ParseJsonOptions {
  /** Whether a key written twice in one object is an error, or the last one counts as with the other servers. */
  readonly duplicates: 'refuse' | 'last-wins'
  /**
   * `strict`: only canonical integers. `any`: what JSON allows and a double can hold. `lossless`: a number that a
   * double cannot give back as it was written becomes `JSON.rawJSON` (see `isRawNumber`).
   */
  readonly numbers: 'strict' | 'any' | 'lossless'
  /** Deepest nesting of arrays and objects (100 unless told). */
  readonly depthMax?: number
  /** Whether a string with half a surrogate pair is an error (it is unless told). */
  readonly loneSurrogates?: 'refuse' | 'keep'
}

export type ParsedJson =
  | { readonly ok: true, readonly value: JsonValue }
  | { readonly ok: false, readonly reason: 'not-json' | 'bad-json', readonly message: string }

const DEPTH_MAX = 100
const NOT_CANONICAL_INTEGER = 'A number is not a canonical integer.'
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/

/** How request bodies of clients are read: everything that another server could read differently is refused. */
export const STRICT: ParseJsonOptions = { duplicates: 'refuse', numbers: 'strict' }

/**
 * How JSON of other servers is read: nothing is lost, so that signatures can be checked over what was signed, and one
 * event that breaks the rules does not spoil the others. Each event is then judged by `findNonCanonical`.
 */
export const LOSSLESS: ParseJsonOptions = {
  duplicates: 'last-wins', numbers: 'lossless', depthMax: Number.POSITIVE_INFINITY, loneSurrogates: 'keep',
}

/** How JSON that we checked and stored is read back: as it was accepted, whatever the room version allowed in it. */
export const STORED: ParseJsonOptions = LOSSLESS

/**
 * Reads JSON. Text that is no JSON at all (syntax, bad UTF-8, a byte order mark, NaN) is `not-json`; JSON that two
 * servers could understand differently (keys written twice, non-canonical numbers, lone surrogates, deep nesting) is
 * `bad-json`. Specification: Client-Server API, Standard error response (M_NOT_JSON, M_BAD_JSON); appendices, Canonical JSON.
 */
export function parseJson(input: string | Buffer, options: ParseJsonOptions): ParsedJson {
  if (typeof input !== 'string' && !isUtf8(input)) return notJson('The text is not UTF-8.')
  const text = typeof input === 'string' ? input : input.toString('utf8')
  let value: JsonValue
  try {
    value = JSON.parse(text)
  } catch (error) {
    return notJson(error instanceof Error ? error.message : 'The text is not JSON.')
  }
  const scan = scanJson(text)
  if (scan.depth > (options.depthMax ?? DEPTH_MAX)) return badJson('Arrays and objects are nested too deeply.')
  if (options.duplicates === 'refuse' && scan.members !== countMembers(value)) return badJson('A key stands twice in one object.')
  if (options.loneSurrogates !== 'keep' && (!text.isWellFormed() || (SURROGATE_ESCAPE.test(text) && !isWellFormed(value)))) {
    return badJson('A string holds half of a surrogate pair.')
  }
  if (scan.canonicalNumbers) return { ok: true, value }
  if (options.numbers === 'strict') return badJson('Numbers must be integers within ±(2^53 - 1), without fraction or exponent.')
  if (options.numbers === 'lossless') return { ok: true, value: parseLossless(text) }
  return some(value, isInfinite) ? badJson('A number is too large.') : { ok: true, value }
}

/** Whether the value is a JSON object: neither null, nor an array, nor a number kept as it was written. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
}

/** Whether the value is a number that was kept as it was written (`1.0`, `1e2`, 2^53 + 1). */
export function isRawNumber(value: JsonValue | undefined): value is { readonly rawJSON: string } {
  return typeof value === 'object' && value !== null && JSON.isRawJSON(value)
}

/**
 * The value of a key of the object itself. A name such as `constructor` or `__proto__` is a key like any other, so
 * names that come from outside are read with this and never by a bare index.
 */
export function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** The object that is the value of a key of the object itself, or an empty one. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = ownValue(object, key)
  return isJsonObject(value) ? value : {}
}

/** Sets a key of the object itself, whatever its name. */
export function setOwn(object: MutableJsonObject, key: string, value: JsonValue): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

/**
 * Why a value is no Canonical JSON (appendices, Canonical JSON), or undefined if it is: numbers that are not integers
 * within ±(2^53 - 1), lone surrogates, or deeper nesting than `DEPTH_MAX`.
 */
export function findNonCanonical(value: JsonValue): string | undefined {
  const waiting: JsonValue[] = [value]
  const depths = [0]
  while (waiting.length > 0) {
    const next = waiting.pop()
    const depth = depths.pop() ?? 0
    if (typeof next === 'number' && (!Number.isSafeInteger(next) || Object.is(next, -0))) return NOT_CANONICAL_INTEGER
    if (typeof next === 'string' && !next.isWellFormed()) return 'A string holds half of a surrogate pair.'
    if (typeof next !== 'object' || next === null) continue
    if (JSON.isRawJSON(next)) return NOT_CANONICAL_INTEGER
    if (depth >= DEPTH_MAX) return 'Arrays and objects are nested too deeply.'
    for (const [key, member] of Object.entries(next)) {
      if (!Array.isArray(next) && !key.isWellFormed()) return 'A key holds half of a surrogate pair.'
      waiting.push(member)
      depths.push(depth + 1)
    }
  }
  return undefined
}

function notJson(message: string): ParsedJson {
  return { ok: false, reason: 'not-json', message }
}

function badJson(message: string): ParsedJson {
  return { ok: false, reason: 'bad-json', message }
}

/** Members of all objects of the value. Depth is known to be small here or the count is not asked for. */
function countMembers(value: JsonValue): number {
  let members = 0
  const waiting: JsonValue[] = [value]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue
    if (isArray(next)) {
      for (const member of next) if (typeof member === 'object') waiting.push(member)
      continue
    }
    for (const key in next) {
      members += 1
      const member = next[key]
      if (typeof member === 'object') waiting.push(member)
    }
  }
  return members
}

function isWellFormed(value: JsonValue): boolean {
  return !some(value, (part, key) => (typeof part === 'string' && !part.isWellFormed()) || key?.isWellFormed() === false)
}

function isInfinite(value: JsonValue): boolean {
  return typeof value === 'number' && !Number.isFinite(value)
}

function some(value: JsonValue, test: (value: JsonValue, key?: string) => boolean): boolean {
  if (test(value)) return true
  const waiting: JsonValue[] = [value]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue
    for (const [key, member] of Object.entries(next)) {
      if (test(member, key)) return true
      waiting.push(member)
    }
  }
  return false
}

function isArray(value: JsonArray | JsonObject): value is JsonArray {
  return Array.isArray(value)
}
