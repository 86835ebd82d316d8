// What an old client does with libolm, without a network: Olm between devices and Megolm in rooms, as the specification tells it.
import Olm from '@matrix-org/olm'
import { canonicalJson } from '../../../src/matrix/canonical-json.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'

const OLM = 'm.olm.v1.curve25519-aes-sha2'
const MEGOLM = 'm.megolm.v1.aes-sha2'

type Json = Record<string, any>

/** Another device, whose keys it has signed. */
export interface KnownDevice {
  readonly userId: string
  readonly deviceId: string
  readonly curve25519: string
  readonly ed25519: string
}

interface Outbound {
  readonly session: Olm.OutboundGroupSession
  readonly sharedWith: Map<string, KnownDevice>
}

const MESSAGES_A_SESSION = 100

await Olm.init()

const nameOf = ({ userId, deviceId }: Pick<KnownDevice, 'userId' | 'deviceId'>): string => `${userId} ${deviceId}`

export class OlmMachine {
  readonly #userId: string
  readonly #deviceId: string
  readonly #account = new Olm.Account()
  readonly #utility = new Olm.Utility()
  readonly curve25519: string
  readonly ed25519: string
  /** By the other's identity key; the one that was heard of last comes first. */
  readonly #sessions = new Map<string, Olm.Session[]>()
  readonly #inbound = new Map<string, Olm.InboundGroupSession>()
  readonly #outbound = new Map<string, Outbound>()

