import type { JsonValue } from '../../../src/matrix/json.ts'
import { Dice } from '../../soak/dice.ts'
import { listPlaces, withValueAt } from '../../support/samples.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** A text that no database makes small: too long for an index, and for every name. */
function noise(length: number): string {
  const dice = new Dice(length)
  return Array.from({ length }, () => LETTERS[Math.floor(dice.between(0, LETTERS.length))]).join('')
}

/** JSON texts that nobody expects in a field, some of which no parser could give back. */
const WRONG = [
  'null', 'true', '0', '-1', '9007199254740991', '-9007199254740991', '9007199254740992', '1e400', '-0', '1.5', '1e2',
  '""', '"x"', '" "', '"\\u0000"', '"\\ud800"', '"\\u202e"', '"@"', '"@a:b"', '"!x:localhost"', '"$x"', '"#x:localhost"',
  '"mxc://a/b"', '"{"', `"${'é'.repeat(300)}"`, `"${noise(5_000)}"`, `"@${noise(5_000)}:localhost"`, `"${noise(70_000)}"`,
  '[]', '[[]]', '[null]', '["x",1]', '["@a:localhost","@a:localhost"]', '{}', '{"a":{"b":[]}}', '{"__proto__":1,"constructor":"x"}',
  '{"":""}', '{"a":1,"a":2}', '{"m.relates_to":{"rel_type":5,"event_id":[]}}',
  `${'['.repeat(90)}${']'.repeat(90)}`, `${'{"a":'.repeat(90)}1${'}'.repeat(90)}`, `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
]

/** What nobody expects in an address. */
const WRONG_TEXTS = [
  '', 'x', '-1', '0', '1.5', '9'.repeat(30), '1e400', 'Infinity', 'true', '{bad', '{}', '{"room":7}', '[]', '\0', '%', ' ',
  'é'.repeat(200), noise(300), noise(5_000), `@${noise(5_000)}:localhost`, `!${noise(5_000)}`, `#${noise(5_000)}:localhost`,
  '../..', '__proto__', 'constructor', '@', '@a:b', '!x:localhost', '$x', '#x:localhost', '\u202e', '\'";--', 's1_1_1_1_1', 't1_1_1',
]

const WRONG_AT_EACH_PLACE = 5
const WRONG_IN_EACH_TEXT = 9
const MARK = 'this is to be replaced'

/** Texts of a body with something wrong in each of its places, also nothing at all. */
export function* spoil(body: JsonValue, dice: Dice, wrongAtEachPlace = WRONG_AT_EACH_PLACE): Generator<string> {
  for (const place of listPlaces(body)) {
    const marked = withValueAt(body, place, MARK)
    if (place.length > 0) yield JSON.stringify(marked, (_, value: unknown) => value === MARK ? undefined : value)
    const text = JSON.stringify(marked)
    for (let count = 0; count < wrongAtEachPlace; count++) yield text.replace(`"${MARK}"`, () => pick(WRONG, dice))
  }
}

/** Some of what nobody expects in an address. */
export function listWrongTexts(dice: Dice): string[] {
  return Array.from({ length: WRONG_IN_EACH_TEXT }, () => pick(WRONG_TEXTS, dice))
}

function pick<Value>(values: readonly Value[], dice: Dice): Value {
  const picked = values[Math.floor(dice.between(0, values.length))]
  if (picked === undefined) throw new Error('There is nothing to pick from')
  return picked
}
