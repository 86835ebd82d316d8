const QUOTE = 0x22
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const UPPER_EXPONENT = 0x45
const BACKSLASH = 0x5c
const EXPONENT = 0x65
const SAFE_DIGITS = 15

/** What a text of JSON holds and `JSON.parse` hides. */
export interface JsonScan {
  /** Members counted in the text: more than in the parsed value when a key is written twice. */
  readonly members: number
  /** The deepest nesting of arrays and objects; a lone number or string has depth 0. */
  readonly depth: number
  /** Whether every number is a canonical integer (specification, appendices, Canonical JSON). */
  readonly canonicalNumbers: boolean
}

/**
 * Walks once over a text that `JSON.parse` accepts. Because the syntax is known to be right, it looks only at
 * the characters that matter: quotes, brackets, colons and the first character of a number.
 */
export function scanJson(text: string): JsonScan {
  const escapes = text.includes('\\')
  const length = text.length
  let members = 0
  let depth = 0
  let deepest = 0
  let canonicalNumbers = true
  let at = 0
  while (at < length) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = text.indexOf('"', at + 1)
      if (escapes) at = skipEscapedQuotes(text, at)
    } else if (code === COLON) {
      members += 1
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at)
      if (canonicalNumbers) canonicalNumbers = isCanonicalNumber(text, at, end)
      at = end
      continue
    }
    at += 1
  }
  return { members, depth: deepest, canonicalNumbers }
}

/** The quote that closes a string: one after an odd number of backslashes belongs to it. */
export function skipEscapedQuotes(text: string, quote: number): number {
  let at = quote
  while (text.charCodeAt(at - 1) === BACKSLASH) {
    let backslash = at - 1
    while (text.charCodeAt(backslash - 1) === BACKSLASH) backslash -= 1
    if ((at - backslash) % 2 === 0) return at
    at = text.indexOf('"', at + 1)
  }
  return at
}

/** Where the number that begins at `start` is over. */
export function endOfNumber(text: string, start: number): number {
  let at = start + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    const isDigit = code >= ZERO && code <= NINE
    if (!isDigit && code !== POINT && code !== MINUS && code !== PLUS && code !== EXPONENT && code !== UPPER_EXPONENT) return at
    at += 1
  }
  return at
}

/** Integers within ±(2^53 - 1), without fraction, exponent or negative zero. */
function isCanonicalNumber(text: string, start: number, end: number): boolean {
  for (let at = start + 1; at < end; at += 1) {
    const code = text.charCodeAt(at)
    if (code < ZERO || code > NINE) return false
  }
  if (text.charCodeAt(start) === MINUS && text.charCodeAt(start + 1) === ZERO) return false
  return end - start <= SAFE_DIGITS || Number.isSafeInteger(Number(text.slice(start, end)))
}
