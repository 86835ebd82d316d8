import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'tap'
import { generate } from '../../spec/generate.ts'

const DIRECTORY = new URL('../../src/spec/', import.meta.url)

test('src/spec is what the documents of /spec generate', async (t) => {
  const generated = generate()
  for (const [name, text] of generated) {
    const committed = readFileSync(new URL(name, DIRECTORY), 'utf8')
    t.ok(committed === text, `${name} is up to date (npm run spec)`)
  }
  t.same(readdirSync(DIRECTORY).toSorted(), [...generated.keys()].toSorted(), 'nothing else is in src/spec')
})
