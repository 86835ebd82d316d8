import { serverNameOf } from '../../matrix/ids.ts'
import type { Names } from '../../store/names.ts'
import type { Presence } from '../../users/presence.ts'
import type { Clock } from '../../util/clock.ts'
import type { Log } from '../../util/log.ts'
import type { Outboxes } from './outboxes.ts'
import type { ServersOfUsers } from './servers-of-users.ts'

export interface PresenceSenderParts {
  readonly presence: Presence
  readonly names: Names
  readonly clock: Clock
  readonly log: Log
  readonly serverName: string
  readonly serversOfUsers: ServersOfUsers
  readonly outboxes: Outboxes
}

const GATHER_MS = 1000

/** Tells the servers that share a room with a user of ours whether the user is there (Server-Server API, Presence). */
export class PresenceSender {
  readonly #parts: PresenceSenderParts
  #gathered = new Set<number>()
  #cancelTimer: (() => void) | undefined
  #telling: Promise<void> = Promise.resolve()

  constructor(parts: PresenceSenderParts) {
    this.#parts = parts
  }

  start(): void {
    this.#parts.presence.listen((user) => {
      this.#gathered.add(user)
      this.#cancelTimer ??= this.#parts.clock.setTimer(GATHER_MS, () => void this.flush())
    })
  }

  /** Tells what has been gathered. */
  flush(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#telling = this.#telling.then(() => this.#tell()).catch((error: unknown) => {
      this.#parts.log.info({ error: String(error) }, 'The presence of users was not told to other servers')
    })
    return this.#telling
  }

  async close(): Promise<void> {
    this.#cancelTimer?.()
    await this.#telling
  }

  async #tell(): Promise<void> {
    const { names, presence, serverName, serversOfUsers, outboxes } = this.#parts
    const users = [...this.#gathered]
    this.#gathered = new Set()
    const userIds = await names.userIds(users)
    const own = users.filter((user) => serverNameOf(userIds.get(user) ?? '') === serverName)
    for (const [user, content] of await presence.list(own)) {
      const userId = userIds.get(user) ?? ''
      const push = [{ last_active_ago: 0, ...content, user_id: userId }]
      outboxes.addPassing(await serversOfUsers.list(user), `presence ${userId}`, { edu_type: 'm.presence', content: { push } })
    }
  }
}
