import { isCollection, isScalar, visit, type Document, type YAMLParseError } from 'yaml'

export interface YamlComplaint {
  /** Where somebody should look. */
  readonly offset: number
  readonly text: string
  /** Whether what stands after it may have been misread. */
  readonly isSyntax: boolean
}

/** What the parser found, in words of people who write YAML once a year: one complaint a line, since one slip makes many errors. */
export function complainOfYaml(document: Document, lineOf: (offset: number) => number): YamlComplaint[] {
  const lines = new Set<number>()
  return document.errors.map((error) => complain(document, error)).filter(({ offset, isSyntax }) => {
    const isFirst = !isSyntax || !lines.has(lineOf(offset))
    lines.add(lineOf(offset))
    return isFirst
  })
}

const NOT_A_PAIR = 'there is no ": " behind this key; write it as key: value'

/** The sentences of the parser, as far as they are told apart. */
const WORDS: readonly [pattern: RegExp, text: string][] = [
  [/^Tabs are not allowed/, 'a tab cannot indent YAML; use spaces'],
  [/^All .* items must start at the same column/, 'the indentation does not fit the lines above'],
  [
    /^Nested mappings are not allowed/,
    'a key can have a value or keys below it, not both; begin each key on a line of its own, '
    + 'and put quotes around a value that holds ": "',
  ],
  [/^Implicit (?:map )?keys need to be/, NOT_A_PAIR],
  [/^Plain value cannot start with/, 'a value cannot begin with this character; put it in quotes'],
  [/^Source contains multiple documents/, 'a configuration is one document; take this line away'],
  [/^Invalid escape sequence/, 'this backslash means nothing in double quotes; put the text in single quotes instead'],
  [/^Missing , or :/, 'a comma is missing before this'],
  [/^Unexpected block-seq-ind on same line/, '"- " begins an item on a line of its own, below the key'],
  [/^Unexpected flow-(?:map|seq)-end/, 'this bracket closes nothing; take it away, or put the value in quotes'],
  [/^Unexpected .* at node end/, 'this does not fit what stands before it; a value that begins with a quote has to end with one'],
]

function complain(document: Document, { code, message, pos: [offset] }: YAMLParseError): YamlComplaint {
  if (code === 'DUPLICATE_KEY') return { offset, isSyntax: false, text: 'the same key stands here a second time; keep one of the two' }
  const [, closing] = /(?:end with a |Missing closing )(\S)/.exec(message) ?? []
  if (closing !== undefined) {
    const opening = { ']': '[', '}': '{' }[closing] ?? closing
    return {
      offset: findOpening(document, offset) ?? offset, isSyntax: true,
      text: `the ${opening} that opens here is not closed; write ${closing} where it ends`,
    }
  }
  const words = WORDS.find(([pattern]) => pattern.test(message))?.[1]
  return { offset, isSyntax: true, text: words ?? `is not YAML: ${message.replace(/\.$/, '')}` }
}

/** Where the innermost brackets or quotes were opened that were still open at an offset. */
function findOpening(document: Document, offset: number): number | undefined {
  let found: number | undefined
  visit(document, {
    Node: (_, node) => {
      const isQuoted = isScalar(node) && node.type?.startsWith('QUOTE') === true
      if (!isQuoted && !(isCollection(node) && node.flow === true)) return
      const [start, , end] = node.range ?? [offset, offset, offset]
      if (start < offset && end >= offset) found = start
    },
  })
  return found
}
