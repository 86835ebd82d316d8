import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Homeserver, type Account } from '../../../bench/homeserver.ts'
import { createApi, V3, type Api } from '../../support/api.ts'
import { deviceKeysOf } from '../../support/encryption-world.ts'
import { HearthProcess } from '../../soak/hearth-process.ts'

export interface World {
  readonly folder: string
  readonly hearth: HearthProcess
  readonly api: Api
  readonly alice: Account
  readonly bob: Account
  readonly roomId: string
}

/** Two people with devices who share a room, in a real process. */
export async function start(t: Test): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-people-'))
  const hearth = await HearthProcess.create(folder)
  t.teardown(async () => {
    await hearth.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await hearth.start()
  const homeserver = new Homeserver(hearth.url, hearth.sharedSecret)
  const client = homeserver.connect()
  const [alice, bob] = [await homeserver.register(client, 'alice'), await homeserver.register(client, 'bob')]
  client.close()
  const api = createApi(hearth.url)
  const { body } = await api.post(`${V3}/createRoom`, { token: alice.accessToken, body: { preset: 'public_chat' } })
  const roomId = String(body['room_id'])
  await api.post(`${V3}/join/${encodeURIComponent(roomId)}`, { token: bob.accessToken, body: {} })
  for (const account of [alice, bob]) {
    await api.post(`${V3}/keys/upload`, { token: account.accessToken, body: { device_keys: deviceKeysOf({ user: 0, ...account }) } })
  }
  return { folder, hearth, api, alice, bob, roomId }
}

export async function claim({ api, alice, bob }: World): Promise<string[]> {
  const { body } = await api.post(`${V3}/keys/claim`, {
    token: alice.accessToken, body: { one_time_keys: { [bob.userId]: { [bob.deviceId]: 'signed_curve25519' } } },
  })
  return Object.keys(body['one_time_keys'][bob.userId]?.[bob.deviceId] ?? {})
}

export async function upload({ api }: World, { accessToken: token }: Account, keys: object): Promise<void> {
  const { status, text } = await api.post(`${V3}/keys/upload`, { token, body: keys })
  if (status !== 200) throw new Error(`Keys were answered ${status} ${text}`)
}
