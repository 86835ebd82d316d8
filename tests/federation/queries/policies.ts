import t from 'tap'
import { eventSignedText } from '../../../src/matrix/hashes.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { findRoomVersion } from '../../../src/matrix/room-versions.ts'
import { signText } from '../../../src/matrix/signing.ts'
import { newSigningKey } from '../../support/peers.ts'
import { BOB, PeerWorld, text, THEIRS } from '../receiving/world.ts'
import { alice, ann, bob, one, two } from './world.ts'

t.test('Who blocks invites gets none, from wherever', async (t) => {
  const setting = (action: string) => (
    one.ask(ann, 'PUT', `/user/${ann.userId}/account_data/m.invite_permission_config`, { default_action: action })
  )
  const here = await one.talk.create(alice)
  const there = await two.talk.create(bob)
  const invited = async () => Object.keys((await one.ask(ann, 'GET', '/sync?timeout=0')).body['rooms']?.invite ?? {})
  await one.room(alice, here, 'invite', { user_id: ann.userId })
  t.same(await invited(), [here])
  await setting('block')
  t.same(await invited(), [], 'what came before is hidden')
  const blocked = { status: 403, body: { errcode: 'M_INVITE_BLOCKED' } }
  t.match(await one.room(alice, here, 'invite', { user_id: ann.userId }), blocked)
  const path = `/rooms/${encodeURIComponent(here)}/state/m.room.member/${ann.userId}`
  t.match(await one.ask(alice, 'PUT', path, { membership: 'invite' }), blocked)
  t.match(await one.ask(alice, 'POST', '/createRoom', { invite: [ann.userId] }), blocked)
  t.match(await two.room(bob, there, 'invite', { user_id: ann.userId }), { status: 403 })
  await setting('allow')
  t.match(await one.room(alice, here, 'invite', { user_id: ann.userId }), { status: 200 })
})

t.test('A policy server has its say on what is sent and received', async (t) => {
  const world = await PeerWorld.create(t)
  const shared = await world.found('11')
  const version = findRoomVersion('11')
  const key = newSigningKey('policy_server')
  const asked: string[] = []
  world.peer.on('POST', '/_matrix/policy/v1/sign', ({ body }) => {
    const event = JSON.parse(body) as JsonObject & { content: { body?: string }, type: string }
    asked.push(event.content.body ?? event.type)
    if (event.content.body?.includes('spam') === true || version === undefined) {
      return { status: 400, body: { errcode: 'M_FORBIDDEN', error: 'This looks like spam' } }
    }
    return { body: { [THEIRS]: { 'ed25519:policy_server': signText(eventSignedText(event, version), key) } } }
  })
  await shared.say('before there is one')
  await shared.set('m.room.policy', { via: THEIRS, public_keys: { ed25519: key.publicKey } })
  t.same(asked, [], 'what names the policy server is not its business')

  const hello = await shared.say('hello')
  t.same(asked, ['hello'])
  const event = (await world.server.services.events.findById(hello))?.pdu
  t.match(event, { signatures: { [THEIRS]: { 'ed25519:policy_server': String } } })
  const room = encodeURIComponent(shared.roomId)
  const refused = await world.server.api.put(`/_matrix/client/v3/rooms/${room}/send/m.room.message/spam1`, {
    token: world.alice.token, body: { msgtype: 'm.text', body: 'buy spam' },
  })
  t.match(refused, { status: 403, body: { errcode: 'M_FORBIDDEN', error: /looks like spam/ } })
  const after = await shared.say('and on')
  t.same((await shared.shown()).slice(0, 2), [after, hello])

  const [good, spam] = await shared.receive(text(BOB, 'good'), text(BOB, 'more spam'))
  t.same(asked.slice(-2), ['good', 'more spam'])
  const shown = await shared.shown()
  t.ok(good !== undefined && shown.includes(good))
  t.notOk(spam !== undefined && shown.includes(spam), 'what is not recommended is not shown')
  await shared.set('m.room.policy', {})
  const count = asked.length
  await shared.say('free again')
  t.equal(asked.length, count)
})
