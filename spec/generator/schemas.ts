import {
  bodyOf, operationsOf, parametersOf, referencedName, responseOf, sharedSchemas, type Api, type Parameter, type PlacedOperation,
  type Schema,
} from './documents.ts'
import { HEADER, printKey, printValue } from './print.ts'

/** `schemas.ts`: JSON schemas of params, query, body and response of each operation, ready for Ajv. */
export function printSchemas(apis: readonly Api[]): string {
  const shared = [...sharedSchemas(apis)].map(([name, schema]) => `    ${name}: ${printValue(validating(schema), 4)},\n`)
  const tables = apis.map((api) => {
    const rows = operationsOf(api).map((operation) =>
      `  ${printKey(operation.operationId)}: ${printValue(schemasOf(operation), 2)},\n`)
    const type = `Readonly<Record<keyof typeof ${api.name}Operations, OperationSchemas>>`
    return `export const ${api.name}Schemas: ${type} = {\n${rows.join('')}}\n`
  })
  const names = apis.map((api) => `${api.name}Operations`)
  return `${HEADER}import type { ${names.join(', ')} } from './operations.ts'\n
${SHAPE}
export const definitions: JsonSchema = {
  $id: 'definitions',
  $defs: {\n${shared.join('')}  },
}
\n${tables.join('\n')}`
}

const SHAPE = `export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The schemas refer to \`definitions\`, which Ajv must have been given with \`addSchema\`. Values of a query arrive as text:
 * validate it with \`coerceTypes: 'array'\`.
 */
export interface OperationSchemas {
  readonly params: JsonSchema
  readonly query: JsonSchema
  readonly body?: JsonSchema
  readonly response?: JsonSchema
}
`

function schemasOf(operation: PlacedOperation): Readonly<Record<string, unknown>> {
  const body = bodyOf(operation)
  const response = responseOf(operation)
  return {
    params: parametersSchema(parametersOf(operation, 'path')),
    query: parametersSchema(parametersOf(operation, 'query')),
    ...(body === undefined ? {} : { body: validating(body) }),
    ...(response === undefined ? {} : { response: validating(response) }),
  }
}

function parametersSchema(parameters: readonly Parameter[]): object {
  const required = parameters.filter((parameter) => parameter.required).map((parameter) => parameter.name)
  return {
    type: 'object',
    ...(parameters.length === 0 ? {} : {
      properties: Object.fromEntries(parameters.map((parameter) => [parameter.name, validating(parameter.schema)])),
    }),
    ...(required.length === 0 ? {} : { required }),
  }
}

/** Keywords that describe and do not check. `format` is among them: the Matrix formats mean a pattern, where they mean one. */
const DESCRIBING: ReadonlySet<string> = new Set(['x-added', 'deprecated', 'format', 'default'])

/** The same schema, as a validator wants it. */
function validating(schema: Schema): Record<string, unknown> {
  const checked: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (DESCRIBING.has(keyword)) continue
    if (keyword === '$ref') checked.$ref = `definitions#/$defs/${referencedName(value as string)}`
    else if (keyword === 'properties') checked.properties = mapValues(value as Record<string, Schema>, validating)
    else if (keyword === 'patternProperties') Object.assign(checked, keyedBy(value as Record<string, Schema>))
    else if (Array.isArray(value) && keyword.endsWith('Of')) checked[keyword] = value.map(validating)
    else if (keyword === 'items' || (keyword === 'additionalProperties' && typeof value === 'object')) {
      checked[keyword] = validating(value as Schema)
    } else if (keyword !== 'additionalProperties') checked[keyword] = value
  }
  if (schema.properties !== undefined) checked.type ??= 'object'
  return schema.type === 'integer' ? withinSafeIntegers(checked) : checked
}

/** A map whose keys are all identifiers of one kind: keys of another kind are refused, not passed over unchecked. */
function keyedBy(patterns: Readonly<Record<string, Schema>>): object {
  const [entry, ...others] = Object.entries(patterns)
  if (entry === undefined || others.length > 0) throw new Error('A map has keys of one kind')
  const [pattern, schema] = entry
  return {
    ...(pattern === '' ? {} : { propertyNames: { pattern } }),
    additionalProperties: validating(schema),
  }
}

/** Canonical JSON knows no integers beyond these, and `Infinity` must not pass for an integer of a query. */
function withinSafeIntegers(schema: Record<string, unknown>): Record<string, unknown> {
  return { ...schema, minimum: schema.minimum ?? Number.MIN_SAFE_INTEGER, maximum: schema.maximum ?? Number.MAX_SAFE_INTEGER }
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
