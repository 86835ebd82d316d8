import t from 'tap'
import { UserPresence } from '../../../src/users/presence-state.ts'

const MINUTE = 60_000

t.test('The most present of the devices counts', (t) => {
  const presence = new UserPresence()
  presence.note('A', 'unavailable', 100, 0)
  t.equal(presence.refresh(0), true)
  t.equal(presence.presence, 'unavailable')
  presence.note('B', 'online', 50, 1)
  t.equal(presence.refresh(1), true)
  t.same(presence.content(11), { presence: 'online', last_active_ago: 10, currently_active: true })
  t.equal(presence.refresh(2), false, 'no news')
  t.equal(presence.refresh(50), true, 'B has gone')
  t.equal(presence.presence, 'unavailable')
  presence.refresh(100)
  t.same(presence.content(101), { presence: 'offline', last_active_ago: 100 })
  t.end()
})

t.test('Who does nothing for a minute is not active, and for five minutes not there', (t) => {
  const presence = new UserPresence()
  presence.note('A', 'online', 60 * MINUTE, 1)
  presence.refresh(1)
  t.equal(presence.currentlyActive, true)
  presence.note('A', 'online', 61 * MINUTE, MINUTE + 1)
  presence.refresh(MINUTE + 1)
  t.same([presence.presence, presence.currentlyActive], ['online', false])
  presence.refresh(5 * MINUTE + 1)
  t.equal(presence.presence, 'unavailable')
  presence.act(6 * MINUTE)
  presence.refresh(6 * MINUTE)
  t.same([presence.presence, presence.currentlyActive], ['online', true])
  t.end()
})
