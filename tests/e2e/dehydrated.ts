// matrix-js-sdk with its Rust crypto: a user without any device gets what was sent meanwhile, by a dehydrated device (MSC3814).
import 'fake-indexeddb/auto'
import * as sdk from 'matrix-js-sdk'
import type { CryptoApi } from 'matrix-js-sdk/lib/crypto-api/index.js'
import type { Test } from 'tap'
import type { HearthProcess } from '../soak/hearth-process.ts'
import { quiet, registerClient, startSyncing, until } from './js-sdk-client.ts'

const RECOVERY_KEY = new Uint8Array(32).fill(9)
const PASSWORD = 'correct horse battery'

interface Encrypting { readonly client: sdk.MatrixClient, readonly crypto: CryptoApi }

interface Login { readonly accessToken: string | null, readonly userId: string | null, readonly deviceId: string | null }

async function startEncrypting(baseUrl: string, from: Login): Promise<Encrypting> {
  const client = sdk.createClient({
    baseUrl, logger: quiet, accessToken: from.accessToken ?? '', userId: from.userId ?? '', deviceId: from.deviceId ?? '',
    cryptoCallbacks: { getSecretStorageKey: ({ keys }) => Promise.resolve([Object.keys(keys)[0] ?? '', RECOVERY_KEY]) },
  })
  await client.initRustCrypto({ useIndexedDB: false })
  const crypto = client.getCrypto()
  if (crypto === undefined) throw new Error('The client does not encrypt')
  await startSyncing(client)
  return { client, crypto }
}

async function register(baseUrl: string, name: string): Promise<Encrypting> {
  const client = await registerClient(baseUrl, name)
  return startEncrypting(baseUrl, { accessToken: client.getAccessToken(), userId: client.getUserId(), deviceId: client.getDeviceId() })
}

export async function comeBackWithoutDevices(t: Test, { url }: HearthProcess): Promise<void> {
  const [dora, bob] = [await register(url, 'dehydrated-dora'), await register(url, 'dehydrated-bob')]
  const userId = dora.client.getUserId() ?? ''
  await dora.crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: async (upload) => { await upload(null) } })
  await dora.crypto.bootstrapSecretStorage({ createSecretStorageKey: () => Promise.resolve({ privateKey: RECOVERY_KEY }) })
  t.ok(await dora.crypto.isDehydrationSupported())
  await dora.crypto.startDehydration({ createNewKey: true })
  const { room_id: roomId } = await bob.client.createRoom({
    preset: sdk.Preset.PublicChat,
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
  })
  await dora.client.joinRoom(roomId)
  await until(bob.client, 'that Dora joined', () => bob.client.getRoom(roomId)?.getMember(userId)?.membership === 'join')
  dora.client.stopClient()
  await dora.client.logout(true)
  const { event_id: eventId } = await bob.client.sendTextMessage(roomId, 'while nobody was there')

  const visitor = sdk.createClient({ baseUrl: url, logger: quiet })
  const identifier = { type: 'm.id.user', user: userId }
  const login = await visitor.loginRequest({ type: 'm.login.password', identifier, password: PASSWORD })
  const again = await startEncrypting(url, { accessToken: login.access_token, userId, deviceId: login.device_id })
  const unread = new sdk.MatrixEvent({ ...await again.client.fetchRoomEvent(roomId, eventId), room_id: roomId })
  await again.client.decryptEventIfNeeded(unread)
  t.ok(unread.isDecryptionFailure(), 'a new device has no key to it')
  await again.crypto.userHasCrossSigningKeys(userId, true)
  await again.crypto.bootstrapCrossSigning({})
  await again.crypto.startDehydration()
  const event = new sdk.MatrixEvent({ ...await again.client.fetchRoomEvent(roomId, eventId), room_id: roomId })
  await again.client.decryptEventIfNeeded(event)
  t.equal(event.getContent()['body'], 'while nobody was there', 'the dehydrated one had it')
  const { devices } = await again.client.getDevices()
  t.equal(devices.length, 2, 'and another one is there in its place')
  for (const { client } of [bob, again]) client.stopClient()
}
