import t from 'tap'
import type { TestUser } from '../../support/server.ts'
import type { Town } from '../membership/two-world.ts'
import { alice, ann, askOne, bob, clock, get, one, two } from './world.ts'

type Listed = { room_id: string, children_state: { state_key: string }[] }

const SPACE = { creation_content: { type: 'm.space' } }

async function addChild(town: Town, user: TestUser, space: string, child: string, content: object = {}): Promise<void> {
  clock.advance(1)
  await town.talk.set(user, space, 'm.space.child', { via: [town.name], ...content }, child)
}

const hierarchy = (town: Town, user: TestUser, roomId: string, query = '') => (
  get(town, user, `/rooms/${encodeURIComponent(roomId)}/hierarchy${query}`)
)
const idsOf = (body: Record<string, unknown>) => (body['rooms'] as Listed[]).map((room) => room.room_id)
const summary = (town: Town, user: TestUser | undefined, room: string, query = '') => (
  get(town, user, `/room_summary/${encodeURIComponent(room)}${query}`)
)

// Operation: getSpaceHierarchy.
t.test('A space is walked depth first, in its order, as far as one may see', async (t) => {
  const root = await one.talk.create(alice, { ...SPACE, name: 'Root' })
  const sub = await one.talk.create(alice, { ...SPACE, preset: 'public_chat', name: 'Sub' })
  const leaf = await one.talk.create(alice, { preset: 'public_chat', name: 'Leaf', topic: 'Deep' })
  const hidden = await one.talk.create(alice, { name: 'Hidden' })
  const first = await one.talk.create(alice, { preset: 'public_chat' })
  const restricted = await one.talk.create(alice, { initial_state: [
    { type: 'm.room.join_rules', content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: root }] } },
  ] })
  await addChild(one, alice, root, sub, { suggested: true })
  await addChild(one, alice, root, hidden)
  await addChild(one, alice, root, restricted)
  await addChild(one, alice, root, first, { order: 'a' })
  await addChild(one, alice, root, '!gone:nowhere.hearth.test', { via: [] })
  await addChild(one, alice, sub, leaf)
  await addChild(one, alice, sub, root)

  const whole = await hierarchy(one, alice, root)
  t.same(idsOf(whole.body), [root, first, sub, leaf, hidden, restricted])
  t.match(whole.body['rooms'][0], { name: 'Root', room_type: 'm.space', num_joined_members: 1 })
  t.same(whole.body['rooms'][0].children_state.map((child: { state_key: string }) => child.state_key), [first, sub, hidden, restricted])
  t.match(whole.body['rooms'][0].children_state[0], { type: 'm.space.child', sender: alice.userId, content: { order: 'a' } })
  t.type(whole.body['rooms'][0].children_state[0].origin_server_ts, 'number')
  t.same(whole.body['rooms'][5].allowed_room_ids, [root])
  t.same(idsOf((await hierarchy(one, alice, root, '?suggested_only=true')).body), [root, sub])
  t.same(idsOf((await hierarchy(one, alice, root, '?max_depth=0')).body), [root])
  t.same(idsOf((await hierarchy(one, alice, root, '?max_depth=1')).body), [root, first, sub, hidden, restricted])

  const page = await hierarchy(one, alice, root, '?limit=2')
  const token = String(page.body['next_batch'])
  t.same(idsOf(page.body), [root, first])
  for (const _ of [1, 2]) t.same(idsOf((await hierarchy(one, alice, root, `?limit=2&from=${token}`)).body), [sub, leaf], 'again the same')
  t.match(await hierarchy(one, alice, root, `?from=${token}&max_depth=1`), { status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  t.match(await hierarchy(one, ann, root, `?from=${token}`), { status: 400 })
  t.match(await hierarchy(one, alice, root, '?from=none'), { status: 400 })

  t.match(await hierarchy(one, ann, root), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.match(await hierarchy(one, ann, '!none:one.hearth.test'), { status: 403 })
  await one.talk.invite(alice, root, ann)
  t.same(idsOf((await hierarchy(one, ann, root)).body), [root, first, sub, leaf], 'not yet what members may join')
  await one.talk.join(ann, root)
  t.same(idsOf((await hierarchy(one, ann, root)).body), [root, first, sub, leaf, restricted])
})

// Operation of federation: getSpaceHierarchy.
t.test('A walk goes on through other servers', async (t) => {
  const abroad = await two.talk.create(bob, { ...SPACE, preset: 'public_chat', name: 'Abroad' })
  const open = await two.talk.create(bob, { preset: 'public_chat', name: 'Open' })
  const closed = await two.talk.create(bob, { name: 'Closed' })
  const home = await one.talk.create(alice, { ...SPACE, preset: 'public_chat' })
  await addChild(two, bob, abroad, open)
  await addChild(two, bob, abroad, closed)
  await addChild(one, alice, home, abroad, { via: ['two.hearth.test'] })
  const walked = await hierarchy(one, alice, home)
  t.same(idsOf(walked.body), [home, abroad, open])
  t.match(walked.body['rooms'][2], { name: 'Open', join_rule: 'public', num_joined_members: 1, children_state: [] })

  const path = `/hierarchy/${encodeURIComponent(home)}`
  t.match(await askOne('GET', path), { status: 200, body: { room: { room_id: home }, children: [], inaccessible_children: [] } })
  const secret = await one.talk.create(alice, {})
  await addChild(one, alice, home, secret)
  t.match(await askOne('GET', `${path}?suggested_only=false`), { body: { children: [], inaccessible_children: [secret] } })
  t.match(await askOne('GET', `/hierarchy/${encodeURIComponent(secret)}`), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  await one.talk.set(alice, home, 'm.room.server_acl', { allow: ['*'], deny: ['peer.hearth.test'] })
  t.match(await askOne('GET', path), { status: 404 }, 'a server that the room excludes')
})

// Operation: getRoomSummary.
t.test('A room is summed up for who may find it, wherever it lives', async (t) => {
  const room = await one.talk.create(alice, { preset: 'public_chat', name: 'Here', room_alias_name: 'here' })
  const closed = await one.talk.create(alice, {})
  const abroad = await two.talk.create(bob, { preset: 'public_chat', name: 'There', room_alias_name: 'there' })
  t.match(await summary(one, alice, room), { status: 200, body: { room_id: room, name: 'Here', membership: 'join', room_version: '12' } })
  t.match(await summary(one, ann, '#here:one.hearth.test'), { status: 200, body: { membership: 'leave' } })
  const anonymous = await summary(one, undefined, room)
  t.equal(anonymous.status, 200)
  t.notOk('membership' in anonymous.body)
  t.match(await summary(one, ann, closed), { status: 404, body: { errcode: 'M_NOT_FOUND' } })
  t.match(await summary(one, undefined, closed), { status: 404 })
  t.match(await summary(one, alice, closed), { status: 200, body: { join_rule: 'invite' } })
  t.match(await summary(one, ann, abroad, '?via=two.hearth.test'), { status: 200, body: { name: 'There', membership: 'leave' } })
  t.match(await summary(one, ann, '#there:two.hearth.test'), { status: 200, body: { room_id: abroad } })
  t.match(await summary(one, undefined, abroad, '?via=two.hearth.test'), { status: 404 }, 'strangers make us ask nobody')
  t.match(await summary(one, ann, '!none', '?via=two.hearth.test'), { status: 404 })
})
