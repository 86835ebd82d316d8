import { stringify } from 'yaml'
import { suggestion } from './did-you-mean.ts'
import { asWritten } from './json-schema.ts'
import { schema } from './schema.ts'
import type { AnyShape, Fields, Leaf } from './shape.ts'
import { variableName } from './variables.ts'

export type Explanation = { readonly text: string } | { readonly complaint: string }

/** What a key such as `registration.enabled` means, for people. */
export function explainKey(key: string): Explanation {
  let shape: AnyShape = schema
  const path: string[] = []
  let isIdle = false
  let list: string[] | undefined
  for (const name of key.split('.').map((part) => part.replace(/\[\d*\]$/, ''))) {
    const fields = fieldsOf(shape)
    const next = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined
    if (next === undefined) return {
      complaint: `There is no key ${[...path, name].join('.')}; ${suggestion(name, Object.keys(fields ?? {}))}`,
    }
    if (shape.kind === 'list') list ??= [...path]
    path.push(name)
    shape = next
    isIdle ||= shape.isIdle === true
  }
  return { text: describe(shape, path, { isIdle, list }) }
}

interface Place {
  readonly isIdle: boolean
  /** The list around the key, which has a variable only as a whole. */
  readonly list: readonly string[] | undefined
}

function fieldsOf(shape: AnyShape): Fields | undefined {
  if (shape.kind === 'section') return shape.fields
  return shape.kind === 'list' ? fieldsOf(shape.item) : undefined
}

function describe(shape: AnyShape, path: readonly string[], { isIdle, list }: Place): string {
  const lines = [`${path.join('.')}: ${shape.about}`]
  const fields = fieldsOf(shape)
  if (isIdle) lines.push('  It has no effect yet: this Hearth does not use it.')
  if (shape.kind !== 'section') lines.push(`  Default: ${defaultOf(shape)}`, ...wayOfVariable(path, list))
  if (shape.kind !== 'section' && shape.kind !== 'list') lines.push(...detailsOf(shape, path))
  for (const [name, field] of Object.entries(fields ?? {})) lines.push(`  ${name}: ${field.about}`)
  return lines.join('\n')
}

const wayOfVariable = (path: readonly string[], list: readonly string[] | undefined): string[] =>
  [`  Variable: ${list === undefined ? variableName(path) : `none of its own; ${variableName(list)} holds the whole list, as in YAML`}`]

function defaultOf(shape: Exclude<AnyShape, { kind: 'section' }>): string {
  if (shape.kind !== 'list' && shape.derived !== undefined) return shape.derived
  if (shape.fallback === undefined) return shape.required ? 'none; it must be given' : 'none'
  return stringify(asWritten(shape.fallback), { collectionStyle: 'flow' }).trim()
}

function detailsOf(leaf: Leaf<unknown>, path: readonly string[]): string[] {
  const lines: string[] = []
  if (leaf.options !== undefined) lines.push(`  One of: ${leaf.options.join(', ')}`)
  if (leaf.min !== undefined && leaf.max !== undefined) {
    lines.push(`  Between ${leaf.min} and ${leaf.max}${leaf.nullable === true ? ', or null' : ''}`)
  }
  if (leaf.secret === true) lines.push(`  A secret: ${path.join('.')}_file names a file that holds it`)
  if (leaf.path !== undefined) lines.push('  A path, seen from the folder of the configuration file')
  return lines
}
