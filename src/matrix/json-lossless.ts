import type { JsonValue, MutableJsonObject } from './json-value.ts'
import { endOfNumber, skipEscapedQuotes } from './json-scan.ts'

interface Open {
  readonly array: JsonValue[] | undefined
  readonly object: MutableJsonObject | undefined
  key: string | undefined
}

/**
 * Reads a text that `JSON.parse` accepts, and keeps each number that a double would change as `JSON.rawJSON` of its
 * lexeme. Without recursion, since other servers decide how deep their JSON is. Canonical JSON of such a value is what
 * was signed in rooms of version 1 to 5 (appendices, Canonical JSON).
 */
export function parseLossless(text: string): JsonValue {
  const open: Open[] = []
  let root: JsonValue = null
  let at = 0
  while (at < text.length) {
    const character = text.charAt(at)
    const holder = open.at(-1)
    if (character === '[') open.push({ array: [], object: undefined, key: undefined })
    else if (character === '{') open.push({ array: undefined, object: {}, key: undefined })
    else if (character === ']' || character === '}') {
      open.pop()
      root = place(open.at(-1), holder?.array ?? holder?.object ?? null)
    } else if (!isBetween(character)) {
      const end = endOfScalar(text, at, character)
      const value = scalar(text.slice(at, end))
      if (holder?.object !== undefined && holder.key === undefined && typeof value === 'string') holder.key = value
      else root = place(holder, value)
      at = end
      continue
    }
    at += 1
  }
  return root
}

/** Puts a value where it belongs and gives it back. */
function place(holder: Open | undefined, value: JsonValue): JsonValue {
  if (holder?.array !== undefined) holder.array.push(value)
  else if (holder?.object !== undefined && holder.key !== undefined) {
    Object.defineProperty(holder.object, holder.key, { value, enumerable: true, configurable: true, writable: true })
    holder.key = undefined
  }
  return value
}

/** White space and separators say nothing that the brackets and the order of the values do not. */
function isBetween(character: string): boolean {
  return ',: \n\r\t'.includes(character)
}

function endOfScalar(text: string, at: number, first: string): number {
  if (first === '"') return skipEscapedQuotes(text, text.indexOf('"', at + 1)) + 1
  if (first === 't' || first === 'n') return at + 4
  return first === 'f' ? at + 5 : endOfNumber(text, at)
}

/** A negative zero is kept as the number that it is: it is no canonical integer, and written as 0 like by the other servers. */
function scalar(lexeme: string): JsonValue {
  const value: JsonValue = JSON.parse(lexeme)
  if (lexeme === '-0') return value
  return typeof value === 'number' && String(value) !== lexeme ? JSON.rawJSON(lexeme) : value
}
