import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Node, type YAMLMap } from 'yaml'
import { emptyMap, type Input, type MapInput } from './input.ts'
import type { Mistake } from './mistakes.ts'
import { complainOfYaml } from './yaml-complaints.ts'

export interface YamlOutcome {
  readonly input: Input
  readonly mistakes: readonly Mistake[]
  /** Whether the input is all that was written, and as it was meant. */
  readonly isWhole: boolean
}

/** Reads YAML 1.2 with the place of each value; `at` makes a place of a line and a column. */
export function readYaml(text: string, at: (line: number, column: number) => string): YamlOutcome {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return at(line, col)
  }
  const complaints = complainOfYaml(document, (offset) => lines.linePos(offset).line)
  const mistakes = complaints.map(({ offset, text: complaint }) => ({ at: place(offset), key: '', complaint }))
  visit(document, {
    Alias: (_, alias) => void mistakes.push(
      { at: place(alias.range?.[0] ?? 0), key: '', complaint: `write the value out instead of *${alias.source}` },
    ),
  })
  const input = document.contents === null ? emptyMap(at(1, 1)) : convert(document.contents, place)
  return { input, mistakes, isWhole: !complaints.some(({ isSyntax }) => isSyntax) }
}

function convert(node: Node, place: (offset: number) => string): Input {
  const at = place(node.range?.[0] ?? 0)
  if (isMap(node)) return convertMap(node, at, place)
  if (isSeq(node)) return { kind: 'list', at, items: node.items.map((item) => convert(item as Node, place)) }
  if (!isScalar(node)) return { kind: 'scalar', at, value: null, source: '' }
  const { value } = node
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return { kind: 'scalar', at, value: isPlain ? value : value === null ? null : String(value), source: node.source ?? '' }
}

function convertMap(map: YAMLMap, at: string, place: (offset: number) => string): MapInput {
  const entries = new Map<string, { at: string, value: Input }>()
  for (const { key, value } of map.items) {
    const keyNode = key as Node
    const keyAt = place(keyNode.range?.[0] ?? 0)
    const name = isScalar(keyNode) ? String(keyNode.value) : String(keyNode)
    // A key with nothing behind it has the place of the key.
    const entry: Input = value === null ? { kind: 'scalar', at: keyAt, value: null, source: '' } : convert(value as Node, place)
    entries.set(name, { at: keyAt, value: entry })
  }
  return { kind: 'map', at, entries }
}
