import t from 'tap'
import { RecentEvents } from '../../../src/rooms/recent-events.ts'
import type { RoomEvent } from '../../../src/rooms/room-event.ts'

function event(pos: number, stateKey?: string): RoomEvent {
  return {
    nid: pos, eventId: `$${pos}`, room: 1, roomId: '!r', version: '12', senderNid: 1, sender: '@a:x', type: 'm.x', stateKey, content: {},
    originServerTs: 0, depth: pos, receivedAt: 0, pos, place: { pos, offset: 0 }, branch: undefined, status: 'accepted',
    redacts: undefined, redactedBy: undefined, replacesNid: undefined, relType: undefined, relatesTo: undefined, threadRoot: undefined,
    deviceId: undefined, txnId: undefined, pdu: {}, text: '{',
  }
}

t.test('Changes of the state are remembered for longer than what is said', (t) => {
  const recent = new RecentEvents(0)
  recent.push(event(1, 'first'))
  for (let pos = 2; pos <= 500; pos += 1) recent.push(event(pos))
  t.notOk(recent.covers(1))
  t.same(recent.changesAfter(0)?.map(({ pos }) => pos), [1])
  t.same(recent.changesAfter(1), [])
  for (let pos = 501; pos <= 1_000; pos += 1) recent.push(event(pos, `${pos}`))
  t.equal(recent.changesAfter(0), undefined, 'and not for ever')
  t.same(recent.changesAfter(700)?.map(({ pos }) => pos), Array.from({ length: 300 }, (_, index) => 701 + index))
  t.end()
})

t.test('What is read anew takes the place of what was remembered of the same time', (t) => {
  const recent = new RecentEvents(0)
  for (let pos = 1; pos <= 100; pos += 1) recent.push(event(pos, `${pos}`))
  const until = recent.from()
  recent.prepend([event(until - 1, 'again'), event(until, 'again')], until - 2, until)
  const changes = recent.changesAfter(0)?.map(({ pos }) => pos)
  t.same(changes, Array.from({ length: 100 }, (_, index) => index + 1), 'each once, in order')
  t.end()
})
