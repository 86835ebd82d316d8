import {
  bodyOf, operationsOf, parametersOf, referencedName, responseOf, sharedSchemas, type Api, type Parameter, type PlacedOperation,
  type Schema,
} from './documents.ts'
import { HEADER, printKey, printString } from './print.ts'

/** Where a type stands. What comes in has been read from JSON; what goes out may be any object that JSON can be made of. */
type Side = 'in' | 'out'

/** `types.ts`: params, query, body and response of each operation, and the types that they share. */
export function printTypes(apis: readonly Api[]): string {
  const shared = sharedSchemas(apis)
  const typeNames = nameSharedTypes(apis, shared)
  const print = (schema: Schema, side: Side, indent: number) => printType(schema, { side, indent, typeNames })
  const types = [...typeNames].map(([key, name]) => {
    const [side, original] = splitKey(key)
    return `export type ${name} = ${print(shared.get(original) ?? {}, side, 0)}\n`
  })
  const tables = apis.map((api) => {
    const rows = operationsOf(api).map((operation) => printOperationTypes(operation, print))
    return `export interface ${capitalised(api.name)}Types {\n${rows.join('')}}\n`
  })
  return `${HEADER}${JSON_TYPES}\n${[...types, ...tables].join('\n')}`
}

const JSON_TYPES = `export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject { readonly [key: string]: JsonValue }
`

interface Position {
  readonly side: Side
  readonly indent: number
  readonly typeNames: ReadonlyMap<string, string>
}

type Print = (schema: Schema, side: Side, indent: number) => string

function printOperationTypes(operation: PlacedOperation, print: Print): string {
  const body = bodyOf(operation)
  const response = responseOf(operation)
  const params = print(parametersAsObject(parametersOf(operation, 'path')), 'in', 4)
  const query = print(parametersAsObject(parametersOf(operation, 'query')), 'in', 4)
  return `  ${printKey(operation.operationId)}: {
    params: ${params}
    query: ${query}
    body: ${body === undefined ? 'undefined' : print(body, 'in', 4)}
    response: ${response === undefined ? 'unknown' : print(response, 'out', 4)}
  }\n`
}

function parametersAsObject(parameters: readonly Parameter[]): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.schema])),
    required: parameters.filter((parameter) => parameter.required).map((parameter) => parameter.name),
  }
}

function printType(schema: Schema, position: Position): string {
  if (schema.$ref !== undefined) return position.typeNames.get(joinKey(position.side, referencedName(schema.$ref))) ?? 'never'
  if (schema.enum !== undefined) return printChoices(schema.enum, position.indent)
  if (schema.allOf !== undefined) return printIntersection(schema, schema.allOf, position)
  const choices = schema.oneOf ?? schema.anyOf
  if (choices !== undefined && schema.properties === undefined) return union(choices.map((choice) => printType(choice, position)))
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => printType({ ...schema, type }, position)))
  switch (schema.type) {
    case 'string': return 'string'
    case 'integer': case 'number': return 'number'
    case 'boolean': return 'boolean'
    case 'null': return 'null'
    case 'array': return printArray(schema.items ?? {}, position)
    case 'object': return printObject(schema, position)
    default: return schema.properties === undefined ? anyValue(position) : printObject(schema, position)
  }
}

function printChoices(texts: readonly string[], indent: number): string {
  const flat = texts.map(printString).join(' | ')
  return flat.length < 80 ? flat : texts.map((text) => `\n${' '.repeat(indent)}  | ${printString(text)}`).join('')
}

function printIntersection({ allOf: _, ...own }: Schema, parts: readonly Schema[], position: Position): string {
  const all = own.properties === undefined ? parts : [...parts, own]
  return all.map((part) => printType(part, position)).join(' & ')
}

function printArray(items: Schema, position: Position): string {
  const item = printType(items, position)
  return `readonly ${/[|&]/.test(item) && !item.startsWith('{') ? `(${item})` : item}[]`
}

function printObject(schema: Schema, position: Position): string {
  const properties = Object.entries(schema.properties ?? {})
  const rest = restOf(schema)
  if (properties.length === 0) {
    if (schema.properties !== undefined) return 'Record<never, never>'
    if (rest === true || rest === undefined) return position.side === 'in' ? 'JsonObject' : 'object'
    return `Readonly<Record<string, ${printType(rest, position)}>>`
  }
  const inner = { ...position, indent: position.indent + 2 }
  const required = new Set(schema.required)
  const lines = properties.map(([key, property]) => {
    const type = printType(property, inner)
    // An answer is written as JSON, which leaves out what is undefined.
    const optional = position.side === 'out' ? ` | undefined` : ''
    return required.has(key) ? `${printKey(key)}: ${type}` : `${printKey(key)}?: ${type}${optional}`
  })
  if (rest !== undefined) lines.push(`[key: string]: ${position.side === 'in' ? 'JsonValue' : 'unknown'}`)
  const pad = ' '.repeat(inner.indent)
  return `{\n${lines.map((line) => `${pad}readonly ${line}\n`).join('')}${' '.repeat(position.indent)}}`
}

/** The schema of the members that have no name of their own, or true where any may stand. */
function restOf({ patternProperties, additionalProperties }: Schema): Schema | true | undefined {
  const [patterned] = Object.values(patternProperties ?? {})
  if (patterned !== undefined) return patterned
  return additionalProperties === false ? undefined : additionalProperties
}

function anyValue({ side }: Position): string {
  return side === 'in' ? 'JsonValue' : 'unknown'
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}

/** The name of each shared type on each side where it is used: `DeviceKeys`, and `DeviceKeysInput` if it goes both ways. */
function nameSharedTypes(apis: readonly Api[], shared: ReadonlyMap<string, Schema>): ReadonlyMap<string, string> {
  const used = new Set<string>()
  const visit = (node: unknown, side: Side): void => {
    if (typeof node !== 'object' || node === null) return
    if ('$ref' in node && typeof node.$ref === 'string') {
      const name = referencedName(node.$ref)
      if (used.has(joinKey(side, name))) return
      used.add(joinKey(side, name))
      visit(shared.get(name), side)
    } else for (const member of Object.values(node)) visit(member, side)
  }
  for (const operation of apis.flatMap(operationsOf)) {
    visit(operation.parameters, 'in')
    visit(bodyOf(operation), 'in')
    visit(responseOf(operation), 'out')
  }
  const typeNames = new Map<string, string>()
  for (const name of shared.keys()) {
    if (used.has(joinKey('out', name))) typeNames.set(joinKey('out', name), name)
    const inputName = used.has(joinKey('out', name)) ? `${name}Input` : name
    if (used.has(joinKey('in', name))) typeNames.set(joinKey('in', name), inputName)
  }
  return typeNames
}

function joinKey(side: Side, name: string): string {
  return `${side} ${name}`
}

function splitKey(key: string): [Side, string] {
  return key.startsWith('in ') ? ['in', key.slice(3)] : ['out', key.slice(4)]
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
