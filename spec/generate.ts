import { mkdirSync, writeFileSync } from 'node:fs'
import { readApis, readJson } from './generator/documents.ts'
import { printErrcodes, printOperations, printUnserved } from './generator/operations.ts'
import { printSchemas } from './generator/schemas.ts'
import { printTypes } from './generator/types.ts'
import { printVersions } from './generator/versions.ts'

/** All generated files of `src/spec/` by name, as our documents have them now. */
export function generate(): ReadonlyMap<string, string> {
  const apis = readApis()
  return new Map([
    ['operations.ts', printOperations(apis)],
    ['types.ts', printTypes(apis)],
    ['schemas.ts', printSchemas(apis)],
    ['errcodes.ts', printErrcodes(readJson('errcodes.json'))],
    ['versions.ts', printVersions(readJson('versions.json'))],
    ['unserved.ts', printUnserved(readJson('unserved.json'))],
  ])
}

if (import.meta.main) {
  const target = new URL('../src/spec/', import.meta.url)
  mkdirSync(target, { recursive: true })
  for (const [name, text] of generate()) writeFileSync(new URL(name, target), text)
}
