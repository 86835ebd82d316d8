import ts from 'typescript'
import { importsOf, placeOf, walk, type Source } from './source.ts'

interface Ban {
  readonly why: string
  /** Whether the file is one of those in which it is allowed. */
  readonly allowedIn: (path: string) => boolean
  readonly matches: (node: ts.Node) => boolean
}

const nowhere = (): boolean => false
const within = (...starts: string[]) => (path: string): boolean => starts.some((start) => path.startsWith(start))

const TIMERS = new Set(['setTimeout', 'setInterval'])
const RANDOMNESS = new Set(['randomBytes', 'randomUUID', 'randomInt', 'getRandomValues'])
const QUERIES = new Set(['selectFrom', 'insertInto', 'updateTable', 'deleteFrom'])
const SQL =
  /\b(?:SELECT\s[\s\S]*\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|(?:CREATE|ALTER|DROP)\s+(?:TABLE|INDEX|DATABASE)\s)/

const property = (node: ts.Node, object: string, name: string): boolean =>
  ts.isPropertyAccessExpression(node) && node.expression.getText() === object && node.name.text === name

const calls = (node: ts.Node, names: ReadonlySet<string>): boolean => {
  if (!ts.isCallExpression(node)) return false
  return names.has(ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText())
}

/** Things that have one place in the house, or none. */
const BANS: readonly Ban[] = [
  { why: 'Date.now: take a Clock', allowedIn: within('src/util/'), matches: (node) => property(node, 'Date', 'now') },
  {
    why: 'new Date(): take a Clock',
    allowedIn: within('src/util/'),
    matches: (node) => ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0,
  },
  { why: 'performance.now: take a Clock', allowedIn: within('src/util/'), matches: (node) => property(node, 'performance', 'now') },
  { why: 'a timer: take a Clock', allowedIn: within('src/util/'), matches: (node) => calls(node, TIMERS) },
  { why: 'Math.random: take a Random', allowedIn: within('src/util/'), matches: (node) => property(node, 'Math', 'random') },
  { why: 'randomness: take a Random', allowedIn: within('src/util/'), matches: (node) => calls(node, RANDOMNESS) },
  {
    why: 'process belongs to the entry points',
    allowedIn: within('src/main.ts', 'src/cli/', 'src/workers/', 'src/store/embedded/'),
    matches: (node) => ts.isPropertyAccessExpression(node) && node.expression.getText() === 'process',
  },
  { why: 'SQL belongs to store/', allowedIn: within('src/store/'), matches: (node) => calls(node, QUERIES) },
  {
    why: 'SQL belongs to store/',
    allowedIn: within('src/store/'),
    matches: (node) => (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) && SQL.test(node.getText()),
  },
  { why: 'any: say what it is, or unknown', allowedIn: nowhere, matches: (node) => node.kind === ts.SyntaxKind.AnyKeyword },
  { why: 'an enum: use a union of strings', allowedIn: nowhere, matches: ts.isEnumDeclaration },
  { why: 'a decorator', allowedIn: nowhere, matches: ts.isDecorator },
  { why: 'a namespace', allowedIn: nowhere, matches: (node) => ts.isModuleDeclaration(node) && node.name.text !== 'global' },
  { why: 'a default export', allowedIn: nowhere, matches: ts.isExportAssignment },
  { why: 'a barrel', allowedIn: nowhere, matches: (node) => ts.isExportDeclaration(node) && node.exportClause === undefined },
]

/** Packages that only one folder may know. */
const OWNERS: readonly (readonly [packages: RegExp, allowedIn: (path: string) => boolean])[] = [
  [/^(?:koa|@koa\/.*|ws)$/, within('src/http/')],
  [/^(?:pg|kysely)(?:\/|$)/, within('src/store/')],
  [/^ioredis$/, within('src/bus/')],
  [/^commander$/, within('src/cli/', 'src/main.ts')],
  [/^(?:pino|pino-pretty|prom-client)$/, within('src/util/')],
  [/^node:(?:timers|process)(?:\/|$)/, nowhere],
]

export function findBanned(sources: readonly Source[]): string[] {
  const found: string[] = []
  for (const source of sources) {
    walk(source.tree, (node) => {
      const ban = BANS.find(({ matches, allowedIn }) => matches(node) && !allowedIn(source.path))
      if (ban !== undefined) found.push(`${placeOf(source, node)}: ${ban.why}`)
    })
    for (const { specifier, node } of importsOf(source)) {
      const isForeign = OWNERS.some(([packages, allowedIn]) => packages.test(specifier) && !allowedIn(source.path))
      if (isForeign) found.push(`${placeOf(source, node)}: the package ${specifier} has another place`)
    }
  }
  return found
}
