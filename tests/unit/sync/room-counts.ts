import t from 'tap'
import { RoomCounts } from '../../../src/notifications/room-counts.ts'

const NOTHING_READ = { everywhere: 0, threads: new Map<string, number>() }

t.test('Counts are kept by thread, and reading one leaves the others', async (t) => {
  const counts = new RoomCounts(10)
  t.same([10, 11].map((pos) => counts.isUnread('main', pos)), [false, true])
  counts.add('main', 11, false)
  counts.add('$a', 12, true)
  counts.add('$a', 13, false)
  t.same({ ...counts.total }, { notifications: 3, highlights: 1 })
  t.equal(counts.main.notifications, 1)
  t.equal(counts.read({ everywhere: 0, threads: new Map([['$a', 13]]) }), undefined)
  t.same([...counts.threads.keys()], [])
  t.equal(counts.main.notifications, 1)
  t.equal(counts.read({ everywhere: 13, threads: new Map() }), undefined)
  t.same({ ...counts.total }, { notifications: 0, highlights: 0 })
})

t.test('A receipt between counted events has them counted anew', async (t) => {
  const counts = new RoomCounts(10)
  counts.add('main', 11, false)
  counts.add('main', 12, false)
  t.same(counts.read({ everywhere: 11, threads: new Map() }), { after: 11, threads: new Set(['main']) })
  t.equal(counts.main.notifications, 0)
  t.same([11, 12].map((pos) => counts.isUnread('main', pos)), [false, true])
})

t.test('Who speaks in a thread has read it', async (t) => {
  const counts = new RoomCounts(10)
  counts.add('main', 11, false)
  counts.add('$a', 12, false)
  counts.readThread('$a', 13)
  t.same([counts.main.notifications, counts.threads.size], [1, 0])
})

t.test('What was saved is taken over, and receipts that came before it change nothing', async (t) => {
  const before = new RoomCounts(10)
  before.countedTo = 20
  before.add('main', 15, true)
  before.add('$a', 16, false)
  const after = new RoomCounts(20, 0)
  for (const { threadId, from, unread } of before.list()) after.restore(threadId, from, unread)
  t.equal(after.read(NOTHING_READ), undefined)
  t.same([{ ...after.main }.notifications, { ...after.main }.highlights, after.threads.size], [1, 1, 1])
  t.equal(after.read({ everywhere: 20, threads: new Map() }), undefined)
  t.equal(after.total.notifications, 0)
})
