import type { Config } from '../config/config.ts'
import { forbidden } from '../matrix/errors.ts'
import type { JsonObject, JsonValue, MutableJsonObject } from '../matrix/json.ts'
import type { Db } from '../store/database.ts'
import { reserveRegistrationToken, settleRegistrationTokens } from '../store/users/registration-tokens.ts'
import {
  completeUiaStage, findUiaSession, insertUiaSession, takeUiaSession, takeUiaSessionsBefore, type UiaSession,
} from '../store/users/uia.ts'
import type { Clock } from '../util/clock.ts'
import { MINUTE_MS } from '../util/durations.ts'
import { randomString, type Random } from '../util/random.ts'
import type { Accounts } from './accounts.ts'
import { findLoginName } from './login-name.ts'
import type { LoginLimits } from './login-limits.ts'
import type { Requester } from './requester.ts'
import { UiaIncomplete, type StageFailure } from './uia-incomplete.ts'

/** What a client says to authenticate itself once more. */
export type AuthData = { readonly type?: string, readonly session?: string } & JsonObject

export type Flow = readonly string[]

type Subject = Pick<Requester, 'user' | 'userId' | 'appservice'> & { readonly deviceId?: string | undefined }

export interface UiaRequest {
  /** A session is good for one operation of one user. */
  readonly operation: string
  readonly requester?: Subject | undefined
  readonly flows: readonly Flow[]
  readonly auth: AuthData | undefined
}

/** The stages of a flow are done. It still has to be spent by `finish`. */
export interface UiaProof {
  readonly request: UiaRequest
  readonly session: string
  readonly completed: readonly string[]
  /** What must be known of the stages later. Never a credential. */
  readonly parameters: Readonly<Record<string, string>>
}

interface StageDone { readonly parameters?: Readonly<Record<string, string>> }

const SESSION_LIFETIME_MS = 15 * MINUTE_MS
const PURGE_EVERY_MS = 60_000
const SESSION_ID_LENGTH = 24

export const PASSWORD_FLOW: readonly Flow[] = [['m.login.password']]

/** User-interactive authentication (Client-Server API, User-Interactive Authentication API). */
export class UserInteractiveAuth {
  readonly #db: Db
  readonly #clock: Clock
  readonly #random: Random
  readonly #accounts: Accounts
  readonly #limits: LoginLimits
  readonly #policies: Config['registration']['policies']
  #purgedAt = -Infinity

  constructor(options: {
    db: Db, clock: Clock, random: Random, accounts: Accounts, limits: LoginLimits, policies: Config['registration']['policies'],
  }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#random = options.random
    this.#accounts = options.accounts
    this.#limits = options.limits
    this.#policies = options.policies
  }

  /**
   * Lets through who has completed a flow, once, and application services, whose tokens are proof enough.
   * Errors: the 401 of the specification (`UiaIncomplete`), M_LIMIT_EXCEEDED.
   */
  async require(request: UiaRequest): Promise<void> {
    if (request.requester?.appservice !== undefined) return
    await this.finish(await this.authenticate(request))
  }

  /**
   * Carries out the stage that the client brings, if any. Returns once a flow is complete; what the client brings may
   * still be found wrong and sent again with the same session, until `finish`.
   */
  async authenticate(request: UiaRequest): Promise<UiaProof> {
    const { auth } = request
    const session = await this.#findSession(request)
    if (session === undefined) {
      const begun = await this.#begin(request)
      if (auth?.session !== undefined) throw this.#incomplete(request, begun, UNKNOWN_SESSION)
      // A client may come with a stage at once, without asking first which there are.
      return this.#advance(request, begun)
    }
    return this.#advance(request, session)
  }

