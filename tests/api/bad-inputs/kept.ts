import { V3 } from '../../support/api.ts'
import { oneTimeKeysOf } from '../../support/encryption-world.ts'
import { at, type BadInput, type House } from './house.ts'

const FORBIDDEN = { status: 403, errcode: 'M_FORBIDDEN' }
const BAD_JSON = { status: 400, errcode: 'M_BAD_JSON' }
const INVALID = { status: 400, errcode: 'M_INVALID_PARAM' }

/** The malformed filters of B61. */
const FILTERS: readonly unknown[] = [
  { event_fields: 'x' }, { event_fields: [5] }, { event_format: 'other' }, { presence: 'x' }, { presence: { senders: ['not a user'] } },
  { presence: { types: 'x' } }, { account_data: { limit: 'x' } }, { room: [] }, {
    room: { rooms: ['not a room'] },
  }, { room: { not_rooms: 'x' } },
  { room: { include_leave: 'x' } }, { room: { timeline: 'x' } }, { room: { timeline: { limit: -1 } } },
  { room: { state: { lazy_load_members: 'x' } } }, { room: { state: { not_senders: [''] } } }, { room: { ephemeral: { rooms: [5] } } },
]

/** B57 to B61, B70: what is kept for a user. */
export function listBadlyKept({ alice, bob, roomId }: House): BadInput[] {
  const mine = at(`${V3}/user`, alice.userId)
  const profile = at(`${V3}/profile`, alice.userId)
  const rules = `${V3}/pushrules/global`
  const room = at(`${mine}/rooms`, roomId)
  const long = `org.example.${'a'.repeat(250)}`
  return [
    ...['m.fully_read', 'm.push_rules'].flatMap((type) => [mine, room].map((base) => (
      { name: `B57 ${type}`, path: `${base}/account_data/${type}`, body: {}, status: 405, errcode: 'M_BAD_JSON' }
    ))),
    { name: 'B57 that of another', path: `${mine}/account_data/x`, as: bob, body: {}, ...FORBIDDEN },
    { name: 'B57 reading that of another', method: 'GET', path: `${mine}/account_data/m.push_rules`, as: bob, ...FORBIDDEN },
    { name: 'B58 a tag of 256 bytes', path: `${room}/tags/${'x'.repeat(256)}`, body: {}, ...INVALID },
    { name: 'B58 an order of 2', path: `${room}/tags/x`, body: { order: 2 }, ...INVALID },
    { name: 'B58 of another', path: `${room}/tags/x`, as: bob, body: {}, ...FORBIDDEN },
    { name: 'B59 a long key', path: `${profile}/${long}`, body: { [long]: 1 }, status: 400, errcode: 'M_KEY_TOO_LARGE' },
    {
      name: 'B59 too much', path: `${profile}/org.example.much`, body: { 'org.example.much': 'x'.repeat(65_536) },
      status: 400, errcode: 'M_PROFILE_TOO_LARGE',
    },
    { name: 'B59 a long display name', path: `${profile}/displayname`, body: { displayname: 'x'.repeat(257) }, ...INVALID },
    { name: 'B59 a long avatar', path: `${profile}/avatar_url`, body: { avatar_url: `mxc://x/${'x'.repeat(993)}` }, ...INVALID },
    { name: 'B59 that of another', path: `${profile}/displayname`, as: bob, body: { displayname: 'x' }, ...FORBIDDEN },
    ...FILTERS.map((filter) => (
      { name: `B61 ${JSON.stringify(filter)}`, method: 'POST' as const, path: `${mine}/filter`, body: filter, ...BAD_JSON }
    )),
    ...FILTERS.map((filter) => ({
      name: `B61 inline ${JSON.stringify(filter)}`,
      method: 'GET' as const,
      path: `${V3}/sync?filter=${encodeURIComponent(JSON.stringify(filter))}`,
      ...BAD_JSON,
    })),
    { name: 'B61 of another', method: 'POST', path: `${mine}/filter`, as: bob, body: {}, ...FORBIDDEN },
    { name: 'B70 an unknown kind', path: `${rules}/wrong/x`, body: { actions: [] }, ...INVALID },
    {
      name: 'B70 before a rule that is none', path: `${rules}/content/x?before=nobody`, body: { pattern: 'x', actions: [] },
      status: 400, errcode: 'M_UNKNOWN',
    },
    {
      name: 'B70 after a rule that is none', path: `${rules}/content/x?after=nobody`, body: { pattern: 'x', actions: [] },
      status: 400, errcode: 'M_UNKNOWN',
    },
    { name: 'B70 a rule of the server', path: `${rules}/override/.mine`, body: { actions: [], conditions: [] }, ...INVALID },
    {
      name: 'B70 a rule that is none',
      path: `${rules}/content/nobody/enabled`,
      body: { enabled: true },
      status: 404,
      errcode: 'M_NOT_FOUND',
    },
    { name: 'B70 removing one that is none', method: 'DELETE', path: `${rules}/content/nobody`, status: 404, errcode: 'M_NOT_FOUND' },
    {
      name: 'presence of another',
      path: at(`${V3}/presence`, alice.userId, 'status'),
      as: bob,
      body: { presence: 'online' },
      ...FORBIDDEN,
    },
    { name: 'a presence that is none', path: at(`${V3}/presence`, alice.userId, 'status'), body: { presence: 'x' }, ...BAD_JSON },
  ]
}

