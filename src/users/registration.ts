import type { Config } from '../config/config.ts'
import { forbidden, MatrixError, missingParam } from '../matrix/errors.ts'
import type { Db } from '../store/database.ts'
import { insertRegistrationToken, isUsableRegistrationToken, type RegistrationToken } from '../store/users/registration-tokens.ts'
import type { Clock } from '../util/clock.ts'
import type { Accounts } from './accounts.ts'
import { getByToken, type ApplicationServices } from './application-services.ts'
import { checkNewPassword } from './passwords.ts'
import { checkDeviceId, type OpenedSession, type Sessions } from './sessions.ts'
import type { AuthData, Flow, UserInteractiveAuth } from './uia.ts'

export interface RegistrationRequest {
  readonly auth?: AuthData
  readonly type?: string
  readonly username?: string
  readonly password?: string
  readonly device_id?: string
  readonly initial_device_display_name?: string
  readonly inhibit_login?: boolean
  readonly refresh_token?: boolean
}

export type Registered = OpenedSession | { readonly user_id: string, readonly home_server: string }

/** How people make accounts by themselves (Client-Server API, Account registration). */
export class Registration {
  readonly #db: Db
  readonly #clock: Clock
  readonly #accounts: Accounts
  readonly #sessions: Sessions
  readonly #uia: UserInteractiveAuth
  readonly #services: ApplicationServices
  readonly #config: Config['registration']

  constructor(options: {
    db: Db, clock: Clock, accounts: Accounts, sessions: Sessions, uia: UserInteractiveAuth, appservices: ApplicationServices,
    config: Config['registration'],
  }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#accounts = options.accounts
    this.#sessions = options.sessions
    this.#uia = options.uia
    this.#services = options.appservices
    this.#config = options.config
  }

  /**
   * Makes an account for who completes the flow that the operator wants.
   * Errors: M_FORBIDDEN where registration is closed, M_INVALID_USERNAME, M_USER_IN_USE, M_EXCLUSIVE, M_MISSING_PARAM, M_WEAK_PASSWORD,
   * M_INVALID_PARAM, and the 401 of user-interactive authentication.
   */
  async register(request: RegistrationRequest): Promise<Registered> {
    if (!this.#config.enabled) throw forbidden('Registration is closed on this server.')
    const { username, password } = request
    // What is wrong with the name is said before anybody has to authenticate, and looked at again at the end.
    const userId = this.#accounts.newUserIdOf(username)
    if (username !== undefined) await this.#checkAvailable(userId)
    if (request.device_id !== undefined) checkDeviceId(request.device_id)
    if (password !== undefined) checkNewPassword(password)
    const proof = await this.#uia.authenticate({ operation: 'register', flows: [this.#flow()], auth: request.auth })
    if (password === undefined) throw missingParam('The password is missing.')
    await this.#uia.finish(proof)
    const termsAccepted = proof.completed.includes('m.login.terms') ? this.#versionsOfPolicies() : undefined
    return this.#make({ userId, password, termsAccepted }, request)
  }

  /** Lets a guest in: everything but the name of the device is ignored. Errors: M_FORBIDDEN where guests are not let in. */
  async registerGuest({ initial_device_display_name: displayName }: RegistrationRequest): Promise<Registered> {
    if (!this.#config.guests) throw forbidden('This server lets no guests in.')
    const wish = { userId: this.#accounts.newUserIdOf(undefined), kind: 'guest' as const }
    return this.#make(wish, displayName === undefined ? {} : { initial_device_display_name: displayName })
  }

  /**
   * Makes an account for an application service, in its own part of the names (Application Service API, Server admin style
   * permissions). Errors: M_MISSING_TOKEN, M_UNKNOWN_TOKEN, M_MISSING_PARAM, M_INVALID_USERNAME, M_EXCLUSIVE, M_USER_IN_USE.
   */
  async registerForService(request: RegistrationRequest, token: string | undefined): Promise<Registered> {
    const service = getByToken(this.#services, token)
    if (request.username === undefined) throw missingParam('The username is missing.')
    const userId = this.#accounts.newUserIdOf(request.username)
    if (!service.ownsUser(userId)) throw exclusive(`${userId} is not a user of this application service.`)
    if (request.device_id !== undefined) checkDeviceId(request.device_id)
    return this.#make({ userId, kind: 'appservice' }, request)
  }

  /** Makes the accounts of the application services' own users, where they are not there yet. */
  async registerSenders(): Promise<void> {
    for (const { senderId } of this.#services.all) {
      if (await this.#accounts.find(senderId) === undefined) await this.#accounts.create({ userId: senderId, kind: 'appservice' })
    }
  }

  /** Whether a new account can have the name. Errors: M_INVALID_USERNAME, M_USER_IN_USE, M_EXCLUSIVE. */
  async checkUsername(username: string): Promise<void> {
    await this.#checkAvailable(this.#accounts.newUserIdOf(username))
  }

  isTokenGood(token: string): Promise<boolean> {
    return isUsableRegistrationToken(this.#db, token, this.#clock.now())
  }

  /** Makes a registration token; false if there is one of that name. */
  createToken(token: RegistrationToken): Promise<boolean> {
    return insertRegistrationToken(this.#db, token)
  }

  /** Some names are kept for application services (Application Service API, Registration). */
  async #checkAvailable(userId: string): Promise<void> {
    if (this.#services.findClaimant('users', userId) !== undefined) throw exclusive('That username is kept for an application service.')
    await this.#accounts.checkAvailable(userId)
  }

  async #make(wish: Parameters<Accounts['create']>[0], request: RegistrationRequest): Promise<Registered> {
    if (request.inhibit_login === true) {
      const { userId } = await this.#accounts.create(wish)
      return { user_id: userId, home_server: this.#accounts.serverName }
    }
    return this.#accounts.createWith(wish, (trx, { user, userId }) => this.#sessions.openWithin(trx, {
      user, userId, deviceId: request.device_id, displayName: request.initial_device_display_name, refreshable: request.refresh_token,
    }))
  }

  #flow(): Flow {
    const stages = [
      ...(this.#config.tokensRequired ? ['m.login.registration_token'] : []),
      ...(this.#config.policies.length > 0 ? ['m.login.terms'] : []),
    ]
    return stages.length > 0 ? stages : ['m.login.dummy']
  }

  #versionsOfPolicies(): Record<string, string> {
    return Object.fromEntries(this.#config.policies.map(({ id, version }) => [id, version]))
  }
}

const exclusive = (message: string): MatrixError => new MatrixError('M_EXCLUSIVE', message)
