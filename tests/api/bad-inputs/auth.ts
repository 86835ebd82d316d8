import { V3 } from '../../support/api.ts'
import { PASSWORD } from '../../support/server.ts'
import { at, type BadInput, type House } from './house.ts'

const UNKNOWN = { status: 401, errcode: 'M_UNKNOWN_TOKEN' }

/** B21 to B34: who asks, and as whom. */
export async function listBadAuth({ server, alice, bob, guest, roomId }: House): Promise<BadInput[]> {
  const send = at(`${V3}/rooms`, roomId, 'send', 'm.test', 'bad')
  const login = (user: string, password: string) => ({ type: 'm.login.password', identifier: { type: 'm.id.user', user }, password })
  const register = (body: object) => ({ method: 'POST' as const, path: `${V3}/register`, body, token: null })
  const asked = await server.api.post(`${V3}/delete_devices`, { token: alice.token, body: { devices: [] } })
  const session = asked.body['session'] as string
  const { accounts } = server.services
  const [locked, suspended] = [await server.register('locked'), await server.register('suspended')]
  await server.api.post(at(`${V3}/join`, roomId), { token: suspended.token })
  await accounts.setFlags((await accounts.find(locked.userId))?.user ?? 0, { locked: true })
  await accounts.setFlags((await accounts.find(suspended.userId))?.user ?? 0, { suspended: true })
  const dummy = { type: 'm.login.dummy' }
  return [
    { name: 'B21 no token', path: send, body: {}, token: null, status: 401, errcode: 'M_MISSING_TOKEN' },
    { name: 'B22 a bad token', path: send, body: {}, token: 'x', ...UNKNOWN, fields: { soft_logout: false } },
    { name: 'B23 two tokens', path: `${send}?access_token=${bob.token}`, body: {}, ...UNKNOWN },
    ...[['alice', 'wrong'], ['nobody', 'wrong'], ['@alice:elsewhere', PASSWORD], ['al\0ice', 'x']].map(([user = '', password = '']) => ({
      name: `B24, A38 ${user}, ${password}`, method: 'POST' as const, path: `${V3}/login`, body: login(user, password), token: null,
      status: 403, errcode: 'M_FORBIDDEN',
    })),
    {
      name: 'B25 a locked account', path: send, as: locked, body: {},
      status: 401, errcode: 'M_USER_LOCKED', fields: { soft_logout: true },
    },
    { name: 'B25 a suspended account', path: send, as: suspended, body: {}, status: 403, errcode: 'M_USER_SUSPENDED' },
    {
      name: 'B25 a suspended account makes a room', method: 'POST', path: `${V3}/createRoom`, as: suspended, body: {},
      status: 403, errcode: 'M_USER_SUSPENDED',
    },
    { name: 'B26 a guest', method: 'GET', path: `${V3}/joined_rooms`, as: guest, status: 403, errcode: 'M_GUEST_ACCESS_FORBIDDEN' },
    {
      name: 'B26 a guest makes a room',
      method: 'POST',
      path: `${V3}/createRoom`,
      body: {},
      as: guest,
      status: 403,
      errcode: 'M_GUEST_ACCESS_FORBIDDEN',
    },
    ...['A!', 'a b', '🐈', '', 'x'.repeat(256), 'a:b', 'a\0'].map((username) => ({
      name: `B27 ${username.slice(0, 20)}`, ...register(
        { username, password: PASSWORD, auth: dummy },
      ), status: 400, errcode: 'M_INVALID_USERNAME',
    })),
    { name: 'B28 taken', ...register({ username: 'alice', password: PASSWORD, auth: dummy }), status: 400, errcode: 'M_USER_IN_USE' },
    {
      name: 'B29 a long device id',
      ...register({ username: 'new', password: PASSWORD, device_id: 'x'.repeat(513), auth: dummy }),
      status: 400,
      errcode: 'M_INVALID_PARAM',
    },
    {
      name: 'B29 at login',
      method: 'POST',
      path: `${V3}/login`,
      body: { ...login('alice', PASSWORD), device_id: 'x'.repeat(513) },
      token: null,
      status: 400,
      errcode: 'M_INVALID_PARAM',
    },
    {
      name: 'B30 a password of 100 kB',
      ...register({ username: 'new', password: 'x'.repeat(100_000), auth: dummy }),
      status: 400,
      errcode: 'M_INVALID_PARAM',
    },
    {
      name: 'B30 at login',
      method: 'POST',
      path: `${V3}/login`,
      body: login('alice', 'x'.repeat(100_000)),
      token: null,
      status: 400,
      errcode: 'M_INVALID_PARAM',
    },
    {
      name: 'B30 a password of 1 MB',
      ...register({ username: 'new', password: 'x'.repeat(1_000_000), auth: dummy }),
      status: 413,
      errcode: 'M_TOO_LARGE',
    },
    {
      name: 'B32 a wrong password', method: 'POST', path: `${V3}/delete_devices`,
      body: { devices: [alice.deviceId], auth: { ...login('alice', 'wrong'), session } },
      status: 401, errcode: 'M_FORBIDDEN', fields: { flows: [{ stages: ['m.login.password'] }], session, completed: [] },
    },
    {
      name: 'B33 the session of another user', method: 'POST', path: `${V3}/delete_devices`, as: bob,
      body: { devices: [bob.deviceId], auth: { ...login('bob', PASSWORD), session } }, status: 401, errcode: 'M_FORBIDDEN',
    },
    {
      name: 'B33 the session of another operation', method: 'POST', path: `${V3}/account/password`,
      body: { new_password: 'another password', auth: { ...login('alice', PASSWORD), session } }, status: 401, errcode: 'M_FORBIDDEN',
    },
    {
      name: 'B34 a login token that is none',
      method: 'POST',
      path: `${V3}/login`,
      body: { type: 'm.login.token', token: 'x' },
      token: null,
      status: 403,
      errcode: 'M_FORBIDDEN',
    },
    {
      name: 'A48 a refresh token that is none',
      method: 'POST',
      path: `${V3}/refresh`,
      body: { refresh_token: 'x' },
      token: null,
      status: 401,
      errcode: 'M_UNKNOWN_TOKEN',
    },
  ]
}
