// An old client: a sync loop around libolm.
import { sleep } from '../../../bench/parallel.ts'
import type { CryptoDevice, Reading } from './device.ts'
import { Line } from './line.ts'
import { OlmMachine, type KnownDevice } from './olm-machine.ts'
import type { Session } from './session.ts'

type Json = Record<string, any>

export interface OlmDeviceOptions {
  readonly line?: Line
  /** Whether it makes new one-time keys and a new fallback key when they are used up. */
  readonly replenishes?: boolean
}

const RETRY_MS = 100
const POLL_MS = 5000
const ONE_TIME_KEYS = 20
const FILTER = JSON.stringify({ presence: { types: [] }, room: { timeline: { limit: 100 } } })

export class OlmDevice implements CryptoDevice {
  readonly kind = 'libolm'
  readonly userId: string
  readonly deviceId: string
  readonly session: Session
  /** To-device messages that could not be read. */
  readonly problems: string[] = []
  readonly #machine: OlmMachine
  readonly #line: Line
  readonly #replenishes: boolean
  readonly #closing = new AbortController()
  readonly #events = new Map<string, Json>()
  readonly #texts = new Map<string, string>()
  readonly #members = new Map<string, Map<string, string>>()
  readonly #devices = new Map<string, readonly KnownDevice[]>()
  readonly #outdated = new Set<string>()
  #unpublished: Json | undefined
  /** What the last sync said of the keys that are left on the server. */
  left: { readonly oneTimeKeys: number, readonly hasUnusedFallback: boolean } = { oneTimeKeys: 0, hasUnusedFallback: false }
  #since: string | undefined
  #transactions = 0
  #turn: Promise<unknown> = Promise.resolve()
  #querying: Promise<void> = Promise.resolve()
  #syncing: Promise<void> = Promise.resolve()

  private constructor(session: Session, { line = new Line(), replenishes = true }: OlmDeviceOptions) {
    this.session = session
    this.userId = session.userId
    this.deviceId = session.deviceId
    this.#line = line
    this.#replenishes = replenishes
    this.#machine = new OlmMachine(session.userId, session.deviceId)
  }

