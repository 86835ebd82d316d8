// matrix-js-sdk with its Rust crypto.
import 'fake-indexeddb/auto'
import * as sdk from 'matrix-js-sdk'
import type { CryptoApi } from 'matrix-js-sdk/lib/crypto-api/index.js'
import { quiet, startSyncing } from '../js-sdk-client.ts'
import type { CryptoDevice, Reading } from './device.ts'
import { Line } from './line.ts'
import { PASSWORD, type Session } from './session.ts'

/** What a user writes down: with it a new device gets at the secrets of the old ones. */
const RECOVERY_KEY = new Uint8Array(32).fill(7)
const RETRY_MS = 100
const SENT_WITHIN_MS = 60_000

export class JsSdkDevice implements CryptoDevice {
  readonly kind = 'matrix-js-sdk'
  readonly userId: string
  readonly deviceId: string
  readonly session: Session
  readonly client: sdk.MatrixClient
  readonly crypto: CryptoApi
  readonly #events = new Map<string, sdk.MatrixEvent>()

  private constructor(session: Session, client: sdk.MatrixClient, crypto: CryptoApi) {
    this.session = session
    this.userId = session.userId
    this.deviceId = session.deviceId
    this.client = client
    this.crypto = crypto
  }

  static async start(session: Session, line = new Line()): Promise<JsSdkDevice> {
    const client = sdk.createClient({
      baseUrl: session.url,
      logger: quiet,
      accessToken: session.accessToken,
      userId: session.userId,
      deviceId: session.deviceId,
      fetchFn: line.fetch,
      cryptoCallbacks: { getSecretStorageKey: ({ keys }) => Promise.resolve([Object.keys(keys)[0] ?? '', RECOVERY_KEY]) },
    })
    await client.initRustCrypto({ useIndexedDB: false })
    const crypto = client.getCrypto()
    if (crypto === undefined) throw new Error('The client does not encrypt')
    const device = new JsSdkDevice(session, client, crypto)
    client.on(sdk.ClientEvent.Event, (event) => device.#note(event))
    client.on(sdk.ClientEvent.Sync, (state) => {
      // By itself it would wait for up to ten seconds after the server was away.
      if (state === sdk.SyncState.Reconnecting || state === sdk.SyncState.Error) setTimeout(() => client.retryImmediately(), RETRY_MS)
    })
    await startSyncing(client)
    return device
  }

  /** Makes the keys with which a user signs devices and other users, secret storage for them, and a backup of room keys. */
  async setUpSecrets(): Promise<void> {
    await this.crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: async (upload) => { await upload(null) } })
    await this.crypto.bootstrapSecretStorage({
      createSecretStorageKey: () => Promise.resolve({ privateKey: RECOVERY_KEY }), setupNewKeyBackup: true,
    })
  }

  /** Gets the secrets out of secret storage, and signs itself with them. */
  async recoverSecrets(): Promise<void> {
    await this.crypto.userHasCrossSigningKeys(this.userId, true)
    await this.crypto.bootstrapCrossSigning({})
    await this.crypto.loadSessionBackupPrivateKeyFromSecretStorage()
  }

  /** New keys to sign devices and users with, as of somebody who has lost the old ones. */
  async resetCrossSigning(): Promise<void> {
    await this.crypto.bootstrapCrossSigning({
      setupNewCrossSigning: true,
      authUploadDeviceSigningKeys: async (upload) => {
        const refused = await upload(null).then(() => undefined, (error: unknown) => error)
        if (refused === undefined) return
        if (!(refused instanceof sdk.MatrixError)) throw refused
        const identifier = { type: 'm.id.user', user: this.userId }
        await upload({ type: 'm.login.password', identifier, password: PASSWORD, session: String(refused.data['session']) })
      },
    })
  }

  async say(roomId: string, text: string): Promise<string> {
    const room = this.client.getRoom(roomId)
    if (room === null) throw new Error(`${this.userId} does not know the room`)
    const sent = await this.client.sendTextMessage(roomId, text).catch(() => undefined)
    if (sent !== undefined) return sent.event_id
    const untilMs = performance.now() + SENT_WITHIN_MS
    while (performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      const event = room.getLiveTimeline().getEvents().findLast((each) => (
        each.getSender() === this.userId && each.getContent()['body'] === text
      ))
      // Its answer was lost, but it has come back with a sync.
      const eventId = event?.status === null ? event.getId() : undefined
      if (eventId !== undefined) return eventId
      if (event?.status !== sdk.EventStatus.NOT_SENT) continue
      const again = await this.client.resendEvent(event, room).catch(() => undefined)
      if (again !== undefined) return again.event_id
    }
    throw new Error(`${this.deviceId} could not send ${text}`)
  }

  async listDevices(userId: string): Promise<readonly string[]> {
    return [...(await this.crypto.getUserDeviceInfo([userId])).get(userId)?.keys() ?? []]
  }

  async listMembers(roomId: string): Promise<readonly string[]> {
    const room = this.client.getRoom(roomId)
    await room?.loadMembersIfNeeded()
    return room?.getMembersWithMembership('join').map(({ userId }) => userId) ?? []
  }

  read(roomId: string, eventIds: readonly string[]): Promise<readonly Reading[]> {
    return Promise.all(eventIds.map(async (eventId) => {
      const event = this.#events.get(eventId) ?? await this.#fetch(roomId, eventId)
      if (event === undefined) return { problem: 'never seen' }
      if (event.isBeingDecrypted()) await event.getDecryptionPromise()
      if (event.isDecryptionFailure()) return { problem: `undecryptable: ${event.decryptionFailureReason}` }
      return { text: String(event.getContent()['body']) }
    }))
  }

  /** Also restores what others backed up; gives how many keys those were. */
  async restoreBackup(): Promise<number> {
    return (await this.crypto.restoreKeyBackup()).imported
  }

  stop(): Promise<void> {
    this.client.stopClient()
    return Promise.resolve()
  }

  #note(event: sdk.MatrixEvent): void {
    const eventId = event.getId()
    if (eventId !== undefined && event.getWireType() === 'm.room.encrypted') this.#events.set(eventId, event)
  }

  /** What came in a gap is asked for. */
  async #fetch(roomId: string, eventId: string): Promise<sdk.MatrixEvent | undefined> {
    const raw = await this.client.fetchRoomEvent(roomId, eventId).catch(() => undefined)
    if (raw === undefined) return undefined
    const event = new sdk.MatrixEvent({ ...raw, room_id: roomId })
    this.#note(event)
    await this.client.decryptEventIfNeeded(event)
    return event
  }
}
