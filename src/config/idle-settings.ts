import type { Input } from './input.ts'
import type { Mistake } from './mistakes.ts'
import type { AnyShape, Leaf, List } from './shape.ts'

/** What somebody has set that has no effect yet, each with its place. What is written as it is by default asks for nothing. */
export function findIdleSettings(shape: AnyShape, input: Input, key = '', isWithin = false): Mistake[] {
  const isIdle = isWithin || shape.isIdle === true
  if (shape.kind !== 'section') return isIdle && isSet(shape, input) ? [{ at: input.at, key, complaint: 'has no effect yet' }] : []
  if (input.kind !== 'map') return []
  return [...input.entries].flatMap(([name, { value }]) => {
    const field = shape.fields[name] ?? shape.fields[name.replace(/_file$/, '')]
    return field === undefined ? [] : findIdleSettings(field, value, key === '' ? name : `${key}.${name}`, isIdle)
  })
}

const isSet = (shape: Leaf<unknown> | List<unknown>, input: Input): boolean =>
  input.kind === 'scalar' ? input.value !== (shape.fallback ?? null) : input.kind === 'map' || input.items.length > 0
