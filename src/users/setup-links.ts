import { forbidden, MatrixError } from '../matrix/errors.ts'
import type { Db } from '../store/database.ts'
import { isOpenSetupLink, replaceSetupLink, useSetupLink } from '../store/users/setup-links.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { Accounts } from './accounts.ts'
import { digestOf, newSecret } from './secret.ts'

export type SetupOutcome = { readonly ok: true, readonly userId: string } | { readonly ok: false, readonly message: string }

const USED_UP = {
  ok: false,
  message: 'This link has been used, or there is an administrator already. While there is none, each start prints a new link.',
} as const

/** The link, printed at the start, that makes the first admin account. */
export class SetupLinks {
  readonly #db: Db
  readonly #clock: Clock
  readonly #random: Random
  readonly #accounts: Accounts

  constructor(options: { db: Db, clock: Clock, random: Random, accounts: Accounts }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#random = options.random
    this.#accounts = options.accounts
  }

  /** The secret of a new link while there is no admin; older links are void, for only their digests are known. */
  async createIfNeeded(): Promise<string | undefined> {
    if (await this.#accounts.hasAdmin()) return undefined
    const { secret, digest } = newSecret('setup', this.#random)
    await replaceSetupLink(this.#db, digest, this.#clock.now())
    return secret
  }

  async isOpen(secret: string): Promise<boolean> {
    return await isOpenSetupLink(this.#db, digestOf(secret)) && !await this.#accounts.hasAdmin()
  }

  /** Makes the admin account and ends the link, both or neither. The answer is the new user's id, or what is wrong. */
  async create(secret: string, { localpart, password }: { localpart: string, password: string }): Promise<SetupOutcome> {
    if (!await this.isOpen(secret)) return USED_UP
    try {
      const wish = { userId: this.#accounts.newUserIdOf(localpart), password, isAdmin: true }
      return await this.#accounts.createWith<SetupOutcome>(wish, async (trx, { userId }) => {
        if (!await useSetupLink(trx, digestOf(secret), this.#clock.now())) throw forbidden(USED_UP.message)
        return { ok: true, userId }
      })
    } catch (error) {
      if (error instanceof MatrixError) return { ok: false, message: error.message }
      throw error
    }
  }
}
