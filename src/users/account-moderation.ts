import { forbidden, invalidParam, notFound } from '../matrix/errors.ts'
import { parseUserId } from '../matrix/ids.ts'
import type { Db } from '../store/database.ts'
import type { Account } from '../store/users/accounts.ts'
import { listSightings, type LastSighting } from '../store/users/devices.ts'
import type { Accounts } from './accounts.ts'
import type { Requester } from './requester.ts'
import type { Sightings } from './sightings.ts'

/** What administrators see and decide about the accounts of others (Client-Server API, Server administration). */
export class AccountModeration {
  readonly #db: Db
  readonly #accounts: Accounts
  readonly #sightings: Sightings

  constructor({ db, accounts, sightings }: { db: Db, accounts: Accounts, sightings: Sightings }) {
    this.#db = db
    this.#accounts = accounts
    this.#sightings = sightings
  }

  /**
   * The account that an administrator asks about. Errors: M_FORBIDDEN for who is none, and about another administrator;
   * M_INVALID_PARAM for users of other servers, M_NOT_FOUND.
   */
  async get(requester: Requester, userId: string): Promise<Account> {
    const account = await this.#find(requester, userId)
    if (account.isAdmin && account.user !== requester.user) throw forbidden('That user administrates this server, too.')
    return account
  }

  /** Locks or suspends, or takes it back. Errors: those of `get`; M_FORBIDDEN for one's own account. */
  async set(requester: Requester, userId: string, flags: { locked: boolean } | { suspended: boolean }): Promise<void> {
    const account = await this.get(requester, userId)
    if (account.user === requester.user) throw forbidden('Nobody can lock or suspend themselves.')
    await this.#accounts.setFlags(account.user, flags)
  }

  /**
   * From where the devices of a user were last seen. Everybody may ask about themselves.
   * Errors: M_FORBIDDEN, M_INVALID_PARAM, M_NOT_FOUND.
   */
  async whereSeen(requester: Requester, userId: string): Promise<LastSighting[]> {
    const { user } = userId === requester.userId ? requester : await this.#find(requester, userId)
    await this.#sightings.flush()
    return listSightings(this.#db, user)
  }

  async #find(requester: Requester, userId: string): Promise<Account> {
    // Before anything is looked up, so that nobody else learns who has an account.
    if (!requester.isAdmin) throw forbidden('You do not administrate this server.')
    if (parseUserId(userId)?.serverName !== this.#accounts.serverName) throw invalidParam('That is no user of this server.')
    const account = await this.#accounts.find(userId)
    if (account === undefined || account.deactivatedAt !== null) throw notFound('There is no such account.')
    return account
  }
}
