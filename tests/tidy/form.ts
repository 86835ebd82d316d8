import { basename } from 'node:path'
import ts from 'typescript'
import { importsOf, placeOf, walk, type Source } from './source.ts'

const LINE_MAX = 140
const FUNCTION_LINES_MAX = 70

/** Names that say nothing; an application service is one by the specification's name. */
const EMPTY_NAME = /(?:Manager|Helpers?|Impl|Utils?|(?<!App|Application)Service)$/

export function findLongFunctions(sources: readonly Source[]): string[] {
  const found: string[] = []
  for (const source of sources) {
    walk(source.tree, (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return
      const count = source.text.slice(node.getStart(source.tree), node.end).split('\n').length
      if (count > FUNCTION_LINES_MAX) found.push(`${placeOf(source, node)}: a function of ${count} lines`)
    })
  }
  return found
}

/** What a formatter would put right. */
export function findUntidyForm(source: Source): string[] {
  const found: string[] = []
  source.lines.forEach((line, index) => {
    const at = `${source.path}:${index + 1}`
    if (line.length > LINE_MAX) found.push(`${at}: ${line.length} columns`)
    if (/\s$/.test(line)) found.push(`${at}: white space at the end`)
    if (/^ *\t/.test(line)) found.push(`${at}: a tab`)
  })
  if (!source.text.endsWith('\n') || source.text.endsWith('\n\n')) found.push(`${source.path}: does not end with one line end`)
  walk(source.tree, (node) => {
    const complaint = complaintOf(node)
    if (complaint !== undefined) found.push(`${placeOf(source, node)}: ${complaint}`)
  })
  const seen = new Set<string>()
  for (const { node, specifier } of importsOf(source).filter(({ node }) => ts.isImportDeclaration(node))) {
    if (seen.has(specifier)) found.push(`${placeOf(source, node)}: ${specifier} is imported once more`)
    seen.add(specifier)
  }
  return found
}

function complaintOf(node: ts.Node): string | undefined {
  const text = node.getText()
  // Without semicolons such a line would be taken for the rest of the one before.
  if (ts.isExpressionStatement(node) && /^[([`]/.test(text)) return 'a statement that begins with ( or [ or a backtick'
  if (isEnded(node) && text.endsWith(';')) return 'a semicolon'
  if (ts.isStringLiteral(node) && text.startsWith('"') && !node.text.includes('\'')) return 'double quotes'
  return undefined
}

const isEnded = (node: ts.Node): boolean =>
  (ts.isStatement(node) && !ts.isForStatement(node)) || ts.isClassElement(node) || ts.isTypeElement(node) || ts.isTypeAliasDeclaration(node)

export function findBadNames(sources: readonly Source[]): string[] {
  const found: string[] = []
  for (const source of sources) {
    const file = basename(source.path).replace(/(?:\.test|\.d)?\.ts$/, '')
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(file)) found.push(`${source.path}: the name of the file is not in kebab-case`)
    walk(source.tree, (node) => {
      const isNamed =
        ts.isClassDeclaration(node) ||
        ts.isInterfaceDeclaration(node) ||
        ts.isTypeAliasDeclaration(node) ||
        ts.isFunctionDeclaration(node)
      if (isNamed && node.name !== undefined && EMPTY_NAME.test(node.name.text)) {
        found.push(`${placeOf(source, node)}: the name ${node.name.text} says nothing`)
      }
    })
  }
  return found
}
