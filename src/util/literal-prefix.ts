const META = new Set('.^$|()[]{}*+?')
const OPTIONAL = new Set('*?{')

/** How every text begins that a regular expression fits from its first character on; empty where that cannot be told. */
export function literalPrefix(regex: string): string {
  if (regex.includes('|')) return ''
  let prefix = ''
  for (let at = 0; at < regex.length; at += 1) {
    const isEscape = regex[at] === '\\'
    const character = isEscape ? regex[at += 1] : regex[at]
    // An escaped letter or digit is a class or a reference.
    if (character === undefined || (isEscape ? /\w/.test(character) : META.has(character))) return prefix
    if (OPTIONAL.has(regex[at + 1] ?? '')) return prefix
    prefix += character
  }
  return prefix
}
