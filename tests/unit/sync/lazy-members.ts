import t from 'tap'
import { LazyMembers } from '../../../src/sync/lazy-members.ts'

t.test('What a client has is what came with the token that it brings', async (t) => {
  const members = new LazyMembers()
  const first = members.open('client', undefined)
  first.add(1)
  t.equal(first.has(1), false, 'it has not come back with it yet')
  first.answered('t1')
  const second = members.open('client', 't1')
  t.equal(second.has(1), true)
  second.add(2)
  second.answered('t2')
  t.equal(members.open('other', 't2').has(1), false)
  const third = members.open('client', 't2')
  t.same([third.has(1), third.has(2)], [true, true])
  t.same([1, 2].map((nid) => members.open('client', 't1').has(nid)), [false, false], 'an answer may have been lost')
})
