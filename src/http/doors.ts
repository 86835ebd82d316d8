import type { Listener } from '../config/config.ts'
import type { ListenerResource } from '../config/sections/listeners.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import { openListener, openTlsListener, type OpenListener, type RequestListener, type UpgradeListener } from './listener.ts'

/** What is done with all that comes in at a listener. */
export interface Answering {
  readonly onRequest: RequestListener
  readonly onUpgrade: UpgradeListener
}

/** Who lives behind the doors: the front of the house, or one that hands everything on to another process. */
export interface Tenant {
  answering(resources: readonly ListenerResource[]): Answering
}

export type Address = Pick<OpenListener, 'url' | 'port'>

interface Door {
  readonly listener: OpenListener
  readonly resources: readonly ListenerResource[]
  turnTo(answering: Answering): void
}

/** What certificates are looked after with. */
interface Upkeep { readonly clock: Clock, readonly log: Log }

/** The listeners of the configuration. They stay open when the tenant changes, so that nobody is turned away meanwhile. */
export class Doors {
  readonly #listeners: readonly Listener[]
  readonly #upkeep: Upkeep
  #open: readonly Door[] = []

  constructor(listeners: readonly Listener[], upkeep: Upkeep) {
    this.#listeners = listeners
    this.#upkeep = upkeep
  }

  /** From now on this tenant answers. The doors are opened for the first one, in the order of the configuration. */
  async letIn(tenant: Tenant): Promise<readonly Address[]> {
    for (const door of this.#open) door.turnTo(tenant.answering(door.resources))
    for (const listener of this.#listeners.slice(this.#open.length)) {
      this.#open = [...this.#open, await openDoor(listener, tenant, this.#upkeep)]
    }
    return this.#open.map(({ listener: { url, port } }) => ({ url, port }))
  }

  /** Takes nothing new; resolves when the last connection is gone. */
  async close(): Promise<void> {
    await Promise.all(this.#open.map(({ listener }) => listener.close()))
  }

  /** Cuts what is left. */
  cut(): void {
    for (const { listener } of this.#open) listener.cut()
  }
}

async function openDoor(listener: Listener, tenant: Tenant, upkeep: Upkeep): Promise<Door> {
  let answering = tenant.answering(listener.resources)
  const onRequest: RequestListener = (req, res) => answering.onRequest(req, res)
  const onUpgrade: UpgradeListener = (req, socket, head) => answering.onUpgrade(req, socket, head)
  const opened = listener.tls === undefined
    ? await openListener(listener, onRequest, onUpgrade)
    : await openTlsListener(listener, listener.tls, onRequest, onUpgrade, upkeep)
  return {
    listener: opened,
    resources: listener.resources,
    turnTo(next) {
      answering = next
    },
  }
}
