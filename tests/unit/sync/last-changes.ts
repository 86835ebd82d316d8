import t from 'tap'
import { LastChanges } from '../../../src/sync/last-changes.ts'

t.test('What changed after a position is known exactly, and before it began to look not at all', async (t) => {
  const changes = new LastChanges<string>(10, 100)
  changes.note('a', 12)
  t.same([9, 10, 11, 12].map((after) => changes.mayHaveChanged('a', after)), [true, true, true, false])
  t.same([9, 10].map((after) => changes.mayHaveChanged('b', after)), [true, false])
  t.same([9, 10].map((after) => changes.covers(after)), [false, true])
})

t.test('Of very many the oldest are forgotten, and it is said that they are not known', async (t) => {
  const changes = new LastChanges<number>(0, 4)
  for (let key = 1; key <= 5; key += 1) changes.note(key, key * 10)
  t.equal(changes.covers(19), false)
  t.equal(changes.covers(20), true)
  t.equal(changes.mayHaveChanged(1, 5), true, 'forgotten')
  t.equal(changes.mayHaveChanged(5, 45), true)
  t.equal(changes.mayHaveChanged(3, 30), false)
})

t.test('What is learned later of an earlier time does not hide what came meanwhile', async (t) => {
  const changes = new LastChanges<string>(50, 100)
  changes.note('a', 60)
  changes.prepend(10, [{ key: 'b', pos: 20 }, { key: 'a', pos: 30 }])
  t.equal(changes.covers(10), true)
  t.equal(changes.mayHaveChanged('a', 55), true)
  t.equal(changes.mayHaveChanged('b', 15), true)
  t.equal(changes.mayHaveChanged('b', 20), false)
  t.equal(changes.mayHaveChanged('c', 10), false)
})
