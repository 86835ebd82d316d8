import type { Account, Homeserver } from '../../../bench/homeserver.ts'
import { sleep } from '../../../bench/parallel.ts'
import type { Dice } from '../dice.ts'
import type { Claim } from './key-ledger.ts'
import { ALGORITHMS, pileOf } from './owner.ts'

type Device = Pick<Account, 'userId' | 'deviceId'>
type Given = Record<string, Record<string, Record<string, { key: string }>>>

const PATIENCE_MS = 500
const UNHEARD_MAX = 5

/** Claims one key after the other, at either process, and asks for none a second time. */
export class KeyClaimer {
  readonly claims: Claim[] = []
  readonly #servers: readonly Homeserver[]
  readonly #account: Account
  readonly #dice: Dice
  readonly #unheard = new Set<Promise<unknown>>()
  #isStopped = false

  constructor(servers: readonly Homeserver[], account: Account, dice: Dice) {
    this.#servers = servers
    this.#account = account
    this.#dice = dice
  }

  async run(devices: readonly Device[]): Promise<void> {
    while (!this.#isStopped) {
      // A process that is paused does not answer: others are asked meanwhile.
      if (this.#unheard.size < UNHEARD_MAX) await Promise.race([this.#claimAny(devices), sleep(PATIENCE_MS)])
      else await Promise.race(this.#unheard)
      if (this.claims.at(-1)?.given === undefined) await sleep(PATIENCE_MS / 10)
    }
    await Promise.all(this.#unheard)
  }

  stop(): void {
    this.#isStopped = true
  }

  /** Claims what is left of an algorithm; gives how much it was. */
  async drain(device: Device, algorithm: string): Promise<number> {
    for (let count = 0; ; count += 1) {
      const [claim] = await this.#claim([device], algorithm)
      if (claim?.given === undefined) throw new Error('A claim broke off though the server was at work')
      if (claim.given === null) return count
    }
  }

  #claimAny(devices: readonly Device[]): Promise<unknown> {
    const one = devices[Math.floor(this.#dice.next() * devices.length)]
    const wanted = this.#dice.next() < 0.2 ? devices : devices.filter((device) => device === one)
    const claiming = this.#claim(wanted, ALGORITHMS[this.#dice.next() < 0.5 ? 0 : 1])
    this.#unheard.add(claiming)
    void claiming.then(() => this.#unheard.delete(claiming))
    return claiming
  }

  async #claim(devices: readonly Device[], algorithm: string): Promise<readonly Claim[]> {
    const wishes: Record<string, Record<string, string>> = {}
    for (const { userId, deviceId } of devices) {
      const ofUser = wishes[userId] ??= {}
      ofUser[deviceId] = algorithm
    }
    const server = this.#servers[Math.floor(this.#dice.next() * this.#servers.length)]
    if (server === undefined) throw new Error('The server has no address')
    const startedMs = performance.now()
    // On a connection of its own, since one that is used again may send a request a second time.
    const client = server.connect(this.#account)
    const answer = await client.ask('POST', '/_matrix/client/v3/keys/claim', { one_time_keys: wishes }).catch(() => undefined)
    client.close()
    const endedMs = performance.now()
    const given = answer?.status === 200 ? (JSON.parse(answer.body.toString()) as { one_time_keys: Given }).one_time_keys : undefined
    const claims = devices.map(({ userId, deviceId }): Claim => {
      const [key] = Object.entries(given?.[userId]?.[deviceId] ?? {})
      const found = key === undefined ? null : { name: key[0], content: key[1].key }
      return { pile: pileOf(userId, deviceId, algorithm), startedMs, endedMs, given: given === undefined ? undefined : found }
    })
    this.claims.push(...claims)
    return claims
  }
}
