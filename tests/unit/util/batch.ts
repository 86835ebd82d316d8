import t from 'tap'
import { Batch } from '../../../src/util/batch.ts'

t.test('What is asked for at once is loaded together, and what comes meanwhile goes with the next load', async (t) => {
  const loads: (readonly number[])[] = []
  const gate = Promise.withResolvers<void>()
  const batch = new Batch<number, string>(async (keys) => {
    loads.push(keys)
    if (loads.length === 1) await gate.promise
    return keys.map((key) => `value ${key}`)
  }, 3)
  const first = Promise.all([batch.get(1), batch.get(2)])
  await Promise.resolve()
  await Promise.resolve()
  const later = Promise.all([3, 4, 5, 6].map((key) => batch.get(key)))
  gate.resolve()
  t.same(await first, ['value 1', 'value 2'])
  t.same(await later, ['value 3', 'value 4', 'value 5', 'value 6'])
  t.same(loads, [[1, 2], [3, 4, 5], [6]])
})

t.test('A failure is told to all who were loaded together, and to nobody after them', async (t) => {
  let fails = true
  const batch = new Batch<number, number>((keys) => fails ? Promise.reject(new Error('no')) : Promise.resolve(keys))
  const both = await Promise.allSettled([batch.get(1), batch.get(2)])
  t.same(both.map(({ status }) => status), ['rejected', 'rejected'])
  fails = false
  t.equal(await batch.get(3), 3)
})
