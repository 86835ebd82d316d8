import { createHash } from 'node:crypto'
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
  const asked = () => evil.requests.filter(({ url }) => !/\/key\/|well-known/.test(url)).length
  const seen = asked()
  t.match(await exchange({ room_id: '!other:one.hearth.test' }), { status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  t.match(await exchange({ type: 'm.room.message' }), { status: 400 })
  t.match(await exchange({ sender: EVE }), { status: 403 }, 'not in the name of others')
  t.match(await exchange({ sender: `@nobody:${one.name}` }), { status: 403 })
  t.match(await exchange({}, signedFor(EVE, 'token', newSigningKey('0'))), { status: 403 }, 'another key')
  t.match(await exchange({}, signedFor(EVE, 'other')), { status: 403 }, 'another token')
  t.match(await exchange({}, signedFor(bob.userId, 'token')), { status: 403 }, 'for somebody else')
  t.equal(asked(), seen, 'nobody was asked for anything, nor sent anything')

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

/** An identity server that knows whose `known@x.test` is, and keeps invites of others. */
function playIdentityServer(): JsonObject[] {
  const stored: JsonObject[] = []
  const { stranger } = peers
  const hash = createHash('sha256').update('known@x.test email salt').digest('base64url')
  stranger.on('GET', '/_matrix/identity/v2/hash_details', { body: { lookup_pepper: 'salt', algorithms: ['none', 'sha256'] } })
  stranger.on('POST', '/_matrix/identity/v2/lookup', ({ body }) => (
    { body: { mappings: JSON.parse(body).addresses[0] === hash ? { [hash]: bob.userId } : {} } }
  ))
  stranger.on('POST', '/_matrix/identity/v2/store-invite', ({ body }) => {
    stored.push(JSON.parse(body))
    const url = `https://${stranger.name}/_matrix/identity/v2/pubkey/isvalid`
    return { body: { token: 'kept', display_name: 'n…@x.test', public_keys: [{ public_key: identity.publicKey, key_validity_url: url }] } }
  })
  return stored
}

t.test('inviteBy3PID invites whose address it is, or keeps the invite for whoever shows that it is his', async (t) => {
  const stored = playIdentityServer()
  const roomId = await one.talk.create(alice, { preset: 'private_chat', room_version: '11', name: 'By mail' })
  const invite = (address: string, user = alice, server = peers.stranger.name) => one.room(user, roomId, 'invite', {
    id_server: server, id_access_token: 'secret', medium: 'email', address,
  })
  t.equal((await invite('Known@x.test')).status, 200)
  t.equal((await one.members(roomId))[bob.userId], 'invite')
  t.same(stored, [], 'nobody is written to who is known')
  t.ok(peers.stranger.requests.every(({ body }) => !body.toLowerCase().includes('known@')), 'nor is his address told')
  t.equal((await invite('new@x.test')).status, 200)
  t.match(stored, [{ medium: 'email', address: 'new@x.test', room_id: roomId, room_name: 'By mail', sender: alice.userId }])
  t.equal(peers.stranger.requests.at(-1)?.headers.authorization, 'Bearer secret')
  const event = await one.ask(alice, 'GET', `/rooms/${encodeURIComponent(roomId)}/state/m.room.third_party_invite/kept`)
  t.match(event.body, { display_name: 'n…@x.test', public_key: identity.publicKey, public_keys: [{ public_key: identity.publicKey }] })
  t.match(await invite('new@x.test', alice, '127.0.0.1'), { status: 502 }, 'nothing of our own is asked')
  t.match(await invite('new@x.test', alice, 'gone.hearth.test'), { status: 502 })
  t.match(await invite('new@x.test', alice, 'no name/'), { status: 400 })
  const made = await one.talk.create(alice, { invite_3pid: [
    { id_server: 'gone.hearth.test', id_access_token: 'x', medium: 'email', address: 'x@x.test' },
    { id_server: peers.stranger.name, id_access_token: 'x', medium: 'email', address: 'known@x.test' },
  ] })
  t.equal((await one.members(made))[bob.userId], 'invite', 'also with the room')
  const asked = peers.stranger.requests.length
  const carla = await one.server.register('carla')
  t.match(await invite('new@x.test', carla), { status: 403, body: { errcode: 'M_FORBIDDEN' } })
  t.equal(peers.stranger.requests.length, asked, 'and nobody for who may not invite')

  const join = (user: typeof carla, signed: JsonObject, town = one) => (
    town.ask(user, 'POST', `/join/${encodeURIComponent(roomId)}?via=${one.name}`, { third_party_signed: signed })
  )
  const { unsigned: _, ...proof } = signedFor(carla.userId, 'kept')
  t.match(await join(carla, { ...proof, mxid: bob.userId }), { status: 403 })
  t.match(await join(carla, signedFor(carla.userId, 'kept', newSigningKey('0'))), { status: 403 })
  t.equal((await join(carla, proof)).status, 200)
  t.equal((await one.members(roomId))[carla.userId], 'join')
})

t.test('who has the address on another server joins by it as well', async (t) => {
  const roomId = await openRoom()
  const { ben } = people
  const { unsigned: _, ...signed } = signedFor(ben.userId, 'token')
  const answer = await two.ask(ben, 'POST', `/join/${encodeURIComponent(roomId)}?via=${one.name}`, { third_party_signed: signed })
  t.equal(answer.status, 200, answer.text)
  t.equal((await one.members(roomId))[ben.userId], 'join')
})
