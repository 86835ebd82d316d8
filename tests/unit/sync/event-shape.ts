import t from 'tap'
import type { RoomEvent } from '../../../src/rooms/room-event.ts'
import { shapeEvent } from '../../../src/sync/event-shape.ts'
import { compileFilter } from '../../../src/sync/filter.ts'

const event = { pdu: { type: 'm.room.message', depth: 3, hashes: {} } } as unknown as RoomEvent
const content = { body: 'hi', 'm.mentions': { room: true } }
const text = JSON.stringify({ type: 'm.room.message', content, sender: '@a:b', unsigned: { age: 1 } })
const shape = (filter: Parameters<typeof compileFilter>[0]): unknown => JSON.parse(shapeEvent(text, event, compileFilter(filter, 1)))

t.test('Only the fields at the paths are left', async (t) => {
  t.same(shape({ event_fields: ['type'] }), { type: 'm.room.message' })
  t.same(shape({ event_fields: ['content.body', 'sender'] }), { content: { body: 'hi' }, sender: '@a:b' })
  t.same(shape({ event_fields: ['content', 'content.body'] }), { content: { body: 'hi', 'm.mentions': { room: true } } })
  t.same(shape({ event_fields: ['content.m\\.mentions.room'] }), { content: { 'm.mentions': { room: true } } })
  t.same(shape({ event_fields: ['nothing', 'content.none.here'] }), {})
})

t.test('An event comes as servers see it where that is asked for', async (t) => {
  t.same(shape({ event_format: 'federation' }), { type: 'm.room.message', depth: 3, hashes: {}, unsigned: { age: 1 } })
})

t.test('A filter lets through what its parts say', async (t) => {
  const timeline = { limit: 500, types: ['m.*'], not_types: ['m.room.*'] }
  const filter = compileFilter({ room: { timeline }, presence: { senders: ['@a:b'] } }, 1)
  t.equal(filter.timeline.limit, 100, 'no more than this')
  t.same(['m.reaction', 'm.room.message', 'org.example'].map((type) => filter.timeline.passesType(type)), [true, false, false])
  t.same(['@a:b', '@c:d'].map((sender) => filter.presence.passes({ type: 'm.presence', sender })), [true, false])
  t.equal(compileFilter({}, 1).timeline.limit, 10)
  t.equal(compileFilter({ room: { timeline: { limit: 3 } } }, 1).timeline.filter, undefined, 'a limit leaves nothing out')
})
