import { V3 } from '../../support/api.ts'
import { at, V1, type BadInput, type House } from './house.ts'

const FORBIDDEN = { status: 403, errcode: 'M_FORBIDDEN' }
const BAD_JSON = { status: 400, errcode: 'M_BAD_JSON' }
const INVALID = { status: 400, errcode: 'M_INVALID_PARAM' }
const TOO_LARGE = { status: 413, errcode: 'M_TOO_LARGE' }

/** B37 to B49: what may not be said or set in a room. */
export async function listBadEvents(house: House): Promise<BadInput[]> {
  const { roomId, roomV10, roomV12, alice, bob, talk, eventId } = house
  const send = (type: string) => at(`${V3}/rooms`, roomId, 'send', type, 'bad')
  const state = (type: string, key = '', room = roomId) => at(`${V3}/rooms`, room, 'state', type, key)
  const create = (body: object) => ({ method: 'POST' as const, path: `${V3}/createRoom`, body })
  const levels = { users: { [alice.userId]: 100, [bob.userId]: 50 }, events: { 'm.room.power_levels': 50 }, state_default: 75 }
  await talk.set(alice, roomId, 'm.room.power_levels', levels)
  const annotation = { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key: '👍' } }
  await talk.say(bob, roomId, annotation, 'm.reaction')
  return [
    { name: 'B37 an event beyond 65,536 bytes', path: send('m.test'), body: { body: 'x'.repeat(65_500) }, ...TOO_LARGE },
    { name: 'B37 state beyond 65,536 bytes', path: state('m.test'), body: { body: 'é'.repeat(32_700) }, ...TOO_LARGE },
    { name: 'B38 a type of 256 bytes', path: send('x'.repeat(256)), body: {}, ...TOO_LARGE },
    { name: 'B38 a type of 128 umlauts', path: send('é'.repeat(128)), body: {}, ...TOO_LARGE },
    { name: 'B38 a state key of 256 bytes', path: state('m.test', 'x'.repeat(256)), body: {}, ...TOO_LARGE },
    { name: 'B38 a state key of 128 umlauts', path: state('m.test', 'é'.repeat(128)), body: {}, ...TOO_LARGE },
    { name: 'B39 an unknown room version', ...create({ room_version: '999' }), status: 400, errcode: 'M_UNSUPPORTED_ROOM_VERSION' },
    { name: 'B39 a hostile room version', ...create({ room_version: '__proto__' }), status: 400, errcode: 'M_UNSUPPORTED_ROOM_VERSION' },
    { name: 'B39 a room version that is a number', ...create({ room_version: 1 }), ...BAD_JSON },
    ...[roomV10, roomId, roomV12].flatMap((room) => ['100', 1.5, null, true, [], {}].map((level) => (
      { name: `B40 ${JSON.stringify(level)} as a level`, path: state('m.room.power_levels', '', room), body: { ban: level }, ...BAD_JSON }
    ))),
    {
      name: 'B40 a string as a level of a user',
      path: state('m.room.power_levels'),
      body: { ...levels, users: { ...levels.users, [bob.userId]: '50' } },
      ...BAD_JSON,
    },
    {
      name: 'B40 a user that is none',
      path: state('m.room.power_levels'),
      body: { ...levels, users: { ...levels.users, bob: 50 } },
      ...BAD_JSON,
    },
    { name: 'B41 above the own level', path: state('m.room.power_levels'), as: bob, body: { ...levels, ban: 51 }, ...FORBIDDEN },
    {
      name: 'B41 himself',
      path: state('m.room.power_levels'),
      as: bob,
      body: { ...levels, users: { ...levels.users, [bob.userId]: 51 } },
      ...FORBIDDEN,
    },
    {
      name: 'B42 a creator among the levels',
      path: state('m.room.power_levels', '', roomV12),
      body: { users: { [alice.userId]: 100 } },
      ...BAD_JSON,
    },
    { name: 'B43 the key is another user', path: state('m.test', bob.userId), body: {}, ...FORBIDDEN },
    { name: 'B43 a second create event', path: state('m.room.create'), body: { room_version: '11', again: true }, ...INVALID },
    {
      name: 'B46 an alias that is none',
      path: state('m.room.canonical_alias'),
      body: { alias: '#nowhere:localhost' },
      status: 400,
      errcode: 'M_BAD_ALIAS',
    },
    { name: 'B46 a malformed alias', path: state('m.room.canonical_alias'), body: { alias: 'nowhere' }, ...INVALID },
    { name: 'B46 malformed alternatives', path: state('m.room.canonical_alias'), body: { alt_aliases: ['#x:localhost', 5] }, ...INVALID },
    { name: 'B47 an ACL that denies us', path: state('m.room.server_acl'), body: { allow: ['*'], deny: ['local*'] }, ...BAD_JSON },
    { name: 'B47 an ACL that allows nobody', path: state('m.room.server_acl'), body: {}, ...BAD_JSON },
    { name: 'B47 an ACL that is none', path: state('m.room.server_acl'), body: { allow: '*' }, ...BAD_JSON },
    { name: 'B48 a tombstone to itself', path: state('m.room.tombstone'), body: { body: 'x', replacement_room: roomId }, ...INVALID },
    {
      name: 'B49 the same reaction twice',
      path: send('m.reaction'),
      as: bob,
      body: annotation,
      status: 400,
      errcode: 'M_DUPLICATE_ANNOTATION',
    },
    { name: 'B38 a reaction of a type of 5,000 bytes', path: send('xy'.repeat(2_500)), as: bob, body: annotation, ...TOO_LARGE },
    {
      name: 'a relation to what is no event', path: send('m.reaction'),
      body: { 'm.relates_to': { rel_type: 'm.annotation', event_id: 'a\0b', key: 'x' } }, status: 400, errcode: 'M_UNKNOWN',
    },
    { name: 'a membership that is none', path: state('m.room.member', alice.userId), body: { membership: 5 }, ...BAD_JSON },
    { name: 'a visibility that is none', path: state('m.room.history_visibility'), body: { history_visibility: 'x' }, ...BAD_JSON },
    { name: 'mentions that are none', path: send('m.room.message'), body: { 'm.mentions': { user_ids: 'x' } }, ...BAD_JSON },
    { name: 'a NUL in a type', path: at(`${V3}/rooms`, roomId, 'send', 'a\0b', 'bad'), body: {}, ...INVALID },
  ]
}

