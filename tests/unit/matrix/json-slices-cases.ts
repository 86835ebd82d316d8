import fc from 'fast-check'
import t from 'tap'
import { canonicalJson } from '../../../src/matrix/canonical-json.ts'
import { parseInSlices } from '../../../src/matrix/json-in-slices.ts'
import { LOSSLESS, parseJson, type ParsedJson } from '../../../src/matrix/json.ts'

/** Values of up to so many bytes are read at once here, so that there are slices. */
const PIECE_BYTES = 24

function inSlices(bytes: Buffer, pieceBytes?: number): { readonly parsed: ParsedJson, readonly slices: number } {
  const reading = parseInSlices(bytes, pieceBytes)
  let slices = 1
  for (let step = reading.next(); ; step = reading.next()) {
    if (step.done === true) return { parsed: step.value, slices }
    slices += 1
  }
}

function textOf(parsed: ParsedJson): string {
  return parsed.ok ? canonicalJson(parsed.value) : parsed.reason
}

const REFUSED = [
  '', ' ', '{', '[', '{"a":[1,2}', '[1,2', '[1,]', '[,1]', '[1 2]', '{"a" 1}', '{"a":1,}', '{a:1}', '{"a":1}x', '[1]]', '"', '"a',
  '[nothing]', '{"a":tru}', '[01]', '[1.]', '["\u0001"]', '{"a":{"b":1]}',
]

export function testJsonInSlices(): void {
  t.test('what is read a slice at a time is what is read at once', async (t) => {
    fc.assert(fc.property(fc.object({ maxDepth: 2, maxKeys: 8 }), fc.nat(3), (value, indent) => {
      const bytes = Buffer.from(JSON.stringify({ value, list: [value, 1.5, 'a"\\', '\u00e9\u{1f600}'] }, undefined, indent))
      const { parsed } = inSlices(bytes, PIECE_BYTES)
      // A value that is large and deep is refused.
      if (parsed.ok) t.equal(textOf(parsed), textOf(parseJson(bytes, LOSSLESS)))
      t.equal(textOf(inSlices(bytes).parsed), textOf(parseJson(bytes, LOSSLESS)))
    }), { numRuns: 100, seed: 20_261_121 })
  })

  t.test('what is no JSON is none in slices, wherever they begin', async (t) => {
    for (const text of REFUSED) {
      for (const padding of ['', ' '.repeat(20), '   "a",'.repeat(4)]) {
        const bytes = Buffer.from(padding.trim() === '' ? text : `[${padding}${text}]`)
        const isJson = parseJson(bytes, LOSSLESS).ok
        t.equal(inSlices(bytes, PIECE_BYTES).parsed.ok, isJson, `${text} with ${padding.length}`)
      }
    }
    t.notOk(inSlices(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])).parsed.ok, 'bad UTF-8')
  })

  t.test('an answer with many events is read in many slices', async (t) => {
    const pdus = Array.from({ length: 2_000 }, (_, index) => ({ type: 'x', depth: index, content: { body: 'b'.repeat(400) } }))
    const whole = { auth_chain: [], pdus }
    const { parsed, slices } = inSlices(Buffer.from(JSON.stringify(whole)))
    t.equal(textOf(parsed), canonicalJson(whole))
    t.ok(slices > 10)
    t.equal(textOf(inSlices(Buffer.from(JSON.stringify([200, whole]))).parsed), canonicalJson([200, whole]), 'also in a pair')
    t.equal(inSlices(Buffer.from(JSON.stringify({ pdus: ['x'.repeat(600_000)] }))).parsed.ok, false, 'no event is so large')
    t.equal(inSlices(Buffer.from(`[${' '.repeat(600_000)}1]`)).parsed.ok, false, 'nothing is so far away')
  })
}
