import t from 'tap'
import { PerUserCache } from '../../../src/users/per-user-cache.ts'

t.test('A value is loaded once for all who ask, and again after it was forgotten', async (t) => {
  let loads = 0
  const gates: PromiseWithResolvers<void>[] = []
  const cache = new PerUserCache(10, async () => {
    const value = loads += 1
    gates.push(Promise.withResolvers())
    await gates.at(-1)?.promise
    return value
  })
  const both = [cache.get(1), cache.get(1)]
  gates[0]?.resolve()
  t.same(await Promise.all(both), [1, 1])
  t.equal(cache.get(1), 1, 'at once')
  cache.forget(1)
  const stale = cache.get(1)
  cache.forget(1)
  const fresh = cache.get(1)
  gates[2]?.resolve()
  gates[1]?.resolve()
  t.same(await Promise.all([stale, fresh]), [2, 3])
  t.equal(cache.get(1), 3, 'what was read before the change is not kept')
})

t.test('A failure is told and not remembered', async (t) => {
  let fails = true
  const cache = new PerUserCache(10, () => fails ? Promise.reject(new Error('no')) : Promise.resolve('yes'))
  await t.rejects(async () => cache.get(1), { message: 'no' })
  fails = false
  t.equal(await cache.get(1), 'yes')
})
