import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { trialConfig } from '../../src/config/trial-config.ts'
import { V3 } from '../support/api.ts'
import { oneTimeKeysOf } from '../support/encryption-world.ts'
import { createTestServer } from '../support/server.ts'
import { listBadAuth } from './bad-inputs/auth.ts'
import { furnish, refuseAll } from './bad-inputs/house.ts'
import { listBadJson } from './bad-inputs/json.ts'
import { listBadKeys, listBadlyKept, listBadMedia } from './bad-inputs/kept.ts'
import { listBadAccess, listBadEvents } from './bad-inputs/rooms.ts'

const folder = await mkdtemp(join(tmpdir(), 'hearth-bad-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const server = await createTestServer(t, {
  media: { ...trialConfig(folder).media, maxUploadBytes: 100_000 },
  registration: { enabled: true, tokensRequired: false, guests: true, sharedSecret: undefined, policies: [] },
})
const house = await furnish(server)

// Each row is asked of the whole server, answers as the list of bad inputs says, and changes nothing.
t.test('Bodies', (t) => refuseAll(t, house, listBadJson(house)))
t.test('Who asks', async (t) => refuseAll(t, house, await listBadAuth(house)))
t.test('Events', async (t) => refuseAll(t, house, await listBadEvents(house)))
t.test('Rooms that are not for who asks', async (t) => refuseAll(t, house, await listBadAccess(house)))
t.test('What is kept for a user', (t) => refuseAll(t, house, listBadlyKept(house)))
t.test('Keys', async (t) => {
  const key = { one_time_keys: oneTimeKeysOf(['B65']) }
  const upload = () => server.api.post(`${V3}/keys/upload`, { token: house.alice.token, body: key })
  t.equal((await upload()).status, 200)
  await refuseAll(t, house, listBadKeys(house))
  t.equal((await upload()).status, 200, 'the same key again is no mistake')
})
t.test('Files', async (t) => refuseAll(t, house, await listBadMedia(house)))

t.test('B11, B13, B15: what looks hostile and is none is kept as it came', async (t) => {
  const { api } = server
  const text = '{"__proto__":{"a":1},"constructor":2,"toString":[],"hasOwnProperty":"\\u0000","":{"":null}}'
  const path = `${V3}/rooms/${encodeURIComponent(house.roomId)}`
  const sent = await api.put(
    `${path}/send/__proto__/toString`, { token: house.alice.token, body: text, headers: { 'content-type': 'text/plain' } },
  )
  t.equal(sent.status, 200)
  const event = await api.get(`${path}/event/${encodeURIComponent(String(sent.body['event_id']))}`, { token: house.bob.token })
  t.ok(event.text.includes(`"content":${text}`), event.text)
  t.equal(event.body['type'], '__proto__')
})
