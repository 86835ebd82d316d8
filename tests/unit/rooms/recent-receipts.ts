import t from 'tap'
import { RecentReceipts, type Receipt } from '../../../src/rooms/reading/recent-receipts.ts'

const MANY = 50_000
const receipt = (pos: number, more: Partial<Receipt> = {}): Receipt =>
  ({ room: 1, user: 7, userId: '@u:localhost', type: 'm.read', threadId: '', eventId: `$${pos}`, ts: pos, pos, ...more })

t.test('Recent receipts are told between positions, of each kind the newest', (t) => {
  const recent = new RecentReceipts(10)
  t.same(recent.between(1, 10, 99), [])
  t.equal(recent.between(1, 9, 99), undefined, 'what was before the beginning is not known')
  const kinds = [
    receipt(11), receipt(12, { user: 8 }), receipt(13), receipt(14, { threadId: '$t' }), receipt(15, { type: 'm.read.private' }),
  ]
  for (const each of kinds) recent.push(each)
  recent.push(receipt(16, { room: 2 }))
  const told = (after: number, upTo: number) => recent.between(1, after, upTo)?.map(({ pos }) => pos)
  t.same(told(10, 99), [12, 13, 14, 15])
  t.same(told(10, 12), [11, 12], 'a newer one beyond the end takes no place')
  t.same(told(13, 99), [14, 15])
  t.same(told(15, 99), [])
  t.same(recent.between(2, 10, 99)?.map(({ pos }) => pos), [16])
  t.end()
})

t.test('The oldest are forgotten, and what they covered with them', (t) => {
  const recent = new RecentReceipts(0)
  const last = 2 * MANY + 5
  for (let pos = 1; pos <= last; pos += 1) recent.push(receipt(pos, { room: pos % 3 }))
  t.equal(recent.between(1, MANY + 4, last), undefined)
  t.same(recent.between(last % 3, MANY + 5, last)?.map(({ pos }) => pos), [last])
  t.equal(recent.between(9, 5, last), undefined)
  t.same(recent.between(9, 2 * MANY, last), [])
  t.end()
})
