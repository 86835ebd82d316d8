import { bodyOf, operationsOf, type Api, type ApiDocument, type PlacedOperation } from './documents.ts'
import { HEADER, printKey, printString, printValue } from './print.ts'

/** `operations.ts`: what the front needs to know of each operation before it looks at what is in the request. */
export function printOperations(apis: readonly Api[]): string {
  const tables = apis.map((api) => {
    const rows = operationsOf(api).map((operation) =>
      `  ${printKey(operation.operationId)}: ${printOperation(operation, api)},\n`)
    return `export const ${api.name}Operations = {\n${rows.join('')}} as const satisfies Readonly<Record<string, Operation>>\n`
  })
  return `${HEADER}${SHAPE}\n${tables.join('\n')}`
}

const SHAPE = `/**
 * \`aliases\` are further paths of the same operation. A path parameter that an alias does not have is empty (the state key).
 * \`rateLimited\`: the specification foresees a 429. \`uia\`: the operation may ask for user-interactive authentication.
 */
export interface Operation {
  readonly operationId: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly aliases: readonly string[]
  readonly auth: 'token' | 'token-or-guest' | 'optional' | 'none' | 'appservice' | 'signature'
  readonly rateLimited: boolean
  readonly deprecated: boolean
  readonly uia: boolean
  readonly body: 'json' | 'none' | 'bytes'
}
`

function printOperation(operation: PlacedOperation, { document }: Api): string {
  const row = {
    operationId: operation.operationId,
    method: operation.method,
    path: operation.path,
    aliases: aliasesOf(operation, document),
    auth: authOf(operation),
    rateLimited: Object.hasOwn(operation.responses, '429'),
    deprecated: operation.deprecated ?? false,
    uia: operation['x-user-interactive'] ?? false,
    body: bodyKindOf(operation),
  }
  const members = Object.entries(row).map(([key, value]) => `    ${printKey(key)}: ${printValue(value, 4)},\n`)
  return `{\n${members.join('')}  }`
}

/** The operation's own further paths, and each of its paths under the older names of its prefix. */
function aliasesOf({ path, 'x-aliases': own = [] }: PlacedOperation, document: ApiDocument): string[] {
  const paths = [path, ...own]
  const renamed = Object.entries(document['x-alias-prefixes'] ?? {}).flatMap(([prefix, others]) =>
    paths.filter((each) => each.startsWith(prefix)).flatMap((each) => others.map((other) => other + each.slice(prefix.length))))
  return [...own, ...renamed]
}

function authOf(operation: PlacedOperation): string {
  const schemes = operation.security.flatMap((requirement) => Object.keys(requirement))
  if (schemes.length === 0) return 'none'
  if (schemes.includes('signedRequest')) return 'signature'
  if (schemes.includes('appserviceToken')) return 'appservice'
  if (operation.security.some((requirement) => Object.keys(requirement).length === 0)) return 'optional'
  return operation['x-guest'] === true ? 'token-or-guest' : 'token'
}

function bodyKindOf(operation: PlacedOperation): string {
  if (operation.requestBody === undefined) return 'none'
  return bodyOf(operation) === undefined ? 'bytes' : 'json'
}

/** `errcodes.ts`: the errcodes of the specification and the status that each has unless the operation says otherwise. */
export function printErrcodes(statuses: Readonly<Record<string, number>>): string {
  const rows = Object.entries(statuses).map(([errcode, status]) => `  ${errcode}: ${status},\n`)
  return `${HEADER}const STATUSES = {\n${rows.join('')}} as const\n
export type Errcode = keyof typeof STATUSES

/** The HTTP status of an errcode, unless the specification gives the operation another. */
export function errcodeStatus(errcode: Errcode): number {
  return STATUSES[errcode]
}

export const errcodes = Object.keys(STATUSES) as readonly Errcode[]
`
}

/** `unserved.ts`: the operations that this build does not serve yet. */
export function printUnserved(unserved: Readonly<Record<string, readonly string[]>>): string {
  const rows = Object.entries(unserved).map(([api, ids]) => {
    const lines = ids.map((id) => `    ${printString(id)},\n`)
    return `  ${api}: [${ids.length === 0 ? '' : `\n${lines.join('')}  `}],\n`
  })
  return `${HEADER}export const unservedOperations = {\n${rows.join('')}} as const\n`
}