/** B44, B45, B50 to B56, B60, B62: rooms and events that are not for who asks. */
export async function listBadAccess(house: House): Promise<BadInput[]> {
  const { roomId, bob, carol, eventId, talk, alice } = house
  await talk.create(alice, { room_alias_name: 'taken' })
  const room = (...parts: string[]) => at(`${V3}/rooms`, roomId, ...parts)
  const GET = { method: 'GET' as const }
  const POST = { method: 'POST' as const }
  const alias = (name: string) => ({ path: at(`${V3}/directory/room`, name), body: { room_id: roomId } })
  const future = 't999999999_0_0'
  const reads = [
    room('state'), room('members'), room('joined_members'), `${room('messages')}?dir=b`, room('aliases'), room('state', 'm.room.name'),
  ]
  return [
    {
      name: 'B44 an alias that is taken',
      ...POST,
      path: `${V3}/createRoom`,
      body: { room_alias_name: 'taken' },
      status: 400,
      errcode: 'M_ROOM_IN_USE',
    },
    { name: 'B44 the same by PUT', ...alias('#taken:localhost'), status: 409, errcode: 'M_UNKNOWN' },
    ...['#a\0b:localhost', '#nocolon', `#${'x'.repeat(246)}:localhost`, 'x:localhost', '#x:elsewhere.example', '#'].map((name) => (
      { name: `B45 ${JSON.stringify(name).slice(0, 40)}`, ...alias(name), ...INVALID }
    )),
    { name: 'B50 sending from outside', path: room('send', 'm.test', 'bad'), as: carol, body: {}, ...FORBIDDEN },
    { name: 'B50 setting from outside', path: room('state', 'm.test'), as: carol, body: {}, ...FORBIDDEN },
    { name: 'B50 redacting from outside', path: room('redact', eventId, 'bad'), as: carol, body: {}, ...FORBIDDEN },
    ...reads.map((path) => ({ name: `B50 ${path.slice(-20)}`, ...GET, path, as: carol, ...FORBIDDEN })),
    { name: 'B50 threads', ...GET, path: at(`${V1}/rooms`, roomId, 'threads'), as: carol, ...FORBIDDEN },
    { name: 'B50 an unknown room', path: at(`${V3}/rooms`, '!x:localhost', 'send', 'm.test', 'bad'), body: {}, ...FORBIDDEN },
    { name: 'B51 an event that is hidden', ...GET, path: room('event', eventId), as: carol, status: 404, errcode: 'M_NOT_FOUND' },
    { name: 'B51 an event that is none', ...GET, path: room('event', '$nothing'), status: 404, errcode: 'M_NOT_FOUND' },
    { name: 'B51 context of an event that is none', ...GET, path: room('context', '$nothing'), status: 404, errcode: 'M_NOT_FOUND' },
    { name: 'B52 forgetting while joined', ...POST, path: room('forget'), body: {}, status: 400, errcode: 'M_UNKNOWN' },
    {
      name: 'B53 unbanning who is not banned',
      ...POST,
      path: room('unban'),
      body: { user_id: bob.userId },
      status: 403,
      errcode: 'M_BAD_STATE',
    },
    { name: 'kicking without power', ...POST, path: room('kick'), as: bob, body: { user_id: alice.userId }, ...FORBIDDEN },
    { name: 'banning without power', ...POST, path: room('ban'), as: bob, body: { user_id: alice.userId }, ...FORBIDDEN },
    { name: 'inviting who is no user', ...POST, path: room('invite'), body: { user_id: '@x' }, ...INVALID },
    ...['garbage', future, 's1', '', '%00'].flatMap((token) => ['from', 'to'].map((side) => (
      { name: `B54 ${side}=${token}`, ...GET, path: `${room('messages')}?dir=b&${side}=${token}`, ...INVALID }
    ))).filter(({ path }) => !path.endsWith('=')),
    { name: 'B54 since=garbage', ...GET, path: `${V3}/sync?since=garbage`, ...INVALID },
    { name: 'B54 at=garbage', ...GET, path: `${room('members')}?at=garbage`, ...INVALID },
    { name: 'B55 a receipt that is none', ...POST, path: room('receipt', 'm.bogus', eventId), body: {}, ...INVALID },
    { name: 'B55 a thread without a name', ...POST, path: room('receipt', 'm.read', eventId), body: { thread_id: '' }, ...INVALID },
    { name: 'B55 from outside', ...POST, path: room('receipt', 'm.read', eventId), as: carol, body: {}, ...FORBIDDEN },
    { name: 'B56 typing for another', path: room('typing', bob.userId), body: { typing: true }, ...FORBIDDEN },
    { name: 'B56 typing from outside', path: room('typing', carol.userId), as: carol, body: { typing: true }, ...FORBIDDEN },
    { name: 'B60 threads from garbage', ...GET, path: `${at(`${V1}/rooms`, roomId, 'threads')}?from=garbage`, ...INVALID },
    { name: 'B60 relations from garbage', ...GET, path: `${at(`${V1}/rooms`, roomId, 'relations', eventId)}?from=garbage`, ...INVALID },
    {
      name: 'B62 upgrading to an unknown version',
      ...POST,
      path: room('upgrade'),
      body: { new_version: '999' },
      status: 400,
      errcode: 'M_UNSUPPORTED_ROOM_VERSION',
    },
    { name: 'B62 upgrading without power', ...POST, path: room('upgrade'), as: bob, body: { new_version: '12' }, ...FORBIDDEN },
    { name: 'joining what is neither id nor alias', ...POST, path: at(`${V3}/join`, 'x'), body: {}, ...INVALID },
    {
      name: 'publishing without power',
      path: at(`${V3}/directory/list/room`, roomId),
      as: bob,
      body: { visibility: 'public' },
      ...FORBIDDEN,
    },
  ]
}