  static async start(session: Session, options: OlmDeviceOptions = {}): Promise<OlmDevice> {
    const device = new OlmDevice(session, options)
    const keys = { one_time_keys: device.#machine.formatOneTimeKeys(ONE_TIME_KEYS), fallback_keys: device.#machine.formatFallbackKey() }
    device.#unpublished = { device_keys: device.#machine.formatDeviceKeys(), ...keys }
    await device.#publish()
    device.#outdated.add(session.userId)
    // The server may be killed just now.
    while (device.#since === undefined) await device.#sync(0).catch(() => sleep(RETRY_MS))
    device.#syncing = device.#keepSyncing()
    return device
  }

  /** One after the other, or two would share the same key. */
  say(roomId: string, text: string): Promise<string> {
    const sent = this.#turn.then(() => this.#say(roomId, text))
    this.#turn = sent.catch(() => {})
    return sent
  }

  async listDevices(userId: string): Promise<readonly string[]> {
    await this.#queryKeys()
    return this.#devices.get(userId)?.map(({ deviceId }) => deviceId) ?? []
  }

  listMembers(roomId: string): Promise<readonly string[]> {
    return Promise.resolve(this.#listMembers(roomId, 'join'))
  }

  read(roomId: string, eventIds: readonly string[]): Promise<readonly Reading[]> {
    return Promise.all(eventIds.map(async (eventId) => {
      const event = this.#events.get(eventId) ?? await this.#ask('GET', ['rooms', roomId, 'event', eventId]).catch(() => undefined)
      if (event === undefined) return { problem: 'never seen' }
      this.#events.set(eventId, event)
      return this.#readEvent(roomId, eventId, event)
    }))
  }

  async stop(): Promise<void> {
    this.#closing.abort()
    await this.#syncing
  }

  #readEvent(roomId: string, eventId: string, event: Json): Reading {
    const known = this.#texts.get(eventId)
    if (known !== undefined) return { text: known }
    try {
      const text = String(this.#machine.decryptInRoom(roomId, event['content'] as Json)['body'])
      this.#texts.set(eventId, text)
      return { text }
    } catch (error) {
      return { problem: `undecryptable: ${String(error)}` }
    }
  }

  async #say(roomId: string, text: string): Promise<string> {
    await this.#queryKeys()
    const members = [...this.#listMembers(roomId, 'join'), ...this.#listMembers(roomId, 'invite')]
    const devices = members.flatMap((userId) => this.#devices.get(userId) ?? []).filter(({ deviceId }) => deviceId !== this.deviceId)
    const unshared = this.#machine.listUnshared(roomId, devices)
    await this.#meet(unshared)
    const reached = unshared.filter((device) => this.#machine.hasSessionWith(device))
    if (reached.length > 0) await this.#shareRoomKey(roomId, reached)
    const content = this.#machine.encryptInRoom(roomId, 'm.room.message', { msgtype: 'm.text', body: text })
    const answer = await this.#ask('PUT', ['rooms', roomId, 'send', 'm.room.encrypted', this.#newTransaction()], content)
    return answer['event_id'] as string
  }

  async #shareRoomKey(roomId: string, devices: readonly KnownDevice[]): Promise<void> {
    const key = this.#machine.roomKeyOf(roomId)
    const messages: Record<string, Json> = {}
    for (const device of devices) {
      const ofUser = messages[device.userId] ??= {}
      ofUser[device.deviceId] = this.#machine.encryptFor(device, 'm.room_key', key)
    }
    await this.#ask('PUT', ['sendToDevice', 'm.room.encrypted', this.#newTransaction()], { messages })
    this.#machine.noteShared(roomId, devices)
  }

  /** Claims keys of devices with which it has not talked before. */
  async #meet(devices: readonly KnownDevice[]): Promise<void> {
    const strangers = devices.filter((device) => !this.#machine.hasSessionWith(device))
    if (strangers.length === 0) return
    const wanted: Record<string, Json> = {}
    for (const { userId, deviceId } of strangers) {
      const ofUser = wanted[userId] ??= {}
      ofUser[deviceId] = 'signed_curve25519'
    }
    const { one_time_keys: claimed } = await this.#ask('POST', ['keys', 'claim'], { one_time_keys: wanted })
    for (const device of strangers) {
      const key = Object.values(claimed[device.userId]?.[device.deviceId] ?? {})[0]
      if (key !== undefined) this.#machine.begin(device, key as Json)
    }
  }

  #queryKeys(): Promise<void> {
    const queried = this.#querying.then(() => this.#queryOutdated())
    this.#querying = queried.catch(() => {})
    return queried
  }

  async #queryOutdated(): Promise<void> {
    const users = [...this.#outdated]
    if (users.length === 0) return
    // What changes from now on makes them outdated again.
    this.#outdated.clear()
    const answer = await this.#ask('POST', ['keys', 'query'], { device_keys: Object.fromEntries(users.map((user) => [user, []])) })
    for (const user of users) {
      if (answer['device_keys'][user] === undefined) {
        this.#outdated.add(user)
        continue
      }
      const devices = Object.entries(answer['device_keys'][user] as Record<string, Json>)
      this.#devices.set(user, devices.flatMap(([deviceId, keys]) => this.#machine.readDevice(user, deviceId, keys) ?? []))
    }
  }

  async #keepSyncing(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      // The server is away, or the line is: the same token again.
      await this.#sync(POLL_MS).catch(() => sleep(RETRY_MS))
    }
  }

  async #sync(timeoutMs: number): Promise<void> {
    const since = this.#since === undefined ? {} : { since: this.#since }
    const query = new URLSearchParams({ filter: FILTER, timeout: String(timeoutMs), ...since })
    const answer = await this.#askOnce('GET', `/_matrix/client/v3/sync?${query}`)
    if (answer === undefined) throw new Error('There was no answer')
    for (const message of (answer['to_device']?.events ?? []) as Json[]) this.#takeMessage(message)
    for (const [roomId, room] of Object.entries((answer['rooms']?.join ?? {}) as Record<string, Json>)) this.#takeRoom(roomId, room)
    for (const user of (answer['device_lists']?.changed ?? []) as string[]) this.#outdated.add(user)
    for (const user of (answer['device_lists']?.left ?? []) as string[]) {
      this.#outdated.delete(user)
      this.#devices.delete(user)
    }
    this.#since = answer['next_batch'] as string
    await this.#replenish(answer)
  }

