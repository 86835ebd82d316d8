const STAR = '*'
const ANY = '?'
const BITS = 32

/**
 * A pattern with `*` (any characters, or none) and `?` (exactly one), ready to be matched (appendices, Glob-style
 * matching). Patterns come from users and other servers, so they never become regular expressions, and no pattern makes
 * matching slow: each character of the text is looked at once, with one step for every 32 characters of the pattern.
 */
export interface Glob {
  /** Whether the pattern matches the whole text. */
  matches(text: string): boolean
  /**
   * Whether it matches a part of the text that starts and ends at a word boundary: at an end of the text, or beside a
   * character other than letters, digits and `_` of ASCII (Client-Server API, Push Rules, event_match).
   */
  matchesWords(text: string): boolean
}

/** Prepares a pattern. Pattern and text are compared as they are: who wants to ignore case lowers both. */
export function compileGlob(pattern: string): Glob {
  if (!pattern.includes(STAR) && !pattern.includes(ANY)) {
    return { matches: (text) => text === pattern, matchesWords: (text) => includesWords(text, pattern) }
  }
  const automaton = buildAutomaton(pattern)
  return { matches: (text) => run(automaton, text, false), matchesWords: (text) => run(automaton, text, true) }
}

/** Whether the words stand in the text between word boundaries, as `Glob.matchesWords` has them. */
export function includesWords(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + 1)) {
    if (isWordStart(text, at) && isWordEnd(text, at + words.length)) return true
    if (at === text.length) return false
  }
  return false
}

/**
 * The pattern as states: state n means that n characters of the pattern are matched, and is one bit. A star is no
 * character of its own, it lets the state before the next one stay.
 */
interface Automaton {
  readonly length: number
  /** By character of the pattern: the states that it leads on from. */
  readonly steps: ReadonlyMap<number, Int32Array>
  /** The states that every other character leads on from, because a `?` follows. */
  readonly anyStep: Int32Array
  /** The states that stay, because a star follows. */
  readonly stays: Int32Array
}

function buildAutomaton(pattern: string): Automaton {
  const characters: string[] = []
  const starsBefore = new Set<number>()
  for (const character of pattern) {
    if (character === STAR) starsBefore.add(characters.length)
    else characters.push(character)
  }
  const words = Math.floor(characters.length / BITS) + 1
  const anyStep = new Int32Array(words)
  const stays = new Int32Array(words)
  const steps = new Map<number, Int32Array>()
  for (const [state, character] of characters.entries()) if (character === ANY) setBit(anyStep, state)
  for (const [state, character] of characters.entries()) {
    if (character === ANY) continue
    const code = character.codePointAt(0) ?? 0
    const step = steps.get(code) ?? anyStep.slice()
    setBit(step, state)
    steps.set(code, step)
  }
  for (const state of starsBefore) setBit(stays, state)
  return { length: characters.length, steps, anyStep, stays }
}

function run({ length, steps, anyStep, stays }: Automaton, text: string, onWords: boolean): boolean {
  if (length > text.length) return false
  const states = new Int32Array(stays.length)
  setBit(states, 0)
  let at = 0
  while (at < text.length) {
    if (onWords && isWordStart(text, at)) setBit(states, 0)
    if (onWords && hasBit(states, length) && isWordEnd(text, at)) return true
    const code = text.codePointAt(at) ?? 0
    const isAlive = advance(states, steps.get(code) ?? anyStep, stays)
    if (!isAlive && !onWords) return false
    at += code > 0xffff ? 2 : 1
  }
  if (onWords && isWordStart(text, at)) setBit(states, 0)
  return hasBit(states, length)
}

/** All states go on or stay at once; says whether any is left. */
function advance(states: Int32Array, step: Int32Array, stays: Int32Array): boolean {
  let carry = 0
  let any = 0
  for (let word = 0; word < states.length; word += 1) {
    const state = states[word] ?? 0
    const going = state & (step[word] ?? 0)
    const next = (going << 1) | carry | (state & (stays[word] ?? 0))
    carry = going >>> (BITS - 1)
    states[word] = next
    any |= next
  }
  return any !== 0
}

function setBit(bits: Int32Array, at: number): void {
  const word = Math.floor(at / BITS)
  bits[word] = (bits[word] ?? 0) | (1 << (at % BITS))
}

function hasBit(bits: Int32Array, at: number): boolean {
  return ((bits[Math.floor(at / BITS)] ?? 0) & (1 << (at % BITS))) !== 0
}

function isWordStart(text: string, at: number): boolean {
  return at === 0 || !isWordCharacter(text.charCodeAt(at - 1))
}

function isWordEnd(text: string, at: number): boolean {
  return at >= text.length || !isWordCharacter(text.charCodeAt(at))
}

function isWordCharacter(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f
}