  /** Spends a completed session. */
  async finish({ request, session, parameters }: UiaProof): Promise<void> {
    if (!await takeUiaSession(this.#db, session)) throw this.#incomplete(request, await this.#begin(request), UNKNOWN_SESSION)
    const token = parameters[TOKEN_PARAMETER]
    if (token !== undefined) await settleRegistrationTokens(this.#db, [token], 'completed')
  }

  /** Carries out a stage for a fallback page; undefined if it is done, or why not. */
  async tryStage(session: string, stage: string, input: JsonObject): Promise<StageFailure | undefined> {
    const found = await this.#findLive(session)
    if (found === undefined) return UNKNOWN_SESSION
    const account = found.user === null ? undefined : await this.#accounts.get(found.user)
    const outcome = await this.#perform(stage, { ...input, type: stage }, account)
    if ('errcode' in outcome) return outcome
    await this.#complete(session, stage, outcome)
    return undefined
  }

  /** A stage that was done twice at once counts once. */
  async #complete(session: string, stage: string, { parameters = {} }: StageDone): Promise<void> {
    const isNew = await completeUiaStage(this.#db, session, stage, parameters)
    const token = parameters[TOKEN_PARAMETER]
    if (!isNew && token !== undefined) await settleRegistrationTokens(this.#db, [token], 'released')
  }

  async #advance(request: UiaRequest, session: UiaSession): Promise<UiaProof> {
    const { auth, requester } = request
    let { completed, parameters } = session
    const stage = auth?.type
    if (auth !== undefined && stage !== undefined && !completed.includes(stage)) {
      const known = request.flows.some((flow) => flow.includes(stage))
      const outcome = known ? await this.#perform(stage, auth, requester) : NO_SUCH_STAGE
      if ('errcode' in outcome) throw this.#incomplete(request, session, outcome)
      await this.#complete(session.id, stage, outcome)
      completed = [...completed, stage]
      parameters = { ...parameters, ...outcome.parameters }
    }
    const isComplete = request.flows.some((flow) => flow.every((each) => completed.includes(each)))
    if (!isComplete) throw this.#incomplete(request, { ...session, completed })
    return { request, session: session.id, completed, parameters }
  }

  async #perform(stage: string, auth: AuthData, requester: UiaRequest['requester']): Promise<StageDone | StageFailure> {
    switch (stage) {
      case 'm.login.dummy':
      case 'm.login.terms':
        return {}
      case 'm.login.password':
        return this.#checkPassword(auth, requester)
      case 'm.login.registration_token':
        return this.#checkRegistrationToken(auth)
      default:
        return NO_SUCH_STAGE
    }
  }

  async #checkPassword(auth: AuthData, requester: UiaRequest['requester']): Promise<StageDone | StageFailure> {
    const { password } = auth
    const name = findLoginName(auth)
    if (requester === undefined || typeof password !== 'string') return NO_PASSWORD
    // Without a name the password can only be meant for who asks.
    const userId = name === undefined ? requester.userId : this.#accounts.ownUserIdOf(name)
    if (userId !== requester.userId) throw forbidden('Only who began this can go on with it.')
    this.#limits.beforePassword(userId)
    if (await this.#accounts.findByPassword(userId, password) !== undefined) return {}
    this.#limits.failed(userId)
    return WRONG_PASSWORD
  }

  /**
   * The use is held for this session, so that a token for one account cannot make two (Client-Server API, Token-authenticated
   * registration).
   */
  async #checkRegistrationToken({ token }: AuthData): Promise<StageDone | StageFailure> {
    if (typeof token !== 'string') return { errcode: 'M_MISSING_PARAM', error: 'The registration token is missing.' }
    const isGood = !token.includes('\0') && await reserveRegistrationToken(this.#db, token, this.#clock.now())
    return isGood ? { parameters: { [TOKEN_PARAMETER]: token } } : BAD_TOKEN
  }

  async #findSession({ auth, operation, requester }: UiaRequest): Promise<UiaSession | undefined> {
    if (typeof auth?.session !== 'string') return undefined
    const session = await this.#findLive(auth.session)
    if (session === undefined || session.operation !== operation || session.user !== (requester?.user ?? null)) return undefined
    return session
  }

  async #findLive(id: string): Promise<UiaSession | undefined> {
    const session = id.length === SESSION_ID_LENGTH && !id.includes('\0') ? await findUiaSession(this.#db, id) : undefined
    return session !== undefined && session.createdAt > this.#clock.now() - SESSION_LIFETIME_MS ? session : undefined
  }

  async #begin({ operation, requester }: UiaRequest): Promise<UiaSession> {
    await this.#purge()
    const id = randomString(this.#random, SESSION_ID_LENGTH)
    const now = this.#clock.now()
    await insertUiaSession(this.#db, { id, operation, user: requester?.user, deviceId: requester?.deviceId, now })
    return { id, operation, user: requester?.user ?? null, completed: [], parameters: {}, createdAt: now }
  }

  async #purge(): Promise<void> {
    const now = this.#clock.now()
    if (now - this.#purgedAt < PURGE_EVERY_MS) return
    this.#purgedAt = now
    const expired = await takeUiaSessionsBefore(this.#db, now - SESSION_LIFETIME_MS)
    await settleRegistrationTokens(this.#db, expired.flatMap(({ parameters }) => parameters[TOKEN_PARAMETER] ?? []), 'released')
  }

  #incomplete({ flows }: UiaRequest, { id, completed }: UiaSession, failure?: StageFailure): UiaIncomplete {
    const asksForTerms = flows.some((flow) => flow.includes('m.login.terms'))
    const params: JsonObject = asksForTerms ? { 'm.login.terms': { policies: describePolicies(this.#policies) } } : {}
    return new UiaIncomplete({ session: id, flows: flows.map((stages) => ({ stages })), params, completed }, failure)
  }
}

const TOKEN_PARAMETER = 'registration_token'
const UNKNOWN_SESSION: StageFailure = { errcode: 'M_FORBIDDEN', error: 'This authentication session is not known here, or no longer.' }
const NO_SUCH_STAGE: StageFailure = { errcode: 'M_UNRECOGNIZED', error: 'That is no way to authenticate here.' }
const NO_PASSWORD: StageFailure = { errcode: 'M_MISSING_PARAM', error: 'The password is missing.' }
const BAD_TOKEN: StageFailure = { errcode: 'M_UNAUTHORIZED', error: 'The registration token is not good.' }
const WRONG_PASSWORD: StageFailure = { errcode: 'M_FORBIDDEN', error: 'The password is wrong.' }

/** The documents to agree to, by name, each in its languages (Client-Server API, Terms of service at registration). */
function describePolicies(policies: Config['registration']['policies']): JsonObject {
  const described: Record<string, MutableJsonObject> = {}
  for (const { id, version, language, name, url } of policies) {
    const policy: Record<string, JsonValue> = described[id] ?? { version }
    policy[language] = { name, url }
    described[id] = policy
  }
  return described
}
