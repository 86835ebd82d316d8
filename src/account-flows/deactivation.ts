import { finishJob, insertJob, listUnfinishedJobs } from '../store/background-jobs.ts'
import type { Db } from '../store/database.ts'
import { deletePersonalRows } from '../store/personal-data.ts'
import { closeAccount } from '../store/users/accounts.ts'
import type { AccessTokens } from '../users/access-tokens.ts'
import type { Profiles } from '../users/profiles.ts'
import type { Sessions } from '../users/sessions.ts'
import type { Clock } from '../util/clock.ts'
import type { Owner, OwnMemberships } from './own-memberships.ts'

interface Job extends Owner { readonly erase: boolean }

const KIND = 'deactivation'

/** Closes accounts for ever (Client-Server API, POST /account/deactivate). */
export class Deactivation {
  readonly #db: Db
  readonly #clock: Clock
  readonly #accessTokens: AccessTokens
  readonly #sessions: Sessions
  readonly #profiles: Profiles
  readonly #memberships: OwnMemberships

  constructor(options: {
    db: Db, clock: Clock, accessTokens: AccessTokens, sessions: Sessions, profiles: Profiles, memberships: OwnMemberships,
  }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#accessTokens = options.accessTokens
    this.#sessions = options.sessions
    this.#profiles = options.profiles
    this.#memberships = options.memberships
  }

  /**
   * Closes an account: nobody can log in any more, every session ends, and the user leaves all rooms. With `erase` what
   * the server keeps of the user goes as well. The account is closed and the rest is noted in one transaction, so that
   * a server that stops in between goes on with it when it starts.
   */
  async deactivate({ user, userId }: Owner, erase: boolean): Promise<void> {
    const job: Job = { user, userId, erase }
    const id = await this.#db.transaction().execute(async (trx) => {
      await closeAccount(trx, user, { erase, now: this.#clock.now() })
      return insertJob(trx, KIND, job, this.#clock.now())
    })
    this.#accessTokens.forgetUser(user)
    await this.#carryOut(id, job)
  }

  /** Goes on with what was not finished when the server last stopped. */
  async resume(): Promise<void> {
    const jobs = await listUnfinishedJobs(this.#db, KIND)
    for (const { id, arguments: text } of jobs) await this.#carryOut(id, JSON.parse(text) as Job)
  }

  async #carryOut(id: number, { user, userId, erase }: Job): Promise<void> {
    await this.#sessions.endAll(user)
    if (erase) await this.#profiles.erase(user)
    await this.#memberships.leaveAll({ user, userId })
    // Leaving writes about the user, so the rest goes after it.
    if (erase) await deletePersonalRows(this.#db, user)
    await finishJob(this.#db, id, this.#clock.now())
  }
}
