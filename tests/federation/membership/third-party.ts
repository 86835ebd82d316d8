import t from 'tap'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { signJson } from '../../../src/matrix/signing.ts'
import { federationPath } from '../../../src/remote/path.ts'
import { newSigningKey } from '../../support/peers.ts'
import { people, peers, towns } from './worlds.ts'

const { one, two } = towns
const { alice, bob } = people
const { evil } = peers
const EVE = `@eve:${evil.name}`
const identity = newSigningKey('0')

/** What an identity server signs that knows whose address it is. */
const signedFor = (mxid: string, token: string, key = identity): JsonObject => (
  signJson({ mxid, token, sender: alice.userId, unsigned: { more: 1 } }, 'id.hearth.test', key)
)

async function openRoom(): Promise<string> {
  const roomId = await one.talk.create(alice, { preset: 'private_chat', room_version: '11' })
  const content = { display_name: 'e…@x.test', public_key: identity.publicKey, key_validity_url: `https://${evil.name}/valid` }
  await one.talk.set(alice, roomId, 'm.room.third_party_invite', content, 'token')
  return roomId
}

t.test('exchangeThirdPartyInvite invites whose address was invited, if the room knows the key (A64)', async (t) => {
  const roomId = await openRoom()
  const exchange = (changes: JsonObject = {}, signed = signedFor(EVE, 'token'), path = roomId) => (
    evil.ask(one.server.url, one.name, 'PUT', federationPath('v1', 'exchange_third_party_invite', path), {
      type: 'm.room.member', room_id: roomId, sender: alice.userId, state_key: EVE,
      content: { membership: 'invite', third_party_invite: { display_name: 'x', signed } }, ...changes,
    })
  )
  const seen = evil.requests.length
  t.match(await exchange({ room_id: '!other:one.hearth.test' }), { status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  t.match(await exchange({ type: 'm.room.message' }), { status: 400 })
  t.match(await exchange({ sender: EVE }), { status: 403 }, 'not in the name of others')
  t.match(await exchange({ sender: `@nobody:${one.name}` }), { status: 403 })
  t.match(await exchange({}, signedFor(EVE, 'token', newSigningKey('0'))), { status: 403 }, 'another key')
  t.match(await exchange({}, signedFor(EVE, 'other')), { status: 403 }, 'another token')
  t.match(await exchange({}, signedFor(bob.userId, 'token')), { status: 403 }, 'for somebody else')
  t.equal(evil.requests.length, seen, 'nobody was asked for anything, nor sent anything')

  evil.on('PUT', /v2\/invite/, ({ body }) => ({ body: { event: signJson(JSON.parse(body).event, evil.name, evil.key) } }))
  const answer = await exchange()
  t.equal(answer.status, 200, answer.text)
  t.equal((await one.members(roomId))[EVE], 'invite')
  const sent = JSON.parse(evil.requests.find(({ url }) => url.includes('/v2/invite/'))?.body ?? '{}').event
  t.match(sent, { sender: alice.userId, content: { membership: 'invite', third_party_invite: { display_name: 'e…@x.test' } } })
  t.same(Object.keys(sent.content.third_party_invite.signed).sort(), ['mxid', 'sender', 'signatures', 'token'])
})

t.test('onBindThirdPartyIdentifier has the server of who invited invite a user of ours', async (t) => {
  const roomId = await openRoom()
  const bind = (mxid: string) => two.server.api.put('/_matrix/federation/v1/3pid/onbind', { body: {
    medium: 'email', address: 'b@x.test', mxid,
    invites: [{
      medium: 'email', address: 'b@x.test', mxid, room_id: roomId, sender: alice.userId, signed: signedFor(mxid, 'token'),
    }],
  } })
  t.equal((await bind(`@nobody:${two.name}`)).status, 404)
  t.equal((await bind(alice.userId)).status, 404)
  t.equal((await bind(bob.userId)).status, 200)
  t.equal((await one.members(roomId))[bob.userId], 'invite')
  t.ok((await two.sync(bob)).invite[roomId])
})
