import t from 'tap'
import { findLoginName } from '../../../src/users/login-name.ts'
import { refusal } from '../../support/refusal.ts'

t.test('The name of a login', (t) => {
  t.equal(findLoginName({ identifier: { type: 'm.id.user', user: 'a' }, user: 'b' }), 'a')
  t.equal(findLoginName({ user: 'b' }), 'b')
  t.equal(findLoginName({ identifier: { type: 'm.id.user', user: 5 } }), undefined)
  t.equal(findLoginName({}), undefined)
  for (const request of [{ identifier: { type: 'm.id.phone' } }, { identifier: { type: 'm.id.thirdparty' } }, { medium: 'email' }]) {
    t.throws(() => findLoginName(request), refusal('M_FORBIDDEN'))
  }
  t.throws(() => findLoginName({ identifier: { type: 'other' } }), refusal('M_UNKNOWN'))
  t.end()
})
