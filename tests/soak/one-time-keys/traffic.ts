import { Homeserver } from '../../../bench/homeserver.ts'
import { Dice } from '../dice.ts'
import type { SoakTarget } from '../soak.ts'
import { KeyClaimer } from './claimer.ts'
import { checkKeys, summarizeKeys, type KeyFindings, type KeyLedger } from './key-ledger.ts'
import { ALGORITHMS, KeyOwner, pileOf } from './owner.ts'

export interface KeyReport extends KeyFindings {
  readonly ledger: KeyLedger
  readonly summary: string
}

const OWNERS = 2
const DEVICES_EACH = 2

/** Devices that upload one-time keys, and others that claim them at any address of the server. */
export class KeyTraffic {
  readonly #owners: readonly KeyOwner[]
  readonly #claimers: readonly KeyClaimer[]
  readonly #running: Promise<unknown>

  static async start(target: SoakTarget, { seed, claimers }: { readonly seed: number, readonly claimers: number }): Promise<KeyTraffic> {
    const servers = target.urls.map((url) => new Homeserver(url, target.sharedSecret))
    const [server] = servers
    if (server === undefined) throw new Error('The server has no address')
    const connection = server.connect()
    const owners: KeyOwner[] = []
    for (let user = 0; user < OWNERS; user += 1) {
      const account = await server.register(connection, `owner${user}`)
      for (let device = 0; device < DEVICES_EACH; device += 1) {
        owners.push(await KeyOwner.create(servers, account, new Dice(seed + owners.length + 1)))
      }
    }
    const made: KeyClaimer[] = []
    for (let user = 0; user < claimers; user += 1) {
      const account = await server.register(connection, `claimer${user}`)
      made.push(new KeyClaimer(servers, account, new Dice(seed + owners.length + user + 1)))
    }
    connection.close()
    return new KeyTraffic(owners, made)
  }

  constructor(owners: readonly KeyOwner[], claimers: readonly KeyClaimer[]) {
    this.#owners = owners
    this.#claimers = claimers
    const devices = owners.map(({ account }) => account)
    this.#running = Promise.all([...owners.map((owner) => owner.run()), ...claimers.map((claimer) => claimer.run(devices))])
    // If one of them fails while the faults go on, `end` throws its error, and it is no unhandled rejection.
    this.#running.catch(() => {})
  }

  /** Lets what is on its way come to its end, takes what is left, and checks all of it. The server has to be at work. */
  async end(): Promise<KeyReport> {
    for (const one of [...this.#owners, ...this.#claimers]) one.stop()
    await this.#running
    const ends = (await Promise.all(this.#owners.map((owner) => this.#drain(owner)))).flat()
    for (const owner of this.#owners) owner.close()
    const uploaded = new Map(this.#owners.flatMap((owner) => [...owner.uploaded]))
    const ledger: KeyLedger = { uploaded, claims: this.#claimers.flatMap(({ claims }) => claims), ends }
    const found = checkKeys(ledger)
    return { ...found, ledger, summary: summarizeKeys(ledger, found) }
  }

  /** Takes what is left when all is quiet, and compares it with what the device is told, before and after. */
  async #drain(owner: KeyOwner): Promise<KeyLedger['ends']> {
    const [claimer] = this.#claimers
    if (claimer === undefined) throw new Error('Nobody claims')
    const { userId, deviceId } = owner.account
    const before = await owner.readCounts()
    const taken = await Promise.all(ALGORITHMS.map(async (algorithm) => {
      const pile = pileOf(userId, deviceId, algorithm)
      return { pile, told: before.get(pile) ?? -1, drained: await claimer.drain(owner.account, algorithm) }
    }))
    const after = await owner.readCounts()
    return [...taken, ...[...after].map(([pile, told]) => ({ pile, told, drained: 0 }))]
  }
}
