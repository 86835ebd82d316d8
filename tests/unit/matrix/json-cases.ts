import fc from 'fast-check'
import t from 'tap'
import { canonicalJson, compareCodePoints } from '../../../src/matrix/canonical-json.ts'
import {
  findNonCanonical, isJsonObject, isRawNumber, LOSSLESS, ownValue, parseJson, setOwn, STRICT, type JsonValue,
  type ParseJsonOptions,
} from '../../../src/matrix/json.ts'

const DEEP = 5000
const HOSTILE_KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf', '__defineGetter__']

function outcomeOf(text: string | Buffer, options: ParseJsonOptions = STRICT): string {
  const parsed = parseJson(text, options)
  return parsed.ok ? 'ok' : parsed.reason
}

function valueOf(text: string | Buffer, options: ParseJsonOptions = STRICT): JsonValue {
  const parsed = parseJson(text, options)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}

/** The examples of the specification's appendices, Canonical JSON. */
const CANONICAL_EXAMPLES: readonly (readonly [text: string, canonical: string])[] = [
  ['{}', '{}'],
  ['{"one": 1, "two": "Two"}', '{"one":1,"two":"Two"}'],
  ['{"b": "2", "a": "1"}', '{"a":"1","b":"2"}'],
  ['{"b":"2","a":"1"}', '{"a":"1","b":"2"}'],
  [
    '{"auth":{"success":true,"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":'
    + '[{"medium":"email","address":"john.doe@example.org"},{"medium":"msisdn","address":"123456789"}]}}}',
    '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":'
    + '[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}',
  ],
  ['{"a": "日本語"}', '{"a":"日本語"}'],
  ['{"本": 2, "日": 1}', '{"日":1,"本":2}'],
  ['{"a": "\\u65E5"}', '{"a":"日"}'],
  ['{"a": null}', '{"a":null}'],
  ['{"a": -0, "b": 1e10}', '{"a":0,"b":10000000000}'],
]

/** What each text is to a client's request, and to an event of another server once it is alone. */
const NUMBERS: readonly (readonly [lexeme: string, strict: string, lossless: string])[] = [
  ['0', 'ok', '0'],
  ['-1', 'ok', '-1'],
  ['9007199254740991', 'ok', '9007199254740991'],
  ['-9007199254740991', 'ok', '-9007199254740991'],
  ['9007199254740992', 'bad-json', '9007199254740992'],
  ['-9007199254740992', 'bad-json', '-9007199254740992'],
  ['9007199254740993', 'bad-json', '9007199254740993'],
  ['1152921504606846976', 'bad-json', '1152921504606846976'],
  ['1.1', 'bad-json', '1.1'],
  ['1.0', 'bad-json', '1.0'],
  ['1e2', 'bad-json', '1e2'],
  ['-0', 'bad-json', '0'],
  ['-0.0', 'bad-json', '-0.0'],
  ['1E400', 'bad-json', '1E400'],
  ['NaN', 'not-json', ''],
  ['Infinity', 'not-json', ''],
  ['-Infinity', 'not-json', ''],
  ['01', 'not-json', ''],
  ['+1', 'not-json', ''],
  ['.5', 'not-json', ''],
  ['1.', 'not-json', ''],
]

/** Objects whose keys may be hostile, made without a plain assignment. */
const anyJson = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null), fc.boolean(), fc.maxSafeInteger().map((number) => number + 0), fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE_KEYS, '1', '10', '2', '-1')),
      tie('value')), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value

