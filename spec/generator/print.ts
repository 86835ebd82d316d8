const WIDTH = 130

/** A key as it is written in an object literal or a type. */
export function printKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : printString(key)
}

export function printString(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** Prints plain data as a literal: on one line where it fits, else one member a line. */
export function printValue(value: unknown, indent = 0): string {
  const flat = printFlat(value)
  if (indent + flat.length < WIDTH - 30 || typeof value !== 'object' || value === null) return flat
  const pad = ' '.repeat(indent + 2)
  const members = Array.isArray(value)
    ? value.map((member) => printValue(member, indent + 2))
    : Object.entries(value).map(([key, member]) => `${printKey(key)}: ${printValue(member, indent + 2)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return `${open}\n${members.map((member) => `${pad}${member},\n`).join('')}${' '.repeat(indent)}${close}`
}

function printFlat(value: unknown): string {
  if (typeof value === 'string') return printString(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return `[${value.map(printFlat).join(', ')}]`
  const members = Object.entries(value).map(([key, member]) => `${printKey(key)}: ${printFlat(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** The head of every generated file. */
export const HEADER = '// Generated from /spec by `npm run spec`. Change the documents there, never this file.\n\n'