  constructor(userId: string, deviceId: string) {
    this.#userId = userId
    this.#deviceId = deviceId
    this.#account.create()
    const keys = JSON.parse(this.#account.identity_keys()) as { curve25519: string, ed25519: string }
    this.curve25519 = keys.curve25519
    this.ed25519 = keys.ed25519
  }

  formatDeviceKeys(): Json {
    return this.#sign({
      user_id: this.#userId, device_id: this.#deviceId, algorithms: [OLM, MEGOLM],
      keys: { [`curve25519:${this.#deviceId}`]: this.curve25519, [`ed25519:${this.#deviceId}`]: this.ed25519 },
    })
  }

  /** New one-time keys; they are to be marked as published when the server has them. */
  formatOneTimeKeys(count: number): Json {
    this.#account.generate_one_time_keys(count)
    return this.#formatKeys(this.#account.one_time_keys(), {})
  }

  formatFallbackKey(): Json {
    this.#account.generate_fallback_key()
    return this.#formatKeys(this.#account.unpublished_fallback_key(), { fallback: true })
  }

  markPublished(): void {
    this.#account.mark_keys_as_published()
  }

  /** A device as `/keys/query` tells of it, or undefined where its signature is not its own. */
  readDevice(userId: string, deviceId: string, keys: Json): KnownDevice | undefined {
    const [curve25519, ed25519] = [keys['keys']?.[`curve25519:${deviceId}`], keys['keys']?.[`ed25519:${deviceId}`]] as [string, string]
    return this.#isSigned(keys, userId, deviceId, ed25519) ? { userId, deviceId, curve25519, ed25519 } : undefined
  }

  hasSessionWith(device: KnownDevice): boolean {
    return this.#sessions.has(device.curve25519)
  }

  /** Begins to talk with a device by a one-time key that was claimed for it. */
  begin(device: KnownDevice, claimed: Json): void {
    const isSigned = this.#isSigned(claimed, device.userId, device.deviceId, device.ed25519)
    if (!isSigned) throw new Error(`A key of ${nameOf(device)} is not signed`)
    const session = new Olm.Session()
    session.create_outbound(this.#account, device.curve25519, claimed['key'] as string)
    this.#sessions.set(device.curve25519, [session])
  }

  /** The content of an encrypted to-device message. */
  encryptFor(device: KnownDevice, type: string, content: Json): Json {
    const session = this.#sessions.get(device.curve25519)?.[0]
    if (session === undefined) throw new Error(`There is no session with ${nameOf(device)}`)
    const message = session.encrypt(JSON.stringify({
      type, content, sender: this.#userId, sender_device: this.#deviceId, keys: { ed25519: this.ed25519 },
      recipient: device.userId, recipient_keys: { ed25519: device.ed25519 },
    }))
    return { algorithm: OLM, sender_key: this.curve25519, ciphertext: { [device.curve25519]: message } }
  }

  /** Takes an encrypted to-device message in; throws where it cannot be read. */
  receive(sender: string, content: Json): void {
    const message = content['ciphertext']?.[this.curve25519] as { type: 0 | 1, body: string } | undefined
    if (content['algorithm'] !== OLM || message === undefined) throw new Error('The message is not for this device')
    const payload = JSON.parse(this.#decrypt(content['sender_key'] as string, message)) as Json
    if (payload['sender'] !== sender || payload['recipient'] !== this.#userId || payload['recipient_keys'].ed25519 !== this.ed25519) {
      throw new Error('The message is from or for somebody else')
    }
    if (payload['type'] === 'm.room_key') this.#takeRoomKey(payload['content'] as Json)
  }

  /** Those of the devices that have not got the key of the room yet. A device that is gone, or a long talk, makes the key a new one. */
  listUnshared(roomId: string, devices: readonly KnownDevice[]): KnownDevice[] {
    const names = new Set(devices.map(nameOf))
    const known = this.#outbound.get(roomId)
    const isOver = known === undefined || known.session.message_index() >= MESSAGES_A_SESSION
      || [...known.sharedWith.keys()].some((name) => !names.has(name))
    const outbound = isOver ? this.#renew(roomId) : known
    return devices.filter((device) => outbound.sharedWith.get(nameOf(device))?.curve25519 !== device.curve25519)
  }

  roomKeyOf(roomId: string): Json {
    const { session } = this.#getOutbound(roomId)
    return { algorithm: MEGOLM, room_id: roomId, session_id: session.session_id(), session_key: session.session_key() }
  }

  noteShared(roomId: string, devices: readonly KnownDevice[]): void {
    for (const device of devices) this.#getOutbound(roomId).sharedWith.set(nameOf(device), device)
  }

  encryptInRoom(roomId: string, type: string, content: Json): Json {
    const { session } = this.#getOutbound(roomId)
    return {
      algorithm: MEGOLM, sender_key: this.curve25519, device_id: this.#deviceId, session_id: session.session_id(),
      ciphertext: session.encrypt(JSON.stringify({ type, content, room_id: roomId })),
    }
  }

  /** The content of an event; throws where it cannot be read. */
  decryptInRoom(roomId: string, content: Json): Json {
    const session = this.#inbound.get(`${roomId} ${content['session_id']}`)
    if (session === undefined) throw new Error('There is no key for it')
    const { plaintext } = session.decrypt(content['ciphertext'] as string)
    return (JSON.parse(plaintext) as Json)['content'] as Json
  }

  #decrypt(senderKey: string, { type, body }: { type: 0 | 1, body: string }): string {
    const sessions = this.#sessions.get(senderKey) ?? []
    this.#sessions.set(senderKey, sessions)
    const known = type === 0 ? sessions.find((session) => session.matches_inbound_from(senderKey, body)) : undefined
    if (type === 0 && known === undefined) {
      const session = new Olm.Session()
      session.create_inbound_from(this.#account, senderKey, body)
      const plaintext = session.decrypt(type, body)
      this.#account.remove_one_time_keys(session)
      sessions.unshift(session)
      return plaintext
    }
    for (const session of known === undefined ? sessions : [known]) {
      try {
        const plaintext = session.decrypt(type, body)
        sessions.sort((one, other) => Number(other === session) - Number(one === session))
        return plaintext
      } catch (error) {
        if (session === (known ?? sessions.at(-1))) throw error
      }
    }
    throw new Error('There is no session for it')
  }

  #takeRoomKey({ room_id: roomId, session_id: sessionId, session_key: sessionKey }: Json): void {
    const session = new Olm.InboundGroupSession()
    session.create(sessionKey as string)
    const name = `${roomId} ${sessionId}`
    const known = this.#inbound.get(name)
    if (known === undefined || session.first_known_index() < known.first_known_index()) this.#inbound.set(name, session)
  }

  #renew(roomId: string): Outbound {
    const outbound = { session: new Olm.OutboundGroupSession(), sharedWith: new Map<string, KnownDevice>() }
    outbound.session.create()
    this.#outbound.set(roomId, outbound)
    this.#takeRoomKey(this.roomKeyOf(roomId))
    return outbound
  }

  #getOutbound(roomId: string): Outbound {
    const outbound = this.#outbound.get(roomId)
    if (outbound === undefined) throw new Error('The room has no key')
    return outbound
  }

  #formatKeys(text: string, more: Json): Json {
    const { curve25519 = {} } = JSON.parse(text) as { curve25519?: Record<string, string> }
    return Object.fromEntries(Object.entries(curve25519).map(([id, key]) => [`signed_curve25519:${id}`, this.#sign({ key, ...more })]))
  }

  #sign(object: Json): Json {
    const signature = this.#account.sign(canonicalJson(object as JsonObject))
    return { ...object, signatures: { [this.#userId]: { [`ed25519:${this.#deviceId}`]: signature } } }
  }

  #isSigned({ signatures, unsigned: _, ...object }: Json, userId: string, deviceId: string, ed25519: string): boolean {
    try {
      this.#utility.ed25519_verify(ed25519, canonicalJson(object as JsonObject), signatures[userId][`ed25519:${deviceId}`] as string)
      return true
    } catch {
      return false
    }
  }
}
