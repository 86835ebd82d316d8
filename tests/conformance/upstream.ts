import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Schema } from '../../spec/generator/documents.ts'
import { fieldsOf, type Resolved } from './fields.ts'

/** The specification's own documents, where they lie beside the repository. */
export const MATRIX_SPEC = new URL('../../../shared/matrix-spec/data/api/', import.meta.url)

interface UpstreamParameter { readonly $ref?: string, readonly in: string, readonly name: string, readonly required?: boolean }
interface UpstreamContent { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
interface UpstreamOperation {
  readonly operationId: string
  readonly parameters?: readonly UpstreamParameter[]
  readonly requestBody?: UpstreamContent
  readonly responses: Readonly<Record<string, UpstreamContent>>
}
interface UpstreamDocument { readonly paths?: Readonly<Record<string, Readonly<Record<string, UpstreamOperation>>>> }

const files = new Map<string, unknown>()

function readFile(url: URL): unknown {
  if (!files.has(url.href)) files.set(url.href, parse(readFileSync(url, 'utf8')))
  return files.get(url.href)
}

function follow(ref: string, from: URL): { readonly node: unknown, readonly url: URL } {
  const url = new URL(ref, from)
  const names = url.hash.split('/').slice(1)
  url.hash = ''
  if (!url.pathname.endsWith('.yaml')) return { node: {}, url }
  const node = names.reduce<unknown>((each, name) => (each as Readonly<Record<string, unknown>>)[name], readFile(url))
  return { node, url }
}

function resolver(from: URL): (schema: Schema) => Resolved {
  return (schema) => {
    const { node, url } = follow(String(schema.$ref), from)
    return { schema: node as Schema, resolve: resolver(url) }
  }
}

/** Every operation of an API with the fields of its parts, in the notation of `fieldsOf`. */
export function* readUpstreamOperations(directory: string) {
  const base = new URL(`${directory}/`, MATRIX_SPEC)
  for (const name of readdirSync(base).filter((each) => each.endsWith('.yaml'))) {
    const url = new URL(name, base)
    const { paths = {} } = readFile(url) as UpstreamDocument
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      yield { operationId: operation.operationId, fields: partsOf(operation, url) }
    }
  }
}

function partsOf(operation: UpstreamOperation, url: URL): ReadonlyMap<string, Iterable<string>> {
  const jsonFields = (part: UpstreamContent | undefined) =>
    fieldsOf(part?.content?.['application/json']?.schema ?? {}, resolver(url))
  const parameters = (operation.parameters ?? []).map((parameter) =>
    parameter.$ref === undefined ? parameter : follow(parameter.$ref, url).node as UpstreamParameter)
  const named = (place: string) => parameters.filter((parameter) => parameter.in === place)
    .flatMap(({ name, required }) => required === true ? [name, `${name}!`] : [name])
  return new Map<string, Iterable<string>>([
    ['params', named('path')],
    ['query', named('query')],
    ['body', jsonFields(operation.requestBody)],
    ['response', jsonFields(operation.responses['200'])],
  ])
}
