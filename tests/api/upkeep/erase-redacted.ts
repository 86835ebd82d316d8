import t from 'tap'
import { pduOf } from '../../../src/matrix/event.ts'
import { isJsonObject, LOSSLESS, parseJson } from '../../../src/matrix/json.ts'
import { redactEvent } from '../../../src/matrix/redaction.ts'
import { findRoomVersion } from '../../../src/matrix/room-versions.ts'
import { canonicalJson } from '../../../src/matrix/canonical-json.ts'
import { trialConfig } from '../../../src/config/trial-config.ts'
import { DAY_MS } from '../../../src/util/durations.ts'
import { createUpkeepWorld, passTime, room, type UpkeepWorld } from './world.ts'

async function stored(world: UpkeepWorld, eventId: string): Promise<string> {
  const [row] = await world.query<{ json: string }>(
    'select json from event_bodies join events on events.nid = event_nid where event_id = $1', [eventId],
  )
  return row?.json ?? ''
}

t.test('The original of a redacted event is erased some time later', async (t) => {
  const world = await createUpkeepWorld(t)
  const { talk, api } = world
  const alice = await world.register('alice')
  const roomId = await talk.create(alice, {})
  const eventId = await talk.say(alice, roomId, { msgtype: 'm.image', body: 'a secret', url: 'mxc://localhost/secret' })
  const topic = await talk.set(alice, roomId, 'm.room.topic', { topic: 'another secret' })
  const other = await talk.say(alice, roomId, 'no secret')
  await talk.redact(alice, roomId, eventId)
  await passTime(world, 6 * DAY_MS)
  t.match(await stored(world, eventId), 'a secret', 'for a while it can be looked at')
  const original = parseJson(await stored(world, eventId), LOSSLESS)
  await talk.redact(alice, roomId, topic)
  await passTime(world, 2 * DAY_MS)
  t.notMatch(await stored(world, eventId), 'a secret')
  t.same(await world.query('select 1 from event_media'), [])
  t.match(await stored(world, topic), 'another secret', 'what was redacted later goes later')
  const version = findRoomVersion('12')
  if (version === undefined || !original.ok || !isJsonObject(original.value)) throw new Error('That is no event')
  t.equal(await stored(world, eventId), canonicalJson(redactEvent(original.value, version)))
  const kept = parseJson(await stored(world, eventId), LOSSLESS)
  if (!kept.ok || !isJsonObject(kept.value)) throw new Error('That is no event')
  t.equal(pduOf(kept.value, version).eventId, eventId, 'it is still the same event by its hash')
  t.same(kept.value['signatures'], original.value['signatures'])
  const shown = await api.get(`${room(roomId)}/event/${encodeURIComponent(eventId)}`, { token: alice.token })
  t.match(shown, { status: 200, body: { content: {}, unsigned: { redacted_because: { type: 'm.room.redaction' } } } })
  t.match(await stored(world, other), 'no secret')
  await passTime(world, 6 * DAY_MS)
  t.notMatch(await stored(world, topic), 'another secret', 'state as well')
  t.match(await stored(world, other), 'no secret')
})

t.test('Originals are kept for ever where the configuration says null', async (t) => {
  const world = await createUpkeepWorld(t, { rooms: { ...trialConfig('.').rooms, redactedKeptMs: undefined } })
  const alice = await world.register('alice')
  const roomId = await world.talk.create(alice, {})
  const eventId = await world.talk.say(alice, roomId, 'a secret')
  await world.talk.redact(alice, roomId, eventId)
  await passTime(world, 9 * DAY_MS)
  t.match(await stored(world, eventId), 'a secret')
})
