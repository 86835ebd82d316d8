import type { Encryption } from '../encryption/encryption.ts'
import type { ApplicationServices } from '../users/application-services.ts'
import { Composer, type ComposerParts } from './compose.ts'
import { Ping } from './ping.ts'
import { AppserviceQueue, type QueueParts } from './queue.ts'
import { ThirdParties } from './third-parties.ts'

export interface AppserviceParts extends ComposerParts, Omit<QueueParts, 'toDevice'> {
  readonly appservices: ApplicationServices
  readonly encryption: Pick<Encryption, 'toDevice' | 'keyCounts'>
}

/** What others need of it. */
export interface Appservices {
  readonly appserviceQueues: AppserviceQueues
  readonly appservicePing: Ping
  readonly thirdParties: ThirdParties
}

/** Builds what tells application services what happens and asks them what they know. */
export function buildAppservices(parts: AppserviceParts): Appservices {
  const appserviceQueues = new AppserviceQueues(parts)
  return { appserviceQueues, appservicePing: new Ping({ ...parts, queues: appserviceQueues }), thirdParties: new ThirdParties(parts) }
}

/** The queue of each application service that has a URL. */
export class AppserviceQueues {
  readonly #parts: AppserviceParts
  #queues: readonly AppserviceQueue[] = []

  constructor(parts: AppserviceParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    const parts = { ...this.#parts, toDevice: this.#parts.encryption.toDevice }
    const services = parts.appservices.all.filter(({ registration }) => registration.url !== undefined)
    this.#queues = await Promise.all(services.map(async (service) => (
      AppserviceQueue.open(parts, service, await Composer.open(parts, service))
    )))
    for (const queue of this.#queues) queue.start()
  }

  /** Sends what waits for an application service that has come back. */
  retryNow(appserviceId: string): void {
    this.#queues.find(({ service }) => service.id === appserviceId)?.retryNow()
  }

  /** Resolves when everything is sent that can be sent now. */
  async settled(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.settled()))
  }

  async close(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.close()))
  }
}
