import type { Input } from './input.ts'

/** Where a key is written, or else where the nearest one around it is: for mistakes that show only when keys are seen together. */
export function placeOf(input: Input, path: readonly (string | number)[]): string {
  const [step, ...rest] = path
  if (typeof step === 'string' && input.kind === 'map') {
    const entry = input.entries.get(step) ?? input.entries.get(`${step}_file`)
    if (entry === undefined) return input.at
    return rest.length === 0 ? entry.at : placeOf(entry.value, rest)
  }
  const item = typeof step === 'number' && input.kind === 'list' ? input.items[step] : undefined
  return item === undefined ? input.at : placeOf(item, rest)
}
