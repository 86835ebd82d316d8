import type { Operation } from './operation.ts'

/** What a request line means: an operation with its parameters, or why there is none. */
export type Match<Entry> =
  | { readonly kind: 'found', readonly entry: Entry, readonly params: Record<string, string> }
  | { readonly kind: 'bad-encoding' }
  | { readonly kind: 'wrong-method', readonly allowed: readonly string[] }
  | { readonly kind: 'unknown' }

interface Route<Entry> {
  readonly entry: Entry
  /** For each segment after the first slash the name of its parameter, or nothing for a word. */
  readonly names: readonly string[]
  /** Parameters of the operation that this spelling of its path leaves out. */
  readonly absent: readonly string[]
}

interface Node<Entry> {
  readonly literals: Map<string, Node<Entry>>
  parameter: Node<Entry> | undefined
  readonly routes: Map<string, Route<Entry>>
}

type Routable = Pick<Operation, 'method' | 'path' | 'aliases'>

/** The empty state key is the usual one, and the slash before it is optional (Client-Server API, 10.6.1). */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['stateKey'])

const UNKNOWN = { kind: 'unknown' } as const
const BAD_ENCODING = { kind: 'bad-encoding' } as const

/**
 * Finds the operation of a method and a raw path by walking its segments, so that the cost of a request does not
 * grow with the number of operations. Parameters are decoded after the path was split: an encoded slash in a room
 * alias is part of the alias.
 */
export class OperationTable<Entry> {
  readonly #root: Node<Entry> = newNode()

  /** Adds an operation under its path and its aliases. */
  add(operation: Routable, entry: Entry): void {
    const wanted = parameterNames(operation.path)
    for (const path of [operation.path, ...operation.aliases]) {
      const names = parameterNames(path)
      const absent = wanted.filter((name) => name !== '' && !names.includes(name))
      this.#addRoute(operation.method, path, { entry, names, absent })
    }
  }

  find(method: string, path: string): Match<Entry> {
    const segments = path.split('/')
    const node = descend(this.#root, segments, 1)
    if (node === undefined) return UNKNOWN
    // What answers GET answers HEAD, and node:http leaves out the body (RFC 9110, 9.3.2).
    const route = node.routes.get(method) ?? (method === 'HEAD' ? node.routes.get('GET') : undefined)
    if (route === undefined) return { kind: 'wrong-method', allowed: [...node.routes.keys()] }
    return readParams(route, path.includes('%') ? segments.map(decode) : segments)
  }

  #addRoute(method: string, path: string, route: Route<Entry>): void {
    let node = this.#root
    for (const segment of path.split('/').slice(1)) {
      node = segment.startsWith('{') ? parameterOf(node) : literalOf(node, segment)
    }
    if (node.routes.has(method)) throw new Error(`Two operations want ${method} ${path}`)
    node.routes.set(method, route)
  }
}

function parameterNames(path: string): string[] {
  return path.split('/').slice(1).map((segment) => segment.startsWith('{') ? segment.slice(1, -1) : '')
}

function newNode<Entry>(): Node<Entry> {
  return { literals: new Map(), parameter: undefined, routes: new Map() }
}

function literalOf<Entry>(node: Node<Entry>, segment: string): Node<Entry> {
  const known = node.literals.get(segment) ?? newNode()
  node.literals.set(segment, known)
  return known
}

function parameterOf<Entry>(node: Node<Entry>): Node<Entry> {
  node.parameter ??= newNode()
  return node.parameter
}

/** Words of the path come before parameters; where a word leads nowhere, the parameter is tried. */
function descend<Entry>(node: Node<Entry>, segments: readonly string[], index: number): Node<Entry> | undefined {
  const segment = segments[index]
  if (segment === undefined) return node.routes.size > 0 ? node : undefined
  const literal = node.literals.get(segment)
  const found = literal === undefined ? undefined : descend(literal, segments, index + 1)
  if (found !== undefined || node.parameter === undefined) return found
  return descend(node.parameter, segments, index + 1)
}

function readParams<Entry>({ entry, names, absent }: Route<Entry>, segments: readonly (string | undefined)[]): Match<Entry> {
  const params: Record<string, string> = {}
  for (const name of absent) params[name] = ''
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    if (name === undefined || name === '') continue
    const value = segments[index + 1]
    if (value === undefined) return BAD_ENCODING
    if (value === '' && !MAY_BE_EMPTY.has(name)) return UNKNOWN
    params[name] = value
  }
  return { kind: 'found', entry, params }
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
