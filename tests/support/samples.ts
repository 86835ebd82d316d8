import { definitions, type JsonSchema } from '../../src/spec/schemas.ts'
import type { JsonValue } from '../../src/matrix/json.ts'

/** Names that exist, for the places where a name of a kind is wanted. */
export interface Names { readonly userId: string, readonly roomId: string, readonly eventId: string }

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly JsonValue[]
  readonly pattern?: string
  readonly minimum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly propertyNames?: Schema
  readonly items?: Schema
  readonly allOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
}

const DEPTH_MAX = 6

/** A value that a schema allows, with every field that it names. */
export function sampleOf(schema: JsonSchema, names: Names): JsonValue {
  return sample(schema as Schema, names, 0)
}

function sample(schema: Schema, names: Names, depth: number): JsonValue {
  if (depth > DEPTH_MAX) return {}
  const deeper = (inner: Schema) => sample(inner, names, depth + 1)
  if (schema.$ref !== undefined) return deeper(definitionOf(schema.$ref))
  if (schema.enum !== undefined) return schema.enum[0] ?? null
  const choice = schema.oneOf?.[0] ?? schema.anyOf?.[0]
  if (choice !== undefined && schema.properties === undefined) return deeper(choice)
  if (schema.allOf !== undefined) {
    const { allOf, ...own } = schema
    return Object.assign({}, ...[...allOf, own].map(deeper))
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'string') return sampleText(schema.pattern ?? '', names)
  if (type === 'integer' || type === 'number') return schema.minimum !== undefined && schema.minimum > 0 ? schema.minimum : 1
  if (type === 'boolean') return true
  if (type === 'null') return null
  if (type === 'array') return [deeper(schema.items ?? {})]
  const members: [string, JsonValue][] = Object.entries(schema.properties ?? {}).map(([key, inner]) => [key, deeper(inner)])
  const { additionalProperties: rest } = schema
  if (typeof rest === 'object') members.push([sampleText(schema.propertyNames?.pattern ?? '', names), deeper(rest)])
  return Object.fromEntries(members)
}

function definitionOf(ref: string): Schema {
  const { $defs } = definitions as { readonly $defs: Readonly<Record<string, Schema>> }
  const found = $defs[ref.slice(ref.lastIndexOf('/') + 1)]
  if (found === undefined) throw new Error(`There is no ${ref}`)
  return found
}

function sampleText(pattern: string, { userId, roomId, eventId }: Names): string {
  if (pattern.startsWith('^@')) return userId
  if (pattern.startsWith('^!')) return roomId
  if (pattern.startsWith('^\\$')) return eventId
  if (pattern.startsWith('^#')) return '#alias:localhost'
  if (pattern.startsWith('^mxc')) return 'mxc://localhost/media'
  return 'text'
}

/** Every place within a value, from the whole to its leaves. */
export function listPlaces(value: JsonValue, place: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [place]
  const members: [string | number, JsonValue][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [place, ...members.flatMap(([key, member]) => listPlaces(member, [...place, key]))]
}

/** The same value with another one at a place. */
export function withValueAt(value: JsonValue, [key, ...rest]: readonly (string | number)[], other: JsonValue): JsonValue {
  if (key === undefined) return other
  if (Array.isArray(value)) return value.map((member: JsonValue, index) => index === key ? withValueAt(member, rest, other) : member)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, name === key ? withValueAt(member, rest, other) : member]))
}
