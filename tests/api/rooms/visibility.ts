import type { Test } from 'tap'
import type { TestUser } from '../../support/server.ts'
import { FORBIDDEN, inRoom, type World } from './world.ts'

const V1 = '/_matrix/client/v1'

/** Who sees what of a room. */
export function testVisibility(t: Test, world: World): void {
  const { talk, get, post, put, people, server } = world

  /** Everything by which a room is read. */
  async function readAll(user: TestUser, roomId: string, eventId: string): Promise<Record<string, number>> {
    const v1 = (path: string) => server.api.get(V1 + path, { token: user.token })
    const asked = {
      state: get(user, inRoom(roomId, 'state')),
      stateEntry: get(user, inRoom(roomId, 'state', 'm.room.name')),
      members: get(user, inRoom(roomId, 'members')),
      joined: get(user, inRoom(roomId, 'joined_members')),
      messages: get(user, `${inRoom(roomId, 'messages')}?dir=b`),
      event: get(user, inRoom(roomId, 'event', eventId)),
      context: get(user, inRoom(roomId, 'context', eventId)),
      aliases: get(user, inRoom(roomId, 'aliases')),
      preview: get(user, inRoom(roomId, 'initialSync')),
      news: get(user, `/events?room_id=${encodeURIComponent(roomId)}`),
      relations: v1(inRoom(roomId, 'relations', eventId)),
      threads: v1(inRoom(roomId, 'threads')),
    }
    const answers = await Promise.all(Object.entries(asked).map(async ([name, answer]) => [name, (await answer).status]))
    return Object.fromEntries(answers)
  }

  const OPEN = {
    state: 200, stateEntry: 200, members: 200, joined: 200, messages: 200, event: 200, context: 200, aliases: 200, relations: 200,
    threads: 200, preview: 200, news: 200,
  }
  const CLOSED = {
    state: 403, stateEntry: 403, members: 403, joined: 403, messages: 403, event: 404, context: 403, aliases: 403, relations: 403,
    threads: 403, preview: 403, news: 403,
  }

  t.test('A room is read by its members, and by all the world where it says so', async (t) => {
    const [alice, bob, carol, dora] = await people('alice', 'bob', 'carol', 'dora')
    for (const visibility of ['shared', 'invited', 'joined', 'world_readable']) {
      const roomId = await talk.create(alice, {
        name: 'N', preset: 'public_chat', invite: [dora.userId],
        initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: visibility } }],
      })
      await talk.join(bob, roomId)
      const said = await talk.say(alice, roomId, 'said')
      t.same(await readAll(bob, roomId, said), OPEN, `a member, ${visibility}`)
      const others = await readAll(carol, roomId, said)
      if (visibility === 'world_readable') t.same(others, { ...OPEN, joined: 403 }, 'all the world')
      else {
        t.same({ ...others, context: 403 }, CLOSED, `somebody else, ${visibility}`)
        t.match(others['context'], /^40[34]$/)
      }
      const invited = await readAll(dora, roomId, said)
      if (visibility !== 'world_readable') t.match(
        { ...invited, event: 0, context: 0 }, { ...CLOSED, event: 0, context: 0 }, `who is invited, ${visibility}`,
      )
      t.equal(
        invited['event'],
        visibility === 'invited' || visibility === 'world_readable' ? 200 : 404,
        `the event for who is invited, ${visibility}`,
      )
      t.match(await put(carol, inRoom(roomId, 'send', 'm.room.message', 'x'), {}), FORBIDDEN, 'reading is not writing')
    }
    t.same(
      await readAll(alice, '!nowhere:localhost', '$nothing').then(({ event, context, ...others }) => new Set(Object.values(others))),
      new Set([403]),
    )
  })

  t.test('Who left looks back at the time until then, whatever becomes of him, until he forgets it', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice, { name: 'Before', preset: 'public_chat' })
    await talk.join(bob, roomId)
    const before = await talk.say(alice, roomId, 'before')
    await talk.leave(bob, roomId)
    await talk.set(alice, roomId, 'm.room.name', { name: 'After' })
    const after = await talk.say(alice, roomId, 'after')
    for (const user of [bob, carol]) await post(alice, inRoom(roomId, 'ban'), { user_id: user.userId })
    t.same(await readAll(bob, roomId, before), { ...OPEN, joined: 403 })
    t.same((await get(bob, inRoom(roomId, 'state', 'm.room.name'))).body, { name: 'Before' })
    t.equal((await get(bob, inRoom(roomId, 'event', after))).status, 404)
    const { body } = await get(bob, `${inRoom(roomId, 'messages')}?dir=b&limit=1`)
    t.match(body['chunk'], [{ type: 'm.room.member', state_key: bob.userId, content: { membership: 'leave' } }])
    t.same(await readAll(carol, roomId, before), CLOSED, 'who was banned from outside has nothing to look back at')
    await post(alice, inRoom(roomId, 'unban'), { user_id: bob.userId })
    t.equal((await get(bob, inRoom(roomId, 'members'))).status, 200)
    await post(bob, inRoom(roomId, 'forget'), {})
    const { event, ...forgotten } = await readAll(bob, roomId, before)
    t.same(new Set(Object.values(forgotten)), new Set([403]), 'what was forgotten is gone')
  })

  t.test('Who came later sees earlier events as the room had it then', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    const set = (visibility: string) => talk.set(alice, roomId, 'm.room.history_visibility', { history_visibility: visibility })
    const said: Record<string, string> = {}
    for (const visibility of ['joined', 'shared', 'invited', 'world_readable']) {
      await set(visibility)
      said[visibility] = await talk.say(alice, roomId, visibility)
    }
    await set('joined')
    await talk.invite(alice, roomId, bob)
    const hidden = await talk.say(alice, roomId, 'between')
    await set('invited')
    const shown = await talk.say(alice, roomId, 'for the invited')
    await talk.join(bob, roomId)
    const statusOf = async (eventId: string) => (await get(bob, inRoom(roomId, 'event', eventId))).status
    t.equal(await statusOf(said['joined'] ?? ''), 404)
    t.equal(await statusOf(said['shared'] ?? ''), 200)
    t.equal(await statusOf(said['invited'] ?? ''), 404, 'he was not invited yet')
    t.equal(await statusOf(said['world_readable'] ?? ''), 200)
    t.equal(await statusOf(hidden), 404)
    t.equal(await statusOf(shown), 200)
    const { body } = await get(bob, `${inRoom(roomId, 'messages')}?dir=b&limit=100`)
    const texts = body['chunk'].flatMap((event: { content: { body?: string } }) => event.content.body ?? [])
    t.same(texts, ['for the invited', 'world_readable', 'shared'], 'a page shows the same')
  })

  t.test('Who left sees what was there until then', async (t) => {
    const [alice, bob] = await people('alice', 'bob')
    const roomId = await talk.create(alice, { name: 'before', preset: 'public_chat' })
    await talk.join(bob, roomId)
    const before = await talk.say(alice, roomId, 'before')
    await talk.leave(bob, roomId)
    await talk.set(alice, roomId, 'm.room.name', { name: 'after' })
    const after = await talk.say(alice, roomId, 'after')
    t.same((await get(bob, inRoom(roomId, 'state', 'm.room.name'))).body, { name: 'before' })
    const { body: state } = await get(bob, inRoom(roomId, 'state'))
    t.same(
      (state as unknown as { type: string, content: object }[]).find(({ type }) => type === 'm.room.name')?.content, { name: 'before' },
    )
    t.equal((await get(bob, inRoom(roomId, 'event', before))).status, 200)
    t.equal((await get(bob, inRoom(roomId, 'event', after))).status, 404)
    const { body } = await get(bob, `${inRoom(roomId, 'messages')}?dir=b`)
    t.notOk(JSON.stringify(body).includes('after'))
    await talk.join(bob, roomId)
    t.equal((await get(bob, inRoom(roomId, 'event', after))).status, 200, 'who is back sees the shared history')
  })

  t.test('Who was kept out never looks in', async (t) => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const roomId = await talk.create(alice, { name: 'N', invite: [bob.userId] })
    const said = await talk.say(alice, roomId, 'said')
    await talk.leave(bob, roomId)
    await post(alice, inRoom(roomId, 'ban'), { user_id: carol.userId })
    for (const user of [bob, carol]) t.match({ ...await readAll(user, roomId, said), context: 403 }, CLOSED)
  })

  t.test('Guests come in where the room lets them', async (t) => {
    const [alice] = await people('alice')
    const guest = await world.guest()
    const open = (guestAccess: string) => talk.create(alice, {
      preset: 'public_chat', initial_state: [{ type: 'm.room.guest_access', content: { guest_access: guestAccess } }],
    })
    const closed = await open('forbidden')
    t.match(await post(guest, inRoom(closed, 'join')), { status: 403, body: { errcode: 'M_GUEST_ACCESS_FORBIDDEN' } })
    t.match(
      await put(guest, inRoom(closed, 'state', 'm.room.member', guest.userId), { membership: 'join' }),
      { status: 403 },
      'also not by state',
    )
    t.equal(await world.membership(alice, closed, guest), undefined)
    const roomId = await open('can_join')
    t.equal((await post(guest, inRoom(roomId, 'join'))).status, 200)
    t.equal((await put(guest, inRoom(roomId, 'send', 'm.room.message', 'g'), { msgtype: 'm.text', body: 'hi' })).status, 200)
    t.equal((await get(guest, inRoom(roomId, 'members'))).status, 200)
    t.match(
      await post(guest, inRoom(roomId, 'invite'), { user_id: alice.userId }),
      { status: 403, body: { errcode: 'M_GUEST_ACCESS_FORBIDDEN' } },
    )
    t.equal((await post(guest, inRoom(roomId, 'leave'))).status, 200)
  })
}
