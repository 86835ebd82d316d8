const STAR = 0x2a
const QUESTION = 0x3f

/**
 * A pattern with `*` (any characters, or none) and `?` (exactly one), ready to match whole texts (appendices, Glob-style
 * matching). Matching takes time in proportion to the length of pattern times text at worst, whatever the pattern;
 * patterns come from users and other servers, so they never become regular expressions.
 */
export interface Glob {
  /** Whether the pattern matches the whole text. */
  matches(text: string): boolean
}

/** Prepares a pattern. Pattern and text are compared as they are: who wants to ignore case lowers both. */
export function compileGlob(pattern: string): Glob {
  if (!pattern.includes('*') && !pattern.includes('?')) return { matches: (text) => text === pattern }
  if (/^\*+$/.test(pattern)) return { matches: () => true }
  return { matches: (text) => matchesGlob(pattern, text) }
}

/**
 * Whether the pattern matches the whole text. On a mismatch only the last star is tried again, one place further: what
 * an earlier star could take, the last one can as well.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let inPattern = 0
  let inText = 0
  let star = -1
  let retryAt = 0
  while (inText < text.length) {
    const code = inPattern < pattern.length ? pattern.charCodeAt(inPattern) : -1
    if (code === STAR) {
      star = inPattern
      retryAt = inText
      inPattern += 1
    } else if (code === QUESTION) {
      inPattern += 1
      inText += characterLength(text, inText)
    } else if (code === text.charCodeAt(inText)) {
      inPattern += 1
      inText += 1
    } else if (star !== -1) {
      inPattern = star + 1
      retryAt += 1
      inText = retryAt
    } else {
      return false
    }
  }
  while (pattern.charCodeAt(inPattern) === STAR) inPattern += 1
  return inPattern === pattern.length
}

/** A character of `?` is a code point, which may take two units. */
function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}
