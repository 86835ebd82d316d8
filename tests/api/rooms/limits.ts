import type { Test } from 'tap'
import { trialConfig } from '../../../src/config/trial-config.ts'
import { createTestServer } from '../../support/server.ts'
import { createWorld, FORBIDDEN, inRoom } from './world.ts'

const LIMITED = { status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: Number } }
const plenty = { perSecond: 1000, burst: 1000 }
const { rateLimits } = trialConfig('.')

/** How often one may join and invite. */
export function testLimits(t: Test): void {
  const createStrictWorld = async (t: Test, changes: Partial<typeof rateLimits>) => createWorld(await createTestServer(t, {
    rateLimits: {
      ...rateLimits, enabled: true, registration: plenty, roomCreation: plenty, message: plenty, joinLocal: plenty, joinPerRoom: plenty,
      invitesPerRoom: plenty, invitesPerInvitee: plenty, invitesPerSender: plenty, ...changes,
    },
  }))

  t.test('Joins are counted by room, and only those that succeed', async (t) => {
    const { talk, people, post, put, server } = await createStrictWorld(t, { joinPerRoom: { perSecond: 0.1, burst: 2 } })
    const [alice, bob, carol, dora] = await people('alice', 'bob', 'carol', 'dora')
    const roomId = await talk.create(alice, { preset: 'private_chat' })
    for (let times = 0; times < 3; times++) t.match(await post(bob, inRoom(roomId, 'join'), {}), FORBIDDEN)
    await talk.set(alice, roomId, 'm.room.join_rules', { join_rule: 'public' })
    await talk.join(bob, roomId)
    await talk.join(bob, roomId)
    const asBob = { membership: 'join', displayname: 'Bobby' }
    t.equal((await put(bob, inRoom(roomId, 'state', 'm.room.member', bob.userId), asBob)).status, 200, 'a change is no join')
    await talk.join(carol, roomId)
    t.match(await post(dora, inRoom(roomId, 'join'), {}), { ...LIMITED, body: { retry_after_ms: 10_000 } })
    t.match(await put(dora, inRoom(roomId, 'state', 'm.room.member', dora.userId), { membership: 'join' }), LIMITED)
    await talk.join(dora, await talk.create(alice, { preset: 'public_chat' }))
    server.clock.advance(10_000)
    await talk.join(dora, roomId)
  })

  t.test('Invites are counted by room and by who is invited (A68)', async (t) => {
    const { talk, people, post, put, server } = await createStrictWorld(t, {
      invitesPerRoom: { perSecond: 0.1, burst: 2 }, invitesPerInvitee: { perSecond: 0.1, burst: 2 },
    })
    const [alice, bob, carol, dora] = await people('alice', 'bob', 'carol', 'dora')
    const roomId = await talk.create(alice, { preset: 'public_chat' })
    for (let times = 0; times < 3; times++) t.match(await post(bob, inRoom(roomId, 'invite'), { user_id: carol.userId }), FORBIDDEN)
    await talk.invite(alice, roomId, bob)
    await talk.invite(alice, roomId, carol)
    t.match(await post(alice, inRoom(roomId, 'invite'), { user_id: dora.userId }), LIMITED)
    t.match(await put(alice, inRoom(roomId, 'state', 'm.room.member', dora.userId), { membership: 'invite' }), LIMITED)
    await talk.create(alice, { invite: [bob.userId, dora.userId] })
    t.match(await post(alice, '/createRoom', { invite: [bob.userId, dora.userId] }), LIMITED, 'bob has had two')
    await talk.create(alice, { invite: [dora.userId] })
    server.clock.advance(10_000)
    await talk.invite(alice, roomId, dora)
  })

  t.test('Invites are counted by sender, also those that a room is made with', async (t) => {
    const { talk, people, post, server } = await createStrictWorld(t, { invitesPerSender: { perSecond: 0.1, burst: 2 } })
    const [alice, bob, carol, dora] = await people('alice', 'bob', 'carol', 'dora')
    const roomId = await talk.create(bob, { invite: [alice, carol, dora].map(({ userId }) => userId) })
    const [edda] = await people('edda')
    t.match(await post(bob, inRoom(roomId, 'invite'), { user_id: edda.userId }), LIMITED)
    server.clock.advance(20_000)
    await talk.invite(bob, roomId, edda)
    await talk.invite(alice, await talk.create(alice), edda)
  })

  t.test('onBindThirdPartyIdentifier, which nobody signs, is counted by address (A12)', async (t) => {
    const { server: { api } } = await createStrictWorld(t, { thirdPartyBinding: { perSecond: 0.1, burst: 2 } })
    const bind = () => api.put('/_matrix/federation/v1/3pid/onbind', {
      body: { medium: 'email', address: 'a@x.test', mxid: '@nobody:localhost', invites: [] },
    })
    for (let times = 0; times < 2; times++) t.match(await bind(), { status: 404 })
    t.match(await bind(), { ...LIMITED, body: { retry_after_ms: 10_000 } })
  })
}