export function testJson(): void {
  t.test('strict JSON', async (t) => {
    for (const [text, reason] of [
      ['{', 'not-json'], ['', 'not-json'], ['\ufeff{}', 'not-json'], ['{"a":1,}', 'not-json'], ['{\'a\':1}', 'not-json'],
      ['{"a":1,"a":2}', 'bad-json'], ['{"a":{"b":1},"a":{"b":1}}', 'bad-json'], ['{"a":1,"\\u0061":2}', 'bad-json'],
      ['"\\ud800"', 'bad-json'], ['{"\\udc00":1}', 'bad-json'], ['"\\ud83d\\ude00"', 'ok'], ['"\\\\ud800"', 'ok'],
      ['"\\u0000"', 'ok'], ['"a\\"b\\\\"', 'ok'], [`${'['.repeat(100)}${']'.repeat(100)}`, 'ok'],
      [`${'['.repeat(101)}${']'.repeat(101)}`, 'bad-json'], [`${'['.repeat(DEEP)}${']'.repeat(DEEP)}`, 'bad-json'],
      ['{"a":"1.0 [[[ \\" : 1e5"}', 'ok'], ['[{"a":1},{"a":1}]', 'ok'], [' \n{"a" : [ 1 , 2 ] }\t', 'ok'],
    ] as const) t.equal(outcomeOf(text), reason, text.slice(0, 40))
    t.equal(outcomeOf(Buffer.from([0x22, 0x81, 0x22])), 'not-json', 'a byte that is no UTF-8')
    t.equal(outcomeOf(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), 'not-json', 'half a pair as bytes')
    t.equal(outcomeOf(Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])), 'not-json', 'a byte order mark')
    t.equal(outcomeOf('"\ud800"'), 'bad-json', 'half a pair in a string of ours')
  })

  t.test('numbers', async (t) => {
    for (const [lexeme, strict, lossless] of NUMBERS) {
      t.equal(outcomeOf(`{"a":[${lexeme}]}`), strict, `${lexeme}, strict`)
      if (lossless === '') t.equal(outcomeOf(lexeme, LOSSLESS), 'not-json', `${lexeme}, lossless`)
      else t.equal(canonicalJson(valueOf(`{"a":[${lexeme}]}`, LOSSLESS)), `{"a":[${lossless}]}`, `${lexeme}, lossless`)
    }
    t.ok(isRawNumber(valueOf('1.0', LOSSLESS)))
    t.notOk(isJsonObject(valueOf('1.0', LOSSLESS)), 'a number as it was written is no object')
    t.equal(valueOf('1.5', { duplicates: 'refuse', numbers: 'any' }), 1.5)
    t.equal(outcomeOf('[1E400]', { duplicates: 'refuse', numbers: 'any' }), 'bad-json', 'no infinity gets in')
  })

  t.test('JSON of other servers: nothing is lost, the last of two keys counts', async (t) => {
    t.equal(canonicalJson(valueOf('{"a":1,"a":{"b":1.0}}', LOSSLESS)), '{"a":{"b":1.0}}')
    const deep = `{"x":1.0,"y":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`
    t.equal(canonicalJson(valueOf(deep, LOSSLESS)), deep, 'deep, by both parsers')
    t.equal(canonicalJson(valueOf(deep.replace('1.0', '1'), LOSSLESS)), deep.replace('1.0', '1'))
    t.match(findNonCanonical(valueOf(deep, LOSSLESS)), /integer|deep/)
    for (const text of ['[1.0]', '[9007199254740992]', '["\\ud800"]', '{"\\ud800":1}', '[1.5]', '[-0]']) {
      t.type(findNonCanonical(valueOf(text, LOSSLESS)), 'string', text)
    }
    t.equal(findNonCanonical(valueOf('{"a":[1,-5,"😀",null,true,{}]}', LOSSLESS)), undefined)
    const long = `{"a":"${'\\"x\\\\'.repeat(100_000)}","b":1.0}`
    t.equal(canonicalJson(valueOf(long, LOSSLESS)), long, 'a long text with escapes')
  })

  t.test('Canonical JSON: the examples of the specification', async (t) => {
    for (const [text, canonical] of CANONICAL_EXAMPLES) t.equal(canonicalJson(JSON.parse(text)), canonical)
  })

  t.test('keys are sorted by code point', async (t) => {
    t.equal(canonicalJson({ '\u{10000}': 1, '\uff61': 2 }), '{"\uff61":2,"\u{10000}":1}')
    t.equal(canonicalJson({ 10: 1, 9: 2, '-': 3, a: { 2: 1, 10: 2 } }), '{"-":3,"10":1,"9":2,"a":{"10":2,"2":1}}')
    t.equal(canonicalJson({ a: 1, B: 2, '': 3 }), '{"":3,"B":2,"a":1}')
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${(index * 37) % 60}`, index]))
    t.strictSame(Object.keys(JSON.parse(canonicalJson(many))), Object.keys(many).sort())
    t.doesNotThrow(() => fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) =>
      compareCodePoints(a, b) === Buffer.compare(Buffer.from(a), Buffer.from(b)))))
  })

  t.test('hostile keys are keys like any other', async (t) => {
    for (const key of HOSTILE_KEYS) {
      const text = `{"content":{"${key}":{"a":1}},"${key}":{"polluted":true}}`
      const value = valueOf(text)
      t.equal(JSON.parse(canonicalJson(value))[key]?.polluted, true, key)
      t.equal(canonicalJson(value).length, text.length)
      if (isJsonObject(value)) t.same(ownValue(value, key), { polluted: true })
    }
    t.equal(ownValue({}, 'constructor'), undefined)
    const built = {}
    setOwn(built, '__proto__', { a: 1 })
    t.strictSame(Object.keys(built), ['__proto__'])
    t.equal(canonicalJson(built), '{"__proto__":{"a":1}}')
  })

  t.test('what is written canonically is read back the same', async (t) => {
    t.doesNotThrow(() => fc.assert(fc.property(anyJson, (value) => {
      const text = canonicalJson(value)
      for (const options of [STRICT, LOSSLESS]) {
        const parsed = parseJson(Buffer.from(text), options)
        if (!parsed.ok || canonicalJson(parsed.value) !== text) return false
      }
      return findNonCanonical(value) === undefined && JSON.stringify(JSON.parse(text)).length === text.length
    })))
    // The slow reader agrees with the quick one on all that both can read.
    t.doesNotThrow(() => fc.assert(fc.property(anyJson, fc.constantFrom(undefined, 2), (value, indent) => {
      const parsed = parseJson(JSON.stringify([value, 0], null, indent).replace(/0(\s*)\]$/, '1.0$1]'), LOSSLESS)
      return parsed.ok && canonicalJson(parsed.value) === `[${canonicalJson(value)},1.0]`
    })))
  })
}
