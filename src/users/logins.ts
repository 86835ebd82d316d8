import { forbidden, MatrixError, missingParam } from '../matrix/errors.ts'
import type { JsonObject } from '../matrix/json.ts'
import type { Account } from '../store/users/accounts.ts'
import type { Db } from '../store/database.ts'
import { deleteExpiredTokens, insertLoginToken, takeLoginToken } from '../store/users/tokens.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import { checkOpen, type Accounts } from './accounts.ts'
import { getByToken, type ApplicationServices } from './application-services.ts'
import { findLoginName } from './login-name.ts'
import type { LoginLimits } from './login-limits.ts'
import { digestOf, newSecret } from './secret.ts'
import { checkDeviceId, type OpenedSession, type Sessions } from './sessions.ts'

export type LoginRequest = {
  readonly type: string
  readonly identifier?: JsonObject
  readonly user?: string
  readonly medium?: string
  readonly address?: string
  readonly password?: string
  readonly token?: string
  readonly device_id?: string
  readonly initial_device_display_name?: string
  readonly refresh_token?: boolean
}

const LOGIN_TOKEN_LIFETIME_MS = 120_000

/** The ways to log in (Client-Server API, Legacy login). */
export class Logins {
  readonly #db: Db
  readonly #clock: Clock
  readonly #random: Random
  readonly #accounts: Accounts
  readonly #sessions: Sessions
  readonly #limits: LoginLimits
  readonly #services: ApplicationServices

  constructor(options: {
    db: Db, clock: Clock, random: Random, accounts: Accounts, sessions: Sessions, limits: LoginLimits, appservices: ApplicationServices,
  }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#random = options.random
    this.#accounts = options.accounts
    this.#sessions = options.sessions
    this.#limits = options.limits
    this.#services = options.appservices
  }

  /**
   * Opens a session for who proves who they are; an application service does so for its users, with its own token. A wrong
   * password and an unknown name get the same answer after the same time. Errors: M_FORBIDDEN, M_USER_DEACTIVATED,
   * M_USER_LOCKED, M_LIMIT_EXCEEDED, M_INVALID_PARAM, M_MISSING_PARAM, M_EXCLUSIVE, M_UNKNOWN for a type of login that is not served.
   */
  async login(request: LoginRequest, accessToken?: string): Promise<OpenedSession> {
    if (request.device_id !== undefined) checkDeviceId(request.device_id)
    const { user, userId } = await this.#identify(request, accessToken)
    return this.#sessions.open({
      user, userId, deviceId: request.device_id, displayName: request.initial_device_display_name, refreshable: request.refresh_token,
    })
  }

  /** A token by which another client can log in as the same user, once. */
  async issueLoginToken(user: number): Promise<{ login_token: string, expires_in_ms: number }> {
    const now = this.#clock.now()
    const { secret, digest } = newSecret('login', this.#random)
    await deleteExpiredTokens(this.#db, now)
    await insertLoginToken(this.#db, { digest, user, expiresAt: now + LOGIN_TOKEN_LIFETIME_MS })
    return { login_token: secret, expires_in_ms: LOGIN_TOKEN_LIFETIME_MS }
  }

  #identify(request: LoginRequest, accessToken: string | undefined): Promise<Account> {
    switch (request.type) {
      case 'm.login.password':
        return this.#byPassword(request)
      case 'm.login.token':
        return this.#byToken(request.token)
      case 'm.login.application_service':
        return this.#byService(request, accessToken)
      default:
        throw new MatrixError('M_UNKNOWN', 'One cannot log in here in that way.')
    }
  }

  async #byPassword(request: LoginRequest): Promise<Account> {
    const name = findLoginName(request)
    if (name === undefined) throw missingParam('It is not said who logs in.')
    if (request.password === undefined) throw missingParam('The password is missing.')
    const userId = this.#accounts.ownUserIdOf(name)
    const limited = userId ?? name.slice(0, 255)
    this.#limits.beforeLogin(limited)
    this.#limits.beforePassword(limited)
    const account = await this.#accounts.findByPassword(userId, request.password)
    if (account === undefined) {
      this.#limits.failed(limited)
      const closed = userId === undefined ? undefined : await this.#accounts.find(userId)
      if (closed !== undefined && closed.deactivatedAt !== null) checkOpen(closed)
      throw forbidden('The username or the password is wrong.')
    }
    checkOpen(account)
    return account
  }

  /** Specification: Client-Server API, Appservice Login. */
  async #byService(request: LoginRequest, accessToken: string | undefined): Promise<Account> {
    const service = getByToken(this.#services, accessToken)
    const name = findLoginName(request)
    if (name === undefined) throw missingParam('It is not said who logs in.')
    const userId = this.#accounts.ownUserIdOf(name)
    if (userId === undefined || !service.ownsUser(userId)) {
      throw new MatrixError('M_EXCLUSIVE', 'That is not a user of this application service.')
    }
    const account = await this.#accounts.find(userId)
    if (account === undefined) throw forbidden(`${userId} is not registered.`)
    checkOpen(account)
    return account
  }

  async #byToken(token: string | undefined): Promise<Account> {
    if (token === undefined) throw missingParam('The login token is missing.')
    const taken = await takeLoginToken(this.#db, digestOf(token))
    if (taken === undefined || taken.expiresAt <= this.#clock.now()) throw forbidden('The login token is not good, or no longer.')
    const account = await this.#accounts.get(taken.user)
    checkOpen(account)
    return account
  }
}
