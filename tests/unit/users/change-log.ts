import t from 'tap'
import { ChangeLog } from '../../../src/users/change-log.ts'

t.test('A log of changes tells who changed after a number, each once', (t) => {
  const log = new ChangeLog()
  t.same(log.since(0), [])
  for (const [number, user] of [[2, 7], [5, 8], [6, 7], [9, 9]] as const) log.add(number, user)
  t.same(log.since(0), [7, 8, 9])
  t.same(log.since(2), [8, 7, 9])
  t.same(log.since(4), [8, 7, 9])
  t.same(log.since(6), [9])
  t.same(log.since(9), [])
  t.end()
})

t.test('A log of changes forgets the oldest and says so', (t) => {
  const log = new ChangeLog()
  for (let number = 1; number <= 100_001; number++) log.add(number, number)
  t.equal(log.since(0), undefined)
  t.equal(log.since(49_999), undefined)
  t.equal(log.since(50_000)?.length, 50_001)
  t.end()
})
