import type { Test } from 'tap'
import { roomPath, V3 } from '../../support/api.ts'
import { refused } from '../../support/refusal.ts'
import { createTestServer } from '../../support/server.ts'

const V1 = '/_matrix/client/v1/admin'
const KINDS = [['lock', 'locked', 'M_USER_LOCKED', 401], ['suspend', 'suspended', 'M_USER_SUSPENDED', 403]] as const

/** What administrators may do to accounts over HTTP. */
export async function testModeration(t: Test): Promise<void> {
  const server = await createTestServer(t)
  const { api, services: { accounts } } = server
  const register = async (name: string, isAdmin = false) => {
    const person = await server.register(name)
    if (isAdmin) await accounts.setFlags((await accounts.find(person.userId))?.user ?? 0, { isAdmin })
    return person
  }
  const admin = await register('admin', true)
  const other = await register('other_admin', true)
  const ann = await register('ann')
  const bob = await register('bob')

  // Operations: getAdminLockUser, setAdminLockUser, getAdminSuspendUser, setAdminSuspendUser.
  for (const [kind, flag, errcode, status] of KINDS) {
    const at = (userId: string) => `${V1}/${kind}/${encodeURIComponent(userId)}`
    const set = (userId: string, value: unknown, token = admin.token) => api.put(at(userId), { token, body: { [flag]: value } })

    t.test(`an administrator can ${kind} an account, and take it back`, async (t) => {
      const create = () => api.post(`${V3}/createRoom`, { token: ann.token, body: {} })
      t.match(await api.get(at(ann.userId), { token: admin.token }), { status: 200, body: { [flag]: false } })
      t.same((await set(ann.userId, true)).body, { [flag]: true })
      t.same((await api.get(at(ann.userId), { token: admin.token })).body, { [flag]: true })
      t.match(await create(), refused(status, errcode))
      t.same((await set(ann.userId, false)).body, { [flag]: false })
      t.equal((await create()).status, 200)
    })

    t.test(`who may not ${kind} whom`, async (t) => {
      for (const userId of [ann.userId, bob.userId, '@nobody:localhost', '@x:elsewhere.example']) {
        t.match(await api.get(at(userId), { token: ann.token }), refused(403, 'M_FORBIDDEN'), `${userId} tells nothing`)
        t.match(await set(userId, true, ann.token), refused(403, 'M_FORBIDDEN'))
      }
      t.match(await set(ann.userId, true, ''), { status: 401 })
      t.match(await set(admin.userId, true), refused(403, 'M_FORBIDDEN'), 'not oneself')
      t.equal((await api.get(at(admin.userId), { token: admin.token })).status, 200)
      t.match(await set(other.userId, true), refused(403, 'M_FORBIDDEN'), 'no other administrator')
      t.match(await api.get(at(other.userId), { token: admin.token }), refused(403, 'M_FORBIDDEN'))
      t.match(await set('@x:elsewhere.example', true), refused(400, 'M_INVALID_PARAM'))
      t.match(await api.get(at('rubbish'), { token: admin.token }), refused(400, 'M_INVALID_PARAM'))
      t.match(await set('@nobody:localhost', true), refused(404, 'M_NOT_FOUND'))
      t.match(await api.get(at('@nobody:localhost'), { token: admin.token }), refused(404, 'M_NOT_FOUND'))
      t.match(await set(ann.userId, 'yes'), refused(400, 'M_BAD_JSON'))
      t.equal((await api.get(`${V3}/account/whoami`, { token: ann.token })).status, 200)
    })
  }

  t.test('clients of administrators learn that they can do it', async (t) => {
    const capabilities = async (token: string) => (await api.get(`${V3}/capabilities`, { token })).body['capabilities']
    t.same((await capabilities(admin.token))['m.account_moderation'], { suspend: true, lock: true })
    t.notOk('m.account_moderation' in await capabilities(ann.token))
  })

  t.test('who is suspended may read, leave and see to encryption, but not speak', async (t) => {
    const room = async (token: string) => {
      const { body } = await api.post(`${V3}/createRoom`, { token, body: { preset: 'public_chat' } })
      return roomPath(body['room_id'], '').replace(/\/$/, '')
    }
    const [own, others, unknown] = [await room(bob.token), await room(ann.token), await room(ann.token)]
    await api.post(`${others}/join`, { token: bob.token, body: {} })
    const send = async (path: string, token: string, txnId: string) =>
      (await api.put(`${path}/send/m.room.message/${txnId}`, { token, body: { msgtype: 'm.text', body: 'x' } })).body['event_id'] as string
    const [mine, theirs] = [await send(others, bob.token, '1'), await send(others, ann.token, '2')]
    await api.put(`${V1}/suspend/${bob.userId}`, { token: admin.token, body: { suspended: true } })
    const ask = (method: 'GET' | 'PUT' | 'POST', path: string, body: object | undefined = method === 'GET' ? undefined : {}) =>
      api.ask(method, path, { token: bob.token, ...(body === undefined ? {} : { body }) })
    const denied: readonly (readonly [method: 'PUT' | 'POST', path: string, body?: object])[] = [
      ['POST', `${unknown}/join`], ['POST', `${V3}/createRoom`], ['POST', `${own}/upgrade`, { new_version: '12' }],
      ['POST', `${own}/invite`, { user_id: ann.userId }], ['PUT', `${others}/send/m.room.message/3`, { msgtype: 'm.text', body: 'x' }],
      ['PUT', `${own}/state/m.room.topic/`, { topic: 'x' }], ['PUT', `${V3}/profile/${bob.userId}/displayname`, { displayname: 'x' }],
      ['PUT', `${own}/redact/${theirs}/4`],
    ]
    for (const [method, path, body] of denied) t.match(await ask(method, path, body), refused(403, 'M_USER_SUSPENDED'), path)
    const allowed: readonly (readonly [method: 'GET' | 'PUT' | 'POST', path: string, body?: object])[] = [
      ['GET', `${V3}/sync`], ['GET', `${others}/messages?dir=b`], ['PUT', `${others}/redact/${mine}/5`], ['POST', `${others}/leave`],
      ['POST', `${V3}/room_keys/version`, { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: { public_key: 'x' } }],
      ['POST', `${V3}/keys/query`, { device_keys: {} }], ['POST', `${V3}/logout`],
    ]
    for (const [method, path, body] of allowed) t.equal((await ask(method, path, body)).status, 200, path)
  })

  // Operations: getWhoIs.
  t.test('administrators are told where somebody was last seen; everybody, where they were themselves', async (t) => {
    const whois = (userId: string, token: string) => api.get(`${V3}/admin/whois/${encodeURIComponent(userId)}`, { token })
    const told = await whois(ann.userId, admin.token)
    t.match(told, { status: 200, body: { user_id: ann.userId } })
    const connections = [{ ip: '127.0.0.1', last_seen: Number }]
    t.match(told.body['devices'], { [ann.deviceId]: { sessions: [{ connections }] } })
    t.match((await whois(ann.userId, ann.token)).body['devices'], told.body['devices'])
    t.match(await whois(ann.userId, other.token), { status: 200 })
    t.match(await whois(other.userId, admin.token), { status: 200 })
    t.match(await whois(admin.userId, ann.token), refused(403, 'M_FORBIDDEN'))
    t.match(await whois('@nobody:localhost', ann.token), refused(403, 'M_FORBIDDEN'))
    t.match(await whois('@nobody:localhost', admin.token), refused(404, 'M_NOT_FOUND'))
    t.match(await whois('@x:elsewhere.example', admin.token), refused(400, 'M_INVALID_PARAM'))
  })
}
