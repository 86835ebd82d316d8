import type { Test } from 'tap'
import type { JsonValue } from '../../../src/matrix/json.ts'
import type { Dice } from '../../soak/dice.ts'
import type { TestServer, TestUser } from '../../support/server.ts'
import { createAsker, expectNoFault, type Asker } from './asker.ts'
import { spoil } from './wrong-values.ts'

/** Each of the versions takes its turn at each place. */
const WRONG_AT_EACH_PLACE = 3

interface Sample { readonly type: string, readonly stateKey?: string, readonly content: JsonValue }

/** Events that the server itself reads, with the fields that it reads. */
function listSamples({ userId, roomId, eventId }: Asker): Sample[] {
  const relation = (relType: string, more: object = {}): JsonValue =>
    ({ 'm.relates_to': { rel_type: relType, event_id: eventId, ...more } })
  return [
    {
      type: 'm.room.message',
      content: { 'msgtype': 'm.text', 'body': 'x', 'm.mentions': { user_ids: [userId], room: true }, 'url': 'mxc://localhost/x' },
    },
    { type: 'm.room.message', content: relation('m.thread', { is_falling_back: true, 'm.in_reply_to': { event_id: eventId } }) },
    { type: 'm.room.message', content: { ...relation('m.replace') as object, 'm.new_content': { msgtype: 'm.text', body: 'y' } } },
    { type: 'm.reaction', content: relation('m.annotation', { key: '👍' }) },
    { type: 'm.room.encrypted', content: { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x', sender_key: 'x', session_id: 'x' } },
    { type: 'm.room.redaction', content: { redacts: eventId, reason: 'x' } },
    { type: 'm.room.name', stateKey: '', content: { name: 'x' } },
    { type: 'm.room.topic', stateKey: '', content: { 'topic': 'x', 'm.topic': { 'm.text': [{ body: 'x', mimetype: 'text/plain' }] } } },
    { type: 'm.room.avatar', stateKey: '', content: { url: 'mxc://localhost/x', info: { w: 1 } } },
    { type: 'm.room.canonical_alias', stateKey: '', content: { alias: null, alt_aliases: [] } },
    { type: 'm.room.encryption', stateKey: '', content: { algorithm: 'm.megolm.v1.aes-sha2', rotation_period_ms: 1 } },
    { type: 'm.room.pinned_events', stateKey: '', content: { pinned: [eventId] } },
    { type: 'm.room.tombstone', stateKey: '', content: { body: 'x', replacement_room: '!x:localhost' } },
    {
      type: 'm.room.third_party_invite',
      stateKey: 'x',
      content: { display_name: 'x', key_validity_url: 'x', public_key: 'x', public_keys: [{ public_key: 'x' }] },
    },
    { type: 'm.space.child', stateKey: '!x:localhost', content: { via: ['localhost'], order: 'x', suggested: true } },
    { type: 'm.room.server_acl', stateKey: '', content: { allow: ['*'], deny: ['evil.example'], allow_ip_literals: false } },
    { type: 'm.room.guest_access', stateKey: '', content: { guest_access: 'can_join' } },
    { type: 'm.room.history_visibility', stateKey: '', content: { history_visibility: 'shared' } },
    {
      type: 'm.room.member',
      stateKey: userId,
      content: {
        membership: 'join',
        displayname: 'x',
        avatar_url: 'mxc://a/b',
        is_direct: true,
        third_party_invite: { display_name: 'x', signed: { mxid: userId, token: 'x', signatures: {} } },
      },
    },
    {
      type: 'm.room.join_rules',
      stateKey: '',
      content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: roomId }] },
    },
    {
      type: 'm.room.power_levels',
      stateKey: '',
      content: { users: { '@x:localhost': 1 }, events: { 'm.x': 1 }, users_default: 0, notifications: { room: 50 }, invite: 0 },
    },
    { type: 'm.room.create', stateKey: '', content: { room_version: '11', additional_creators: [userId] } },
  ]
}

/** Whatever is sent into a room, it can be read, joined and synced after it. */
export function fuzzEvents(t: Test, server: TestServer, dice: Dice, seed: number): void {
  for (const version of ['10', '11', '12']) {
    t.test(`events in a room of version ${version}`, async (t) => {
      const asker = await createAsker(server, `sender${version}`, version)
      const reader = await server.register(`reader${version}`)
      await server.api.post(`/_matrix/client/v3/rooms/${encodeURIComponent(asker.roomId)}/join`, { token: reader.token, body: {} })
      let turn = 0
      for (const { type, stateKey, content } of listSamples(asker)) {
        for (const body of spoil(content, dice, WRONG_AT_EACH_PLACE)) {
          turn++
          const path = `/_matrix/client/v3/rooms/${encodeURIComponent(asker.roomId)}/`
            + (stateKey === undefined ? `send/${type}/t${turn}` : `state/${type}/${encodeURIComponent(stateKey)}`)
          await expectNoFault(t, server, seed, { method: 'PUT', path, token: asker.token, body })
        }
      }
      for (const user of [asker, reader]) await expectReadable(t, server, seed, asker.roomId, user)
    })
  }
}

/** Everything by which a room is read answers. */
async function expectReadable(
  t: Test, server: TestServer, seed: number, roomId: string, { token }: Pick<TestUser, 'token'>,
): Promise<void> {
  const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`
  const paths = [
    `${room}/state`, `${room}/members`, `${room}/joined_members`, `${room}/messages?dir=b&limit=1000`, `${room}/messages?dir=f&limit=1000`,
    `${room.replace('v3', 'v1')}/threads`, '/_matrix/client/v3/sync?timeout=0', '/_matrix/client/v3/sync?timeout=0&full_state=true',
    '/_matrix/client/v3/sync?timeout=0&filter={"room":{"timeline":{"limit":1000,"lazy_load_members":true}}}',
    '/_matrix/client/v3/publicRooms', '/_matrix/client/v3/pushrules/',
  ]
  for (const path of paths) t.equal(await expectNoFault(t, server, seed, { method: 'GET', path, token }), 200, path)
}
