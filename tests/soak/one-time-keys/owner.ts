import { randomBytes } from 'node:crypto'
import { login, type Account, type Homeserver } from '../../../bench/homeserver.ts'
import { sleep } from '../../../bench/parallel.ts'
import type { Dice } from '../dice.ts'
import { PersistentClient } from '../persistent-client.ts'
import type { Pile } from './key-ledger.ts'

export const ALGORITHMS = ['signed_curve25519', 'curve25519'] as const
const UPLOAD = '/_matrix/client/v3/keys/upload'
const ENOUGH = 30
const PAUSE_MS = 20

export const pileOf = (userId: string, deviceId: string, algorithm: string): Pile => JSON.stringify([userId, deviceId, algorithm])

type Keys = Readonly<Record<string, object>>

/** A device that uploads keys as they are used up, each upload until it is answered, and some once more. */
export class KeyOwner {
  readonly account: Account
  /** By pile, in the order of upload. */
  readonly uploaded = new Map<Pile, Map<string, string>>()
  readonly #clients: readonly PersistentClient[]
  readonly #dice: Dice
  readonly #earlier: Keys[] = []
  #made = 0
  #isStopped = false

  static async create(servers: readonly Homeserver[], user: Account, dice: Dice): Promise<KeyOwner> {
    const [server] = servers
    if (server === undefined) throw new Error('The server has no address')
    const connection = server.connect()
    const account = await login(connection, user)
    connection.close()
    return new KeyOwner(servers, account, dice)
  }

  constructor(servers: readonly Homeserver[], account: Account, dice: Dice) {
    this.account = account
    this.#dice = dice
    // The second asks the other process first.
    this.#clients = [new PersistentClient(servers, account), new PersistentClient(servers.toReversed(), account)]
    for (const algorithm of ALGORITHMS) this.uploaded.set(pileOf(account.userId, account.deviceId, algorithm), new Map())
  }

  async run(): Promise<void> {
    for (let left = 0; !this.#isStopped;) {
      if (left > ENOUGH) await sleep(PAUSE_MS)
      else left = await this.#upload(this.#make())
      const earlier = this.#earlier[Math.floor(this.#dice.next() * this.#earlier.length)]
      if (earlier !== undefined && (left > ENOUGH || this.#dice.next() < 0.4)) left = await this.#upload(earlier)
    }
  }

  stop(): void {
    this.#isStopped = true
  }

  /** What a sync says is left, by pile. */
  async readCounts(): Promise<Map<Pile, number>> {
    const { userId, deviceId } = this.account
    const { json } = await this.#client(0).ask('GET', '/_matrix/client/v3/sync?timeout=0')
    const counts = json['device_one_time_keys_count'] as Record<string, number>
    return new Map(ALGORITHMS.map((algorithm) => [pileOf(userId, deviceId, algorithm), counts[algorithm] ?? 0]))
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }

  #make(): Keys {
    const { userId, deviceId } = this.account
    const count = Math.floor(this.#dice.between(5, 25))
    const keys = Object.fromEntries(Array.from({ length: count }, () => {
      const algorithm = ALGORITHMS[this.#made % 2] ?? ALGORITHMS[0]
      const name = `${algorithm}:${this.#made.toString(36)}`
      this.#made += 1
      const key = { key: randomBytes(32).toString('base64'), signatures: { [userId]: { [`ed25519:${deviceId}`]: 'x' } } }
      this.uploaded.get(pileOf(userId, deviceId, algorithm))?.set(name, key.key)
      return [name, key]
    }))
    this.#earlier.push(keys)
    return keys
  }

  /** Now and then twice at the same time, as a client does that has lost patience. Gives how many are left of the device. */
  async #upload(keys: Keys): Promise<number> {
    const again = this.#dice.next() < 0.3 ? this.#client(1).ask('POST', UPLOAD, { one_time_keys: keys }) : undefined
    const [{ json }] = await Promise.all([this.#client(0).ask('POST', UPLOAD, { one_time_keys: keys }), again])
    return Object.values(json['one_time_key_counts'] as Record<string, number>).reduce((sum, count) => sum + count, 0)
  }

  #client(index: 0 | 1): PersistentClient {
    const client = this.#clients[index]
    if (client === undefined) throw new Error('There is no such client')
    return client
  }
}
