import type { AnyShape, Fields, Leaf } from './shape.ts'
import { schema } from './schema.ts'

type Json = Record<string, unknown>

/** The JSON Schema of the file, for editors that complete and check YAML. */
export function jsonSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of Hearth',
    ...ofShape(schema),
  }
}

function ofShape(shape: AnyShape): Json {
  if (shape.kind === 'section') return {
    description: aboutOf(shape),
    type: ['object', 'null'],
    properties: ofFields(shape.fields),
    ...required(shape.fields),
    additionalProperties: false,
  }
  const fallback = shape.fallback === undefined ? {} : { default: asWritten(shape.fallback) }
  if (shape.kind === 'list') return {
    description: aboutOf(shape), type: 'array', items: ofShape(shape.item), ...(shape.required ? { minItems: 1 } : {}), ...fallback,
  }
  return { description: aboutOf(shape), ...typeOf(shape), ...fallback }
}

function ofFields(fields: Fields): Json {
  const properties: Json = {}
  for (const [name, shape] of Object.entries(fields)) {
    properties[name] = ofShape(shape)
    if (shape.kind === 'text' && shape.secret === true) properties[`${name}_file`] = {
      description: `A file that holds ${name}.`, type: 'string',
    }
  }
  return properties
}

function required(fields: Fields): Json {
  const names = Object.entries(fields).filter(([, shape]) => shape.kind !== 'section' && shape.required).map(([name]) => name)
  return names.length === 0 ? {} : { required: names }
}

function typeOf({ kind, options, min, max, nullable }: Leaf<unknown>): Json {
  if (kind === 'flag') return { type: 'boolean' }
  if (kind === 'text') return { type: 'string', ...(options === undefined ? { minLength: 1 } : { enum: options }) }
  return {
    type: nullable === true ? [kind, 'null'] : kind,
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
  }
}

function aboutOf(shape: AnyShape): string {
  const derived = shape.kind === 'section' || shape.kind === 'list' ? undefined : shape.derived
  const sentences = [shape.about]
  if (derived !== undefined) sentences.push(`Default: ${derived}.`)
  if (shape.isIdle === true) sentences.push('It has no effect yet.')
  return sentences.join(' ')
}

/** A default as someone would write it in the file. */
export function asWritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => asWritten(item))
  if (typeof value !== 'object' || value === null) return value
  const written = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(
    written.map(([name, inner]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), asWritten(inner)]),
  )
}
