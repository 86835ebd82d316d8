import t from 'tap'
import { Lru } from '../../../src/util/lru.ts'

t.test('what grows while it is remembered leaves as what it came, and is weighed again when it is used', (t) => {
  const lru = new Lru<string, { weight: number }>(10, { weigh: ({ weight }) => weight })
  const small = { weight: 3 }
  lru.set('a', small)
  lru.set('b', { weight: 3 })
  small.weight = 5
  lru.set('c', { weight: 4 })
  t.same([lru.size, lru.peek('a')], [3, small], 'it is not weighed before it is used')
  lru.get('a')
  lru.set('d', { weight: 1 })
  t.same(['a', 'b', 'c', 'd'].filter((key) => lru.peek(key) !== undefined), ['a', 'c', 'd'])
  small.weight = 1000
  for (const key of ['a', 'c', 'd']) lru.delete(key)
  lru.set('e', { weight: 9 })
  lru.set('f', { weight: 2 })
  t.same([lru.size, lru.peek('f')], [1, { weight: 2 }], 'the limit holds as before')
  t.end()
})

t.test('what is pinned stays, and the oldest of the others goes', (t) => {
  const lru = new Lru<number, string>(2, { isPinned: (value) => value === 'pinned' })
  lru.set(1, 'pinned')
  lru.set(2, 'x')
  lru.get(1)
  lru.set(3, 'y')
  t.same([1, 2, 3].map((key) => lru.peek(key)), ['pinned', undefined, 'y'])
  lru.clear()
  t.equal(lru.size, 0)
  t.end()
})
