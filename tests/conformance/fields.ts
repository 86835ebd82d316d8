import type { Schema } from '../../spec/generator/documents.ts'

export interface Resolved { readonly schema: Schema, readonly resolve: Resolve }

/** Finds what a `$ref` means. References in what it finds may be relative to another file, hence the second `resolve`. */
export type Resolve = (schema: Schema) => Resolved

const DEPTH_MAX = 16

/**
 * All fields of a schema as paths (`a/b`, with `*` for the members of arrays and maps); required ones stand there once
 * more with `!`.
 */
export function fieldsOf(schema: Schema, resolve: Resolve, path = '', depth = 0): Set<string> {
  const fields = new Set<string>()
  if (depth > DEPTH_MAX) return fields
  const add = (member: Schema, name: string, through = resolve): void => {
    for (const field of fieldsOf(member, through, name, depth + 1)) fields.add(field)
  }
  if (schema.$ref !== undefined) {
    const target = resolve(schema)
    add(target.schema, path, target.resolve)
  }
  for (const part of [...schema.allOf ?? [], ...schema.anyOf ?? [], ...schema.oneOf ?? []]) add(part, path)
  const below = (name: string) => path === '' ? name : `${path}/${name}`
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    fields.add(below(name))
    add(property, below(name))
  }
  for (const name of schema.required ?? []) fields.add(`${below(name)}!`)
  for (const member of [...Object.values(schema.patternProperties ?? {}), schema.additionalProperties, schema.items]) {
    if (typeof member === 'object') add(member, below('*'))
  }
  return fields
}
