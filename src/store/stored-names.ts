const ESCAPE = '\x1a'
const ESCAPED = /\x1a([01])/g

/**
 * A type or a state key as the database holds it: it holds no NUL, which others may well say. Where state with such a name were
 * left out, the state of a room would be another one than for everybody else.
 */
export function storedName(name: string): string {
  if (!name.includes('\0') && !name.includes(ESCAPE)) return name
  return name.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll('\0', `${ESCAPE}0`)
}

/** The name behind a stored one. */
export function readName(stored: string): string {
  return stored.includes(ESCAPE) ? stored.replace(ESCAPED, (_, code) => code === '0' ? '\0' : ESCAPE) : stored
}
