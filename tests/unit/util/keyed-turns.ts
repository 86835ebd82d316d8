import { test } from 'tap'
import { KeyedTurns } from '../../../src/util/keyed-turns.ts'

test('what has the same key takes turns, also after a failure, and nothing stays behind', async (t) => {
  const turns = new KeyedTurns()
  const order: string[] = []
  const gates = new Map(['a1', 'a2', 'a3', 'b1'].map((name) => [name, Promise.withResolvers<string>()]))
  const work = (name: string) => turns.run(name.slice(0, 1), () => {
    order.push(name)
    return gates.get(name)?.promise ?? Promise.reject(new Error('no gate'))
  })
  const all = Promise.allSettled(['a1', 'a2', 'b1', 'a3'].map(work))
  gates.get('b1')?.resolve('b1')
  gates.get('a3')?.resolve('a3')
  await new Promise((resolve) => setImmediate(resolve))
  t.same(order, ['a1', 'b1'])
  gates.get('a1')?.resolve('a1')
  await new Promise((resolve) => setImmediate(resolve))
  gates.get('a2')?.reject(new Error('refused'))
  t.same((await all).map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  t.same(order, ['a1', 'b1', 'a2', 'a3'])
  t.equal(turns.size, 0)
})
