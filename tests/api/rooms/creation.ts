import type { Test } from 'tap'
import { refused } from '../../support/refusal.ts'
import { FORBIDDEN, inRoom, localpartOf, VERSIONS, type World } from './world.ts'

/** What createRoom makes. */
export function testCreation(t: Test, world: World): void {
  const { talk, post, get, state, people } = world

  t.test('createRoom makes a room of each preset', async (t) => {
    const [alice] = await people('alice')
    for (const [preset, join, guests, invite] of [
      ['private_chat', 'invite', 'can_join', 0],
      ['trusted_private_chat', 'invite', 'can_join', 0],
      ['public_chat', 'public', undefined, 50],
    ] as const) {
      const roomId = await talk.create(alice, { preset })
      t.match(await state(alice, roomId, 'm.room.join_rules'), { join_rule: join }, preset)
      t.match(await state(alice, roomId, 'm.room.history_visibility'), { history_visibility: 'shared' })
      t.equal((await state(alice, roomId, 'm.room.guest_access'))?.['guest_access'], guests)
      t.match(await state(alice, roomId, 'm.room.power_levels'), { invite, state_default: 50, events: { 'm.room.tombstone': 150 } })
      t.match(await state(alice, roomId, 'm.room.member', alice.userId), { membership: 'join' })
    }
    t.match(await state(alice, await talk.create(alice), 'm.room.join_rules'), { join_rule: 'invite' }, 'private unless told')
    t.match(await state(alice, await talk.create(alice, { visibility: 'public' }), 'm.room.join_rules'), { join_rule: 'public' })
    t.match(await post(alice, '/createRoom', { preset: 'other' }), refused(400, 'M_BAD_JSON'))
  })

  t.test('createRoom makes rooms of the versions 10, 11 and 12', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    for (const version of VERSIONS) {
      const roomId = await talk.create(
        alice, { room_version: version, creation_content: { type: 'm.space', room_version: '1', creator: '@x:y' } },
      )
      const { body: event } = await get(alice, `${inRoom(roomId, 'state', 'm.room.create')}?format=event`)
      t.match(event, { type: 'm.room.create', sender: alice.userId, state_key: '', content: { type: 'm.space', room_version: version } })
      t.equal(event['content'].creator, version === '10' ? alice.userId : undefined, `creator in ${version}`)
      if (version === '12') t.equal(roomId, `!${event['event_id'].slice(1)}`, 'the id is that of the create event')
      else t.match(roomId, /^![^:]+:localhost$/)
      const levels = await state(alice, roomId, 'm.room.power_levels')
      t.same(levels?.['users'], version === '12' ? {} : { [alice.userId]: 100 })
      t.equal(levels?.['events']['m.room.tombstone'], version === '12' ? 150 : 100)
    }
    const trusting = await talk.create(alice, { room_version: '11', preset: 'trusted_private_chat', invite: [bob.userId] })
    t.same((await state(alice, trusting, 'm.room.power_levels'))?.['users'], { [alice.userId]: 100, [bob.userId]: 100 })
    t.match(await state(alice, await talk.create(alice), 'm.room.create'), { room_version: '12' }, 'the default')
  })

  t.test('createRoom makes further creators in version 12', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice, {
      preset: 'trusted_private_chat', invite: [bob.userId], creation_content: { additional_creators: [carol.userId] },
    })
    t.same((await state(alice, roomId, 'm.room.create'))?.['additional_creators'], [carol.userId, bob.userId])
    t.same((await state(alice, roomId, 'm.room.power_levels'))?.['users'], {}, 'creators need no level')
    await talk.join(bob, roomId)
    await talk.set(bob, roomId, 'm.room.tombstone', { body: 'moved', replacement_room: '!elsewhere' })
    t.match(await state(alice, roomId, 'm.room.tombstone'), { body: 'moved' }, 'who is trusted may do all')
    t.match(await post(alice, '/createRoom', { creation_content: { additional_creators: ['bob'] } }), refused(400, 'M_INVALID_PARAM'))
    t.match(await post(alice, '/createRoom', { creation_content: { additional_creators: 'bob' } }), refused(400, 'M_INVALID_PARAM'))
  })

  t.test('createRoom sets name, topic, alias and the state that is asked for', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const alias = `made-${localpartOf(alice)}`
    const roomId = await talk.create(alice, {
      name: 'A name', topic: 'A topic', room_alias_name: alias, preset: 'public_chat',
      initial_state: [
        { type: 'm.room.name', content: { name: 'not this' } },
        { type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } },
        { type: 'm.room.history_visibility', content: { history_visibility: 'world_readable' } },
        { type: 'org.example.thing', state_key: 'a key', content: { x: 1 } },
      ],
      creation_content: { predecessor: { room_id: '!before', event_id: '$last' }, 'm.federate': false },
    })
    t.same(await state(alice, roomId, 'm.room.name'), { name: 'A name' }, 'the name stands above the initial state')
    t.same(await state(alice, roomId, 'm.room.topic'), { 'topic': 'A topic', 'm.topic': { 'm.text': [{ body: 'A topic' }] } })
    t.same(await state(alice, roomId, 'm.room.canonical_alias'), { alias: `#${alias}:localhost` })
    t.match(await state(alice, roomId, 'm.room.join_rules'), { join_rule: 'knock' }, 'the initial state stands above the preset')
    t.match(await state(alice, roomId, 'm.room.history_visibility'), { history_visibility: 'world_readable' })
    t.same(await state(alice, roomId, 'org.example.thing', 'a key'), { x: 1 })
    const creation = { 'predecessor': { room_id: '!before', event_id: '$last' }, 'm.federate': false }
    t.match(await state(alice, roomId, 'm.room.create'), creation)
    t.match((await get(bob, `/directory/room/${encodeURIComponent(`#${alias}:localhost`)}`)).body, { room_id: roomId })
    t.match(await post(bob, '/createRoom', { room_alias_name: alias }), refused(400, 'M_ROOM_IN_USE'))
  })

  t.test('createRoom invites, also directly', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { invite: [bob.userId, bob.userId, alice.userId], is_direct: true })
    t.match(await state(alice, roomId, 'm.room.member', bob.userId), { membership: 'invite', is_direct: true })
    t.equal((await state(alice, roomId, 'm.room.member', alice.userId))?.['is_direct'], undefined)
    await talk.join(bob, roomId)
    t.equal(await world.membership(alice, roomId, bob), 'join')
    t.match(await post(alice, '/createRoom', { invite: ['@nobody'] }), refused(400, 'M_INVALID_PARAM'))
    t.match(await post(alice, '/createRoom', { invite: ['nobody'] }), refused(400, 'M_BAD_JSON'))
  })

  t.test('createRoom takes other power levels', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const override = { users: { [bob.userId]: 50 }, events: { 'm.room.name': 0 }, users_default: 1 }
    const roomId = await talk.create(alice, { preset: 'public_chat', power_level_content_override: override })
    t.match(await state(alice, roomId, 'm.room.power_levels'), { ...override, ban: 50 }, 'key by key')
    await talk.join(bob, roomId)
    await talk.set(bob, roomId, 'm.room.name', { name: 'by Bob' })
    t.match(await state(alice, roomId, 'm.room.name'), { name: 'by Bob' })
    for (const users of [{ [alice.userId]: 100 }, { bob: 1 }, { [bob.userId]: '50' }]) {
      t.match((await post(alice, '/createRoom', { power_level_content_override: { users } })).status, 400, JSON.stringify(users))
    }
    const initial = [{ type: 'm.room.power_levels', content: { users: { [alice.userId]: 100, [bob.userId]: 7 } } }]
    const older = await talk.create(alice, { room_version: '11', initial_state: initial })
    t.same((await state(alice, older, 'm.room.power_levels'))?.['users'], initial[0]?.content.users)
    t.match(await post(alice, '/createRoom', { initial_state: initial }), FORBIDDEN, 'a creator among the levels of version 12')
  })

  t.test('createRoom makes the whole room or none', async (t) => {
    const [alice] = await people('alice')
    const guest = await world.guest()
    const alias = `none-${localpartOf(alice)}`
    const before = (await get(alice, '/joined_rooms')).body
    const bad: readonly object[] = [
      { room_version: '999' }, { room_version: '0' }, { room_version: '' }, { room_version: 1 },
      { initial_state: [{ type: 'm.room.create', content: {} }] },
      { initial_state: [{ type: 'm.room.member', state_key: alice.userId, content: { membership: 'ban' } }] },
      { initial_state: [{ type: 'm.room.power_levels', content: { ban: '50' } }] },
      { initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'secret' } }] },
      { initial_state: [{ type: 'm.big', content: { text: 'x'.repeat(66_000) } }] },
      { initial_state: [{ type: 'm.room.tombstone', content: {} }, { content: {} }] },
      { room_alias_name: 'a b:c' }, { room_alias_name: 'x'.repeat(256) }, { room_alias_name: 'a\0' },
      { name: 'x'.repeat(66_000) }, { topic: 7 }, { preset: null }, { invite: 'x' }, { creation_content: { 'm.federate': 'no' } },
    ]
    for (const body of bad) {
      const { status, body: answer } = await post(alice, '/createRoom', { room_alias_name: alias, ...body })
      const name = `${status} for ${JSON.stringify(body).slice(0, 100)}`
      t.ok([400, 403, 413].includes(status) && typeof answer['errcode'] === 'string', name)
    }
    t.match(await post(alice, '/createRoom', { room_version: '999' }), refused(400, 'M_UNSUPPORTED_ROOM_VERSION'))
    t.match(await post(guest, '/createRoom', {}), refused(403, 'M_GUEST_ACCESS_FORBIDDEN'))
    t.same((await get(alice, '/joined_rooms')).body, before)
    t.match(await get(alice, `/directory/room/${encodeURIComponent(`#${alias}:localhost`)}`), refused(404, 'M_NOT_FOUND'))
    t.match(await get(alice, inRoom('!nowhere:localhost', 'state')), FORBIDDEN)
  })

  t.test('Of two rooms that are made at once one gets the alias', async (t) => {
    const [alice] = await people('alice')
    const body = { room_alias_name: `race-${localpartOf(alice)}` }
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(alice, '/createRoom', body)))
    t.equal(answers.filter(({ status }) => status === 200).length, 1)
    for (const answer of answers) if (answer.status !== 200) t.match(answer, refused(400, 'M_ROOM_IN_USE'))
    t.equal((await get(alice, '/joined_rooms')).body['joined_rooms'].length, 1)
  })
}
