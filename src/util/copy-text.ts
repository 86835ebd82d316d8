/** A text that keeps nothing else in memory: what is cut out of a larger text, as V8 does it, holds all of that one. */
export function copyText(text: string): string {
  return Buffer.from(text).toString()
}
