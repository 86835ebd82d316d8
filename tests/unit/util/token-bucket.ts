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

test('full buckets are forgotten, however many keys come', async (t) => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 5 })
  for (let count = 0; count < 10_000; count++) buckets.take(`key ${count}`, count * 10)
  t.ok(buckets.size <= 102, `${buckets.size} are kept: those of the last second`)
})
