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

/** A row with the names behind the stored ones: itself, as good as always. */
export function withNames<Row extends { readonly type: string, readonly state_key: string | null }>(row: Row): Row {
  if (!row.type.includes(ESCAPE) && row.state_key?.includes(ESCAPE) !== true) return row
  return { ...row, type: readName(row.type), state_key: row.state_key === null ? null : readName(row.state_key) }
}

/** The name behind a stored one. */
export function readName(stored: string): string {
  return stored.includes(ESCAPE) ? stored.replace(ESCAPED, (_, code) => code === '0' ? '\0' : ESCAPE) : stored
}
