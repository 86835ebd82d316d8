import t from 'tap'
import { TokenCache, type RememberedToken } from '../../../src/users/token-cache.ts'

const token = (user: number): RememberedToken => ({
  locked: false,
  expiresAt: null,
  requester: {
    user, userId: `@${user}:x`, deviceId: 'D', isGuest: false, isAdmin: false, tokenId: 1, suspended: false,
  },
})

t.test('Tokens are forgotten by age of use, and all of a user at once', (t) => {
  const cache = new TokenCache(3)
  for (const name of ['a', 'b', 'c']) cache.remember(name, token(name === 'c' ? 2 : 1))
  t.ok(cache.find('a'))
  cache.remember('d', token(2))
  t.equal(cache.find('b'), undefined, 'the least used')
  t.ok(cache.find('a'))
  cache.forgetUser(2)
  t.same(['a', 'c', 'd'].map((name) => cache.find(name) !== undefined), [true, false, false])
  cache.forgetUser(1)
  cache.forgetUser(3)
  t.equal(cache.find('a'), undefined)
  t.end()
})
