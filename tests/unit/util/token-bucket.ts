import { test } from 'tap'
import { TokenBuckets } from '../../../src/util/token-bucket.ts'

test('a bucket gives its burst at once and then its rate', async (t) => {
  const buckets = new TokenBuckets({ perSecond: 2, burst: 3 })
  t.same([0, 0, 0, 0].map(() => buckets.take('a', 1000)), [0, 0, 0, 500])
  t.equal(buckets.take('b', 1000), 0, 'another key has another bucket')
  t.equal(buckets.take('a', 1250), 250)
  t.equal(buckets.take('a', 1500), 0)
  t.equal(buckets.take('a', 1500), 500)
  t.equal(buckets.waitMs('a', 1750), 250, 'looking takes nothing')
  t.equal(buckets.waitMs('a', 2000), 0)
  t.equal(buckets.take('a', 2000), 0)
})

test('time that goes back fills nothing', async (t) => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 })
  t.equal(buckets.take('a', 5000), 0)
  t.equal(buckets.take('a', 1000), 1000)
})

test('a rate of nothing refuses for a day at a time', async (t) => {
  const buckets = new TokenBuckets({ perSecond: 0, burst: 1 })
  t.equal(buckets.take('a', 0), 0)
  t.equal(buckets.take('a', 1e9), 86_400_000)
})

test('a full bucket gives more at once than it holds, and owes it', async (t) => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 3 })
  t.equal(buckets.take('a', 0, 5), 0)
  t.equal(buckets.take('a', 0), 3000)
  t.equal(buckets.take('a', 3000), 0)
  t.equal(buckets.take('a', 4000, 2), 1000)
  buckets.giveBack('a', 4000, 2)
  t.equal(buckets.take('a', 4000, 3), 0, 'what was given back can be taken again')
  buckets.giveBack('b', 4000)
  t.equal(buckets.take('b', 4000, 4), 0, 'and never more than there was')
  t.equal(buckets.take('b', 4000), 2000)
})

test('of very many keys the oldest begin anew', async (t) => {
  const buckets = new TokenBuckets({ perSecond: 0, burst: 1 })
  for (let count = 0; count < 200_100; count++) buckets.take(`key ${count}`, 0)
  t.ok(buckets.size <= 200_000)
  t.same([buckets.take('key 0', 0), buckets.take('key 200099', 0)], [0, 86_400_000])
})

test('full buckets are forgotten, however many keys come', async (t) => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 5 })
  for (let count = 0; count < 10_000; count++) buckets.take(`key ${count}`, count * 10)
  t.ok(buckets.size <= 102, `${buckets.size} are kept: those of the last second`)
})
