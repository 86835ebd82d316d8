import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkLeaf } from './check-leaf.ts'
import { suggestion } from './did-you-mean.ts'
import type { Input, MapInput, ScalarInput } from './input.ts'
import type { Mistake } from './mistakes.ts'
import { camelCase, type AnyShape, type Fields, type Leaf, type List, type Section } from './shape.ts'

/** What a walk over the input gathers, and from where relative paths are seen. */
export interface Walk {
  readonly folder: string
  readonly mistakes: Mistake[]
}

/** The value that the input stands for, by its shape; what is wrong is added to the walk's mistakes. */
export function checkInput(shape: AnyShape, input: Input, key: string, walk: Walk): unknown {
  if (shape.kind === 'section') return checkSection(shape, input, key, walk)
  if (shape.kind === 'list') return checkList(shape, input, key, walk)
  if (input.kind !== 'scalar') return complain(
    walk, input, key, `must be ${shape.kind === 'text' ? 'text' : 'one value'}, not a ${input.kind}`,
  )
  return checkScalar(shape, input, key, walk)
}

function complain(walk: Walk, { at }: { readonly at: string }, key: string, complaint: string): undefined {
  walk.mistakes.push({ at, key, complaint })
}

function checkScalar(leaf: Leaf<unknown>, input: ScalarInput, key: string, walk: Walk): unknown {
  const verdict = checkLeaf(leaf, input)
  if ('complaint' in verdict) return complain(walk, input, key, verdict.complaint)
  if (leaf.path === undefined) return verdict.value
  const path = resolve(walk.folder, String(verdict.value))
  if (leaf.path === 'must-exist' && !existsSync(path)) return complain(walk, input, key, `names a file that is not there (${path})`)
  return path
}

function checkList(shape: List<unknown>, input: Input, key: string, walk: Walk): unknown {
  if (input.kind === 'scalar') {
    return complain(
      walk, input, key, input.value === null ? 'has no value; write a list such as []' : `must be a list; write [${input.source}]`,
    )
  }
  if (input.kind === 'map') return complain(walk, input, key, 'must be a list; put "- " before each item')
  if (shape.required && input.items.length === 0) return complain(walk, input, key, 'must have at least one item')
  return input.items.map((item, index) => checkInput(shape.item, item, `${key}[${index}]`, walk))
}

function checkSection(shape: Section<Fields>, input: Input, key: string, walk: Walk): unknown {
  if (input.kind === 'list') return complain(walk, input, key, `must have keys, not items: ${Object.keys(shape.fields).join(', ')}`)
  // A section of which every key is commented out is an empty one.
  if (input.kind === 'scalar' && input.value !== null) return complain(
    walk, input, key, `must have keys below it: ${Object.keys(shape.fields).join(', ')}`,
  )
  const map: MapInput = input.kind === 'map' ? input : { kind: 'map', at: input.at, entries: new Map() }
  complainOfUnknownKeys(shape.fields, map, key, walk)
  const values = Object.entries(shape.fields).map(([name, field]) => [camelCase(name), checkField(field, name, map, key, walk)] as const)
  return Object.fromEntries(values)
}

const below = (key: string, name: string): string => (key === '' ? name : `${key}.${name}`)

function complainOfUnknownKeys(fields: Fields, map: MapInput, key: string, walk: Walk): void {
  const known = Object.entries(fields).flatMap(([name, field]) => (isSecret(field) ? [name, `${name}_file`] : [name]))
  for (const [name, { at }] of map.entries) {
    if (!known.includes(name)) complain(walk, { at }, below(key, name), `is not a key that Hearth knows; ${suggestion(name, known)}`)
  }
}

const isSecret = (shape: AnyShape): boolean => shape.kind === 'text' && shape.secret === true

function checkField(shape: AnyShape, name: string, map: MapInput, key: string, walk: Walk): unknown {
  const path = below(key, name)
  const entry = map.entries.get(name)
  const file = isSecret(shape) ? map.entries.get(`${name}_file`) : undefined
  if (entry !== undefined && file !== undefined) return complain(
    walk, file, path, `stands here twice, as ${name} and as ${name}_file; keep one of the two`,
  )
  if (file !== undefined) return checkSecretFile(shape, file.value, path, walk)
  if (entry !== undefined) return checkInput(shape, entry.value, path, walk)
  if (shape.kind !== 'section') return shape.required ? complain(
    walk, map, path, `is missing. ${shape.about.replace(/\.$/, '')}`,
  ) : shape.fallback
  return shape.optional ? undefined : checkInput(shape, { kind: 'map', at: map.at, entries: new Map() }, path, walk)
}

/** A secret in a file of its own; the line end that editors add does not belong to it. */
function checkSecretFile(shape: AnyShape, input: Input, key: string, walk: Walk): unknown {
  if (input.kind !== 'scalar' || typeof input.value !== 'string') return complain(walk, input, `${key}_file`, 'must be the path of a file')
  const path = resolve(walk.folder, input.value)
  try {
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
    return checkInput(shape, { kind: 'scalar', at: path, value, source: '' }, key, walk)
  } catch (error) {
    return complain(walk, input, `${key}_file`, `names a file that cannot be read (${(error as Error).message})`)
  }
}