  async #replenish(answer: Json): Promise<void> {
    this.left = {
      oneTimeKeys: (answer['device_one_time_keys_count']?.['signed_curve25519'] ?? 0) as number,
      hasUnusedFallback: ((answer['device_unused_fallback_key_types'] ?? []) as string[]).includes('signed_curve25519'),
    }
    if (this.#replenishes && this.#unpublished === undefined) {
      const [lacking, needsFallback] = [ONE_TIME_KEYS - this.left.oneTimeKeys, !this.left.hasUnusedFallback]
      if (lacking > ONE_TIME_KEYS / 2 || needsFallback) this.#unpublished = {
        ...(lacking > 0 ? { one_time_keys: this.#machine.formatOneTimeKeys(lacking) } : {}),
        ...(needsFallback ? { fallback_keys: this.#machine.formatFallbackKey() } : {}),
      }
    }
    if (this.#unpublished !== undefined) await this.#publish()
  }

  async #publish(): Promise<void> {
    await this.#ask('POST', ['keys', 'upload'], this.#unpublished)
    this.#machine.markPublished()
    this.#unpublished = undefined
  }

  #takeMessage({ type, sender, content }: Json): void {
    if (type !== 'm.room.encrypted') return
    try {
      this.#machine.receive(sender as string, content as Json)
    } catch (error) {
      this.problems.push(`${sender}: ${String(error)}`)
    }
  }

  #takeRoom(roomId: string, room: Json): void {
    const members = this.#members.get(roomId) ?? new Map<string, string>()
    this.#members.set(roomId, members)
    for (const event of [...room['state'].events, ...room['timeline'].events] as Json[]) {
      if (event['type'] === 'm.room.encrypted') {
        this.#events.set(event['event_id'] as string, event)
        this.#readEvent(roomId, event['event_id'] as string, event)
      }
      if (event['type'] !== 'm.room.member') continue
      const [userId, membership] = [event['state_key'] as string, event['content'].membership as string]
      if (members.get(userId) !== membership && membership === 'join') this.#outdated.add(userId)
      members.set(userId, membership)
    }
  }

  #listMembers(roomId: string, membership: string): string[] {
    return [...this.#members.get(roomId) ?? []].filter(([, of]) => of === membership).map(([userId]) => userId)
  }

  #newTransaction(): string {
    this.#transactions += 1
    return `${this.deviceId}-${this.#transactions}`
  }

  /** Asks until there is an answer. */
  async #ask(method: string, path: readonly string[], body?: Json): Promise<Json> {
    for (;;) {
      const answer = await this.#askOnce(method, `/_matrix/client/v3/${path.map(encodeURIComponent).join('/')}`, body)
      if (answer !== undefined) return answer
      if (this.#closing.signal.aborted) throw new Error('The client was stopped')
      await sleep(RETRY_MS)
    }
  }

  /** Undefined where there is none; throws what the server refuses. */
  async #askOnce(method: string, path: string, body?: Json): Promise<Json | undefined> {
    const response = await this.#line.fetch(this.session.url + path, {
      method, headers: { authorization: `Bearer ${this.session.accessToken}` }, signal: this.#closing.signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => undefined)
    const text = await response?.text().catch(() => undefined)
    if (response === undefined || text === undefined || response.status >= 500) return undefined
    if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as Json
  }
}
