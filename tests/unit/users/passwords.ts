import t from 'tap'
import { Passwords } from '../../../src/users/passwords.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { refusal } from '../../support/refusal.ts'

const passwords = new Passwords({ random: systemRandom, fastInsecure: true })

t.test('A password fits its own hash and no other', async (t) => {
  const hash = await passwords.hash('pässword')
  t.match(hash, /^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  t.not(await passwords.hash('pässword'), hash)
  t.equal(await passwords.verify('pässword', hash), true)
  t.equal(await passwords.verify('password', hash), false)
  t.equal(await passwords.verify('pässword', null), false)
  for (const nonsense of ['', 'x', '$argon2id$v=19$m=8,t=1,p=1$!$!', '$2b$12$abcdefghijklmnopqrstuv']) {
    t.equal(await passwords.verify('x', nonsense), false, nonsense)
  }
})

t.test('A hash of the reference implementation is understood', async (t) => {
  // echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -e
  const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  t.equal(await passwords.verify('password', hash), true)
})

t.test('The cost of real hashes is what is recommended, and who waits too long is told so', async (t) => {
  const slow = new Passwords({ random: systemRandom, fastInsecure: false })
  const results = await Promise.allSettled(Array.from({ length: 70 }, () => slow.hash('x')))
  t.equal(results.filter(({ status }) => status === 'rejected').length, 70 - 66)
  t.match(results.at(-1), { reason: { errcode: 'M_LIMIT_EXCEEDED' } })
  t.match(results[0], { value: /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/ })
})

t.test('Long passwords cost nothing', async (t) => {
  await t.rejects(passwords.hash('x'.repeat(513)), refusal('M_INVALID_PARAM'))
  await t.rejects(passwords.verify('x'.repeat(513), null), refusal('M_INVALID_PARAM'))
})