/** B63 to B65, B68: keys and messages to devices. */
export function listBadKeys({ alice, bob }: House): BadInput[] {
  const post = (path: string, body: unknown) => ({ method: 'POST' as const, path: `${V3}/keys/${path}`, body })
  const keys = (userId: string) => ({ user_id: userId, device_id: alice.deviceId, algorithms: [], keys: {}, signatures: {} })
  const toDevice = `${V3}/sendToDevice/m.test/bad`
  return [
    { name: 'B63 a list', ...post('query', []), ...BAD_JSON },
    { name: 'B63 a list of users', ...post('query', { device_keys: [alice.userId] }), ...BAD_JSON },
    { name: 'B63 a word for devices', ...post('query', { device_keys: { [alice.userId]: 'x' } }), ...BAD_JSON },
    { name: 'B63 a claim that is a list', ...post('claim', { one_time_keys: [] }), ...BAD_JSON },
    { name: 'B64 keys of another user', ...post('upload', { device_keys: keys(bob.userId) }), ...BAD_JSON },
    { name: 'B64 keys of another device', ...post('upload', { device_keys: { ...keys(alice.userId), device_id: 'X' } }), ...BAD_JSON },
    { name: 'A27 no keys', ...post('upload', { device_keys: null }), ...BAD_JSON },
    {
      name: 'B65 another key under an id',
      ...post('upload', { one_time_keys: oneTimeKeysOf(['B65'], 'other') }),
      status: 400,
      errcode: 'M_UNKNOWN',
    },
    {
      name: 'B68 a message beyond 64 KiB', path: toDevice, body: { messages: { [bob.userId]: { '*': { x: 'x'.repeat(65_536) } } } },
      status: 413, errcode: 'M_TOO_LARGE',
    },
    { name: 'B68 messages that are none', path: toDevice, body: { messages: { [bob.userId]: [] } }, ...BAD_JSON },
    { name: 'B68 no messages', path: toDevice, body: {}, status: 400, errcode: 'M_MISSING_PARAM' },
    { name: 'changes from garbage', method: 'GET', path: `${V3}/keys/changes?from=garbage&to=garbage`, ...INVALID },
  ]
}

/** B71 to B78: files. */
export async function listBadMedia({ server: { api }, alice, bob }: House): Promise<BadInput[]> {
  const media = '/_matrix/media'
  const download = '/_matrix/client/v1/media'
  const GET = { method: 'GET' as const }
  const { body: { content_uri: pending } } = await api.post(`${media}/v1/create`, { token: alice.token })
  const { body: { content_uri: whole } } = await api.post(`${media}/v3/upload`, { token: alice.token, body: 'whole' })
  const idOf = (uri: unknown) => String(uri).slice('mxc://'.length)
  const put = (uri: unknown) => ({ path: `${media}/v3/upload/${idOf(uri)}`, body: 'x' })
  const NOT_FOUND = { status: 404, errcode: 'M_NOT_FOUND' }
  return [
    {
      name: 'B71 beyond the limit',
      method: 'POST',
      path: `${media}/v3/upload`,
      body: Buffer.alloc(200_000),
      status: 413,
      errcode: 'M_TOO_LARGE',
    },
    { name: 'B72 by another', ...put(pending), as: bob, ...FORBIDDEN },
    { name: 'B72 again', ...put(whole), status: 409, errcode: 'M_CANNOT_OVERWRITE_MEDIA' },
    { name: 'B72 an unknown id', ...put('mxc://localhost/unknown'), ...NOT_FOUND },
    {
      name: 'B72 too early',
      method: 'GET',
      path: `${download}/download/${idOf(pending)}?timeout_ms=0`,
      status: 504,
      errcode: 'M_NOT_YET_UPLOADED',
    },
    ...['..%2f', 'a.b', 'x'.repeat(256)].map((id) => (
      { name: `B74 ${id.slice(0, 9)}`, method: 'GET' as const, path: `${download}/download/localhost/${id}?timeout_ms=0`, ...NOT_FOUND }
    )),
    ...['a@b', 'h:99999999', '%5B::1', 'elsewhere.example'].map((name) => (
      { name: `B75 ${name}`, method: 'GET' as const, path: `${download}/download/${name}/x?timeout_ms=0`, ...NOT_FOUND }
    )),
    ...['0', '-1', 'x', '1e400', '1.5'].map((width) => ({
      name: `B76 width=${width}`, ...GET, path: `${download}/thumbnail/${idOf(whole)}?width=${width}&height=9`, ...INVALID,
    })),
    { name: 'B76 no width', ...GET, path: `${download}/thumbnail/${idOf(whole)}?height=9`, status: 400, errcode: 'M_MISSING_PARAM' },
    {
      name: 'A59 no picture',
      method: 'GET',
      path: `${download}/thumbnail/${idOf(whole)}?width=9&height=9`,
      status: 400,
      errcode: 'M_UNKNOWN',
    },
  ]
}
