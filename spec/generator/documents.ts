import { readFileSync } from 'node:fs'

/** A JSON Schema, as far as our documents use it. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly string[]
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly [keyword: string]: unknown
}

export interface Parameter {
  readonly in: 'path' | 'query'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>

export interface DocumentOperation {
  readonly operationId: string
  readonly deprecated?: boolean
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly 'x-guest'?: boolean
  readonly 'x-user-interactive'?: boolean
  readonly 'x-aliases'?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean, readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string, readonly content?: Content }>>
}

export interface ApiDocument {
  readonly 'x-alias-prefixes'?: Readonly<Record<string, readonly string[]>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>
}

/** One of our OpenAPI documents with the name under which the generated code exports what it says. */
export interface Api {
  readonly name: 'client' | 'federation' | 'hearth'
  readonly document: ApiDocument
}

export interface PlacedOperation extends DocumentOperation {
  readonly path: string
  readonly method: string
}

export function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')) as T
}

export function readApis(): readonly Api[] {
  return [
    { name: 'client', document: readJson('client-server.json') },
    { name: 'federation', document: readJson('server-server.json') },
    { name: 'hearth', document: readJson('hearth.json') },
  ]
}

export function operationsOf({ document }: Api): PlacedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })))
}

export function parametersOf(operation: DocumentOperation, place: Parameter['in']): readonly Parameter[] {
  return (operation.parameters ?? []).filter((parameter) => parameter.in === place)
}

/** The schema of a JSON request body; undefined where the operation has no body or one of bytes. */
export function bodyOf(operation: DocumentOperation): Schema | undefined {
  return operation.requestBody?.content['application/json']?.schema
}

/** The schema of the success answer; undefined where it is not JSON. */
export function responseOf(operation: DocumentOperation): Schema | undefined {
  return operation.responses['200']?.content?.['application/json']?.schema
}

/** All shared schemas. A name means one thing in all documents, so that a reference needs no document. */
export function sharedSchemas(apis: readonly Api[]): ReadonlyMap<string, Schema> {
  const shared = new Map<string, Schema>()
  for (const { document } of apis) {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      if (shared.has(name)) throw new Error(`Two documents define ${name}`)
      shared.set(name, schema)
    }
  }
  return shared
}

/** `client-server.json#/components/schemas/PushRule` → `PushRule`. */
export function referencedName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1)
}
