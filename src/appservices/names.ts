import type { Db } from '../store/database.ts'
import { findAccount } from '../store/users/accounts.ts'
import type { ApplicationService, ApplicationServices } from '../users/application-services.ts'
import type { AppserviceRequests } from './requests.ts'

/** Asks application services for names of theirs that nobody here knows: they may make them at that moment. */
export class AppserviceNames {
  readonly #appservices: ApplicationServices
  readonly #requests: AppserviceRequests

  constructor({ appservices, requests }: { readonly appservices: ApplicationServices, readonly requests: AppserviceRequests }) {
    this.#appservices = appservices
    this.#requests = requests
  }

  /** Whether an application service says that there is a room of this alias now (Application Service API, GET /rooms/{roomAlias}). */
  async makesAlias(alias: string): Promise<boolean> {
    for (const service of this.#appservices.all) {
      if (service.ownsAlias(alias) && await this.#requests.find(service, `/rooms/${encodeURIComponent(alias)}`) !== undefined) return true
    }
    return false
  }
}

/** Has an application service make those of its users who are not there yet (Application Service API, GET /users/{userId}). */
export async function makeUsers(
  { db, requests }: { readonly db: Db, readonly requests: AppserviceRequests }, service: ApplicationService, userIds: Iterable<string>,
): Promise<void> {
  await Promise.all([...new Set(userIds)].map(async (userId) => {
    if (await findAccount(db, userId) === undefined) await requests.find(service, `/users/${encodeURIComponent(userId)}`)
  }))
}
