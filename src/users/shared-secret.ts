import { createHmac, timingSafeEqual } from 'node:crypto'
import { forbidden, invalidParam, MatrixError } from '../matrix/errors.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { Accounts } from './accounts.ts'
import { checkDisplayName } from './profiles.ts'
import type { Registered } from './registration.ts'
import { checkDeviceId, type Sessions } from './sessions.ts'

export interface SharedSecretRequest {
  readonly nonce: string
  readonly username: string
  readonly password: string
  readonly mac: string
  readonly admin?: boolean
  readonly displayname?: string
  readonly user_type?: string | null
  readonly device_id?: string
  readonly initial_device_display_name?: string
  readonly inhibit_login?: boolean
}

const NONCE_LIFETIME_MS = 60_000
const NONCES_MAX = 10_000

/** Lets scripts that know the operator's secret make accounts, in the way that Synapse's users know. */
export class SharedSecretRegistration {
  readonly #clock: Clock
  readonly #random: Random
  readonly #accounts: Accounts
  readonly #sessions: Sessions
  readonly #secret: string | undefined
  readonly #nonces = new Map<string, number>()

  constructor(options: { clock: Clock, random: Random, accounts: Accounts, sessions: Sessions, secret: string | undefined }) {
    this.#clock = options.clock
    this.#random = options.random
    this.#accounts = options.accounts
    this.#sessions = options.sessions
    this.#secret = options.secret
  }

  /** A word to sign, good once and for a minute. Errors: M_UNKNOWN where the operator has set no secret. */
  newNonce(): string {
    this.#getSecret()
    const now = this.#clock.now()
    for (const [nonce, expiresAt] of this.#nonces) {
      if (expiresAt > now && this.#nonces.size < NONCES_MAX) break
      this.#nonces.delete(nonce)
    }
    const nonce = this.#random.bytes(32).toString('hex')
    this.#nonces.set(nonce, now + NONCE_LIFETIME_MS)
    return nonce
  }

  /**
   * Makes an account for who has signed the nonce and what is wanted with the secret.
   * Errors: M_FORBIDDEN for a bad signature, M_UNKNOWN for a bad nonce, M_INVALID_USERNAME, M_USER_IN_USE, M_WEAK_PASSWORD,
   * M_INVALID_PARAM.
   */
  async register(request: SharedSecretRequest): Promise<Registered> {
    const secret = this.#getSecret()
    const expiresAt = this.#nonces.get(request.nonce)
    this.#nonces.delete(request.nonce)
    if (expiresAt === undefined || expiresAt <= this.#clock.now()) {
      throw new MatrixError('M_UNKNOWN', 'The nonce is not known, or no longer.')
    }
    // It stands between the parts of what is signed.
    if (`${request.username}${request.password}`.includes('\0')) throw invalidParam('A username or a password cannot hold NUL.')
    if (!isSigned(request, secret)) throw forbidden('The signature is wrong.')
    return this.#make(request)
  }

  #make(request: SharedSecretRequest): Promise<Registered> {
    if (request.device_id !== undefined) checkDeviceId(request.device_id)
    if (request.displayname !== undefined) checkDisplayName(request.displayname)
    const wish = {
      userId: this.#accounts.newUserIdOf(request.username), password: request.password, isAdmin: request.admin ?? false,
      displayName: request.displayname,
    }
    return this.#accounts.createWith<Registered>(wish, (trx, { user, userId }) => {
      if (request.inhibit_login === true) return Promise.resolve({ user_id: userId, home_server: this.#accounts.serverName })
      return this.#sessions.openWithin(trx, {
        user, userId, deviceId: request.device_id, displayName: request.initial_device_display_name,
      })
    })
  }

  #getSecret(): string {
    if (this.#secret === undefined || this.#secret === '') {
      throw new MatrixError('M_UNKNOWN', 'Registration by a shared secret is not set up here.')
    }
    return this.#secret
  }
}

function isSigned({ nonce, username, password, admin, user_type: userType, mac }: SharedSecretRequest, secret: string): boolean {
  const parts = [nonce, username, password, admin === true ? 'admin' : 'notadmin', ...(userType ? [userType] : [])]
  const expected = createHmac('sha1', secret).update(parts.join('\0')).digest()
  const given = Buffer.from(mac, 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
