// What people do with encryption, by matrix-js-sdk with its Rust crypto: real keys, real signatures, real backups.
import 'fake-indexeddb/auto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sdk from 'matrix-js-sdk'
import type { CryptoApi } from 'matrix-js-sdk/lib/crypto-api/index.js'
import t from 'tap'
import { HearthProcess } from '../soak/hearth-process.ts'
import { quiet, registerClient, startSyncing, until } from './js-sdk-client.ts'

const PASSWORD = 'correct horse battery'
/** What Alice writes down: with it a new device gets at her keys. */
const RECOVERY_KEY = new Uint8Array(32).fill(7)
const ENCRYPTION = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }

const folder = await mkdtemp(join(tmpdir(), 'hearth-e2e-'))
const server = await HearthProcess.create(folder, { registration: { enabled: true } })
await server.start()
const clients: sdk.MatrixClient[] = []
t.teardown(async () => {
  for (const client of clients) client.stopClient()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A device that encrypts, of somebody who is logged in already. */
async function startDevice(session: sdk.MatrixClient): Promise<sdk.MatrixClient> {
  const client = sdk.createClient({
    baseUrl: server.url,
    logger: quiet,
    accessToken: session.getAccessToken() ?? '',
    userId: session.getSafeUserId(),
    deviceId: session.getDeviceId() ?? '',
    cryptoCallbacks: { getSecretStorageKey: ({ keys }) => Promise.resolve([Object.keys(keys)[0] ?? '', RECOVERY_KEY]) },
  })
  await client.initRustCrypto({ useIndexedDB: false })
  await startSyncing(client)
  clients.push(client)
  return client
}

const cryptoOf = (client: sdk.MatrixClient): CryptoApi => {
  const crypto = client.getCrypto()
  if (crypto === undefined) throw new Error('The client does not encrypt')
  return crypto
}

const eventsOf = (client: sdk.MatrixClient, roomId: string) => client.getRoom(roomId)?.getLiveTimeline().getEvents() ?? []
const findText = (client: sdk.MatrixClient, roomId: string, text: string) =>
  eventsOf(client, roomId).find((event) => event.getContent()['body'] === text)
const countUndecryptable = (client: sdk.MatrixClient, roomId: string) =>
  eventsOf(client, roomId).filter((event) => event.isDecryptionFailure()).length

const alice = await startDevice(await registerClient(server.url, 'alice'))
const bob = await startDevice(await registerClient(server.url, 'bob'))
let roomId = ''

await t.test('Cross-signing, secret storage and a key backup are set up', async (t) => {
  const crypto = cryptoOf(alice)
  await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: async (upload) => { await upload(null) } })
  t.ok(await crypto.isCrossSigningReady())
  await crypto.bootstrapSecretStorage({
    createSecretStorageKey: () => Promise.resolve({ privateKey: RECOVERY_KEY }), setupNewKeyBackup: true,
  })
  t.ok(await crypto.isSecretStorageReady())
  t.equal(await crypto.getActiveSessionBackupVersion(), '1')
})

await t.test('Each reads what the other writes', async (t) => {
  const made = await alice.createRoom({ preset: sdk.Preset.PrivateChat, invite: [bob.getSafeUserId()], initial_state: [ENCRYPTION] })
  roomId = made.room_id
  await bob.joinRoom(roomId)
  await until(alice, 'that Bob joined', () => alice.getRoom(roomId)?.getMember(bob.getSafeUserId())?.membership === 'join')
  for (let n = 0; n < 10; n += 1) {
    await alice.sendTextMessage(roomId, `from Alice ${n}`)
    await bob.sendTextMessage(roomId, `from Bob ${n}`)
  }
  for (let n = 0; n < 10; n += 1) {
    await until(bob, `message ${n} of Alice`, () => findText(bob, roomId, `from Alice ${n}`))
    await until(alice, `message ${n} of Bob`, () => findText(alice, roomId, `from Bob ${n}`))
  }
  t.equal(countUndecryptable(alice, roomId) + countUndecryptable(bob, roomId), 0)
  t.equal(findText(bob, roomId, 'from Alice 0')?.getWireType(), 'm.room.encrypted')
})

await t.test('A new device is signed by its owner and restores the history', async (t) => {
  const headers = { authorization: `Bearer ${alice.getAccessToken()}` }
  const backedUp = async (): Promise<number> => (
    (await (await fetch(`${server.url}/_matrix/client/v3/room_keys/version`, { headers })).json() as { count: number }).count
  )
  // Clients wait some seconds before they back up, so that they do not all come at once.
  for (let tries = 0; tries < 300 && await backedUp() < 2; tries += 1) await new Promise((resolve) => setTimeout(resolve, 100))
  const session = sdk.createClient({ baseUrl: server.url, logger: quiet })
  const identifier = { type: 'm.id.user', user: 'alice' } as const
  const login = await session.loginRequest({ type: 'm.login.password', identifier, password: PASSWORD })
  const second = await startDevice(sdk.createClient({
    baseUrl: server.url, logger: quiet, accessToken: login.access_token, userId: login.user_id, deviceId: login.device_id,
  }))
  const crypto = cryptoOf(second)
  t.ok(await crypto.userHasCrossSigningKeys(login.user_id, true), 'the new device learns of the public keys')
  await crypto.bootstrapCrossSigning({})
  t.ok(await crypto.isCrossSigningReady(), 'the private keys came out of secret storage')
  await crypto.loadSessionBackupPrivateKeyFromSecretStorage()
  const { imported } = await crypto.restoreKeyBackup()
  t.ok(imported >= 2)
  await until(second, 'the history', () => findText(second, roomId, 'from Bob 9'))
  t.equal(countUndecryptable(second, roomId), 0)
  const status = async () => (await cryptoOf(alice).getDeviceVerificationStatus(login.user_id, login.device_id))?.crossSigningVerified
  for (let tries = 0; tries < 100 && await status() !== true; tries += 1) await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(await status(), true, 'the first device has learned that the second one is signed')
  await bob.sendTextMessage(roomId, 'to all devices')
  await until(second, 'what Bob writes next', () => findText(second, roomId, 'to all devices'))
})
