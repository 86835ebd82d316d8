import { forbidden, MatrixError, notFound } from '../matrix/errors.ts'
import { newUserId, parseUserId } from '../matrix/ids.ts'
import type { Db, Transaction } from '../store/database.ts'
import type { Names } from '../store/names.ts'
import { raiseSessionVersion } from '../store/session-version.ts'
import {
  findAccount, findAccountByNumber, hasAdmin, insertAccount, listAccounts, setAccountFlags, setPasswordHash, type Account,
} from '../store/users/accounts.ts'
import { insertProfile } from '../store/users/profiles.ts'
import { deleteTokens } from '../store/users/tokens.ts'
import type { Clock } from '../util/clock.ts'
import { randomString, type Random } from '../util/random.ts'
import type { AccessTokens } from './access-tokens.ts'
import { checkNewPassword, type Passwords } from './passwords.ts'

export interface AccountWish {
  /** As `newUserIdOf` gives it. */
  readonly userId: string
  /** Without one nobody can log in by password. */
  readonly password?: string | undefined
  readonly kind?: Account['kind']
  readonly isAdmin?: boolean
  /** The localpart unless told. */
  readonly displayName?: string | undefined
  /** The documents that were agreed to: their versions by their names. */
  readonly termsAccepted?: Readonly<Record<string, string>> | undefined
}

export interface NewAccount {
  readonly user: number
  readonly userId: string
}

const GENERATED_NAME_LENGTH = 12
const GENERATED_NAME_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'

/** The people of this server. */
export class Accounts {
  readonly serverName: string
  readonly #db: Db
  readonly #names: Names
  readonly #clock: Clock
  readonly #random: Random
  readonly #passwords: Passwords
  readonly #tokens: AccessTokens

  constructor(options: {
    db: Db, names: Names, clock: Clock, random: Random, passwords: Passwords, tokens: AccessTokens, serverName: string,
  }) {
    this.#db = options.db
    this.#names = options.names
    this.#clock = options.clock
    this.#random = options.random
    this.#passwords = options.passwords
    this.#tokens = options.tokens
    this.serverName = options.serverName
  }

  /**
   * The user id that a wished username gives, or a random one without a wish. Capitals become small, as the
   * specification lets a server map names (Client-Server API, POST /register). Errors: M_INVALID_USERNAME.
   */
  newUserIdOf(username: string | undefined): string {
    const localpart = username?.toLowerCase() ?? randomString(this.#random, GENERATED_NAME_LENGTH, GENERATED_NAME_ALPHABET)
    const userId = newUserId(localpart, this.serverName)
    if (userId === undefined) {
      throw new MatrixError('M_INVALID_USERNAME', 'A username is made of a to z, digits and the characters . _ = - / +, not too many.')
    }
    return userId
  }

  /**
   * The user id that somebody means who logs in with it or with its localpart; undefined if it cannot be one of ours.
   * Capitals are those of a keyboard that begins names with one: no account here has any.
   */
  ownUserIdOf(name: string): string | undefined {
    const parts = parseUserId(name.startsWith('@') ? name : `@${name}:${this.serverName}`)
    if (parts === undefined || parts.serverName !== this.serverName) return undefined
    return `@${parts.localpart.toLowerCase()}:${parts.serverName}`
  }

  /** Errors: M_USER_IN_USE for a name that somebody has or had. */
  async checkAvailable(userId: string): Promise<void> {
    if (await this.find(userId) !== undefined) throw new MatrixError('M_USER_IN_USE', 'That username is taken.')
  }

  /** Makes an account. Errors: M_USER_IN_USE, M_WEAK_PASSWORD, M_INVALID_PARAM for a password that is too long. */
  create(wish: AccountWish): Promise<NewAccount> {
    return this.createWith(wish, (_, account) => Promise.resolve(account))
  }

  /** The same, with something that happens in the same transaction: both, or neither. */
  async createWith<T>(wish: AccountWish, then: (trx: Transaction, account: NewAccount) => Promise<T>): Promise<T> {
    const { userId, password } = wish
    if (password !== undefined) checkNewPassword(password)
    const hash = password === undefined ? null : await this.#passwords.hash(password)
    const user = await this.#names.internUser(userId)
    return this.#db.transaction().execute(async (trx) => {
      const isNew = await insertAccount(trx, {
        user, kind: wish.kind ?? 'user', password: hash, isAdmin: wish.isAdmin ?? false, createdAt: this.#clock.now(),
        termsAccepted: wish.termsAccepted === undefined ? null : JSON.stringify(wish.termsAccepted),
      })
      if (!isNew) throw new MatrixError('M_USER_IN_USE', 'That username is taken.')
      await insertProfile(trx, user, wish.displayName ?? parseUserId(userId)?.localpart ?? null)
      return then(trx, { user, userId })
    })
  }

  find(userId: string): Promise<Account | undefined> {
    return findAccount(this.#db, userId)
  }

  /** The account of somebody who has one. */
  async get(user: number): Promise<Account> {
    const account = await findAccountByNumber(this.#db, user)
    if (account === undefined) throw notFound('There is no such account.')
    return account
  }

  /** Accounts in the order of their user ids, a page at a time. */
  list(page: { after?: string, limit?: number } = {}): Promise<Account[]> {
    return listAccounts(this.#db, page)
  }

  hasAdmin(): Promise<boolean> {
    return hasAdmin(this.#db)
  }

  /** The account if the password is right. It takes as long when nobody has that name. Errors: M_INVALID_PARAM, M_LIMIT_EXCEEDED. */
  async findByPassword(userId: string | undefined, password: string): Promise<Account | undefined> {
    const account = userId === undefined ? undefined : await this.find(userId)
    return await this.#passwords.verify(password, account?.password) ? account : undefined
  }

  /**
   * Gives an account another password. Sessions go on.
   * Errors: M_WEAK_PASSWORD, M_INVALID_PARAM, M_FORBIDDEN for a closed account.
   */
  async setPassword(user: number, password: string): Promise<void> {
    checkNewPassword(password)
    if ((await this.get(user)).deactivatedAt !== null) throw forbidden('This account has been deactivated.')
    await setPasswordHash(this.#db, user, await this.#passwords.hash(password))
  }

  /** Ends every session of a user from beside the server, which looks for that. The devices stay, for the user to remove. */
  async endSessions(user: number): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      await deleteTokens(trx, user)
      await raiseSessionVersion(trx)
    })
    this.#tokens.forgetUser(user)
  }

  /** Locks, suspends or appoints somebody, or takes it back; it counts from the next request on, beside the server within seconds. */
  async setFlags(user: number, flags: { locked?: boolean, suspended?: boolean, isAdmin?: boolean }): Promise<void> {
    const { isAdmin, ...others } = flags
    await this.#db.transaction().execute(async (trx) => {
      await setAccountFlags(trx, user, { ...others, ...(isAdmin === undefined ? {} : { is_admin: isAdmin }) })
      // A command does this beside the server, which remembers whose tokens are good.
      await raiseSessionVersion(trx)
    })
    this.#tokens.forgetUser(user)
  }
}

/** Errors: M_USER_DEACTIVATED, M_USER_LOCKED. */
export function checkOpen(account: Account): void {
  if (account.deactivatedAt !== null) throw new MatrixError('M_USER_DEACTIVATED', 'This account has been deactivated.')
  // The session outlives the lock, so a client must keep what it stores.
  if (account.locked) throw new MatrixError('M_USER_LOCKED', 'This account has been locked.', { fields: { soft_logout: true } })
}
