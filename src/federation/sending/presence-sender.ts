import { serverNameOf } from '../../matrix/ids.ts'
import type { Members } from '../../members/members.ts'
import type { Rooms } from '../../rooms/rooms.ts'
import type { Names } from '../../store/names.ts'
import type { Change } from '../../streams/changes.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Presence } from '../../users/presence.ts'
import type { Clock } from '../../util/clock.ts'
import { MINUTE_MS } from '../../util/durations.ts'
import type { Log } from '../../util/log.ts'
import { Lru } from '../../util/lru.ts'
import type { Outboxes } from './outboxes.ts'
import type { ReachableServers } from './reachable-servers.ts'
import type { ServersOfUsers } from './servers-of-users.ts'

export interface PresenceSenderParts {
  readonly presence: Presence
  readonly names: Names
  readonly members: Pick<Members, 'roomsOf'>
  readonly rooms: Rooms
  readonly stream: Pick<Stream, 'listen'>
  readonly clock: Clock
  readonly log: Log
  readonly serverName: string
  readonly serversOfUsers: ServersOfUsers
  readonly reachable: ReachableServers
  readonly outboxes: Outboxes
}

const GATHER_MS = 1000
/** Other servers forget after half an hour who is here, unless they hear it again. */
const REPEAT_AFTER_MS = 25 * MINUTE_MS
const REMEMBERED_MAX = 20_000

/** Tells the servers that share a room with a user of ours whether the user is there (Server-Server API, Presence). */
export class PresenceSender {
  readonly #parts: PresenceSenderParts
  #gathered = new Set<number>()
  /** Users of ours who came into rooms, perhaps. */
  #entered = new Set<number>()
  /** By rooms, servers whose users came there. */
  #arrived = new Map<number, Set<string>>()
  /** Which servers were told who is in a room, and when. */
  readonly #told = new Lru<string, number>(REMEMBERED_MAX)
  #cancelTimer: (() => void) | undefined
  #cancelRepeat: (() => void) | undefined
  #telling: Promise<void> = Promise.resolve()

  constructor(parts: PresenceSenderParts) {
    this.#parts = parts
  }

  start(): void {
    const { presence, stream } = this.#parts
    if (!presence.enabled) return
    presence.listen((user) => this.#gather(user))
    stream.listen((changes) => {
      for (const change of changes) this.#hear(change)
    })
    this.#repeatLater()
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
    this.#cancelRepeat?.()
    this.#cancelTimer?.()
    await this.#telling
  }

  #gather(user: number): void {
    this.#gathered.add(user)
    this.#wake()
  }

  #wake(): void {
    this.#cancelTimer ??= this.#parts.clock.setTimer(GATHER_MS, () => void this.flush())
  }

  /** Who comes into a room has not been told yet who is there, nor has anybody there been told of who comes. */
  #hear(change: Change): void {
    if (change.kind === 'membership') this.#entered.add(change.user)
    else if (change.kind === 'remote-membership') {
      const server = serverNameOf(change.userId)
      if (server === undefined || this.#wasTold(change.room, server)) return
      this.#arrived.set(change.room, (this.#arrived.get(change.room) ?? new Set()).add(server))
    } else return
    this.#wake()
  }

  #wasTold(room: number, server: string): boolean {
    return (this.#told.get(`${room} ${server}`) ?? 0) > this.#parts.clock.now() - REPEAT_AFTER_MS
  }

  #repeatLater(): void {
    this.#cancelRepeat = this.#parts.clock.setTimer(REPEAT_AFTER_MS, () => {
      for (const user of this.#parts.presence.listOwn()) this.#gather(user)
      this.#repeatLater()
    })
  }

  async #tell(): Promise<void> {
    const { presence, serversOfUsers } = this.#parts
    const [gathered, entered, arrived] = [this.#gathered, this.#entered, this.#arrived]
    this.#gathered = new Set()
    this.#entered = new Set()
    this.#arrived = new Map()
    const present = await presence.listPresent([...entered])
    await this.#say([...gathered.union(present)], (user) => serversOfUsers.list(user))
    if (arrived.size > 0) await this.#greet(arrived)
  }

  /** Tells servers that came into rooms which users of ours are here and in them. */
  async #greet(arrived: ReadonlyMap<number, ReadonlySet<string>>): Promise<void> {
    const { presence, members, rooms, reachable, clock } = this.#parts
    const servers = new Map<number, readonly string[]>()
    for (const [nid, came] of arrived) {
      const room = rooms.peekByNid(nid)
      const there = new Set(room === undefined ? [] : reachable.listIn(room))
      servers.set(nid, [...came].filter((server) => there.has(server)))
      for (const server of servers.get(nid) ?? []) this.#told.set(`${nid} ${server}`, clock.now())
    }
    await this.#say(presence.listOwn(), async (user) => {
      const entered = await members.roomsOf(user)
      return new Set([...servers].flatMap(([room, came]) => entered.get(room)?.membership === 'join' ? came : []))
    })
  }

  async #say(users: readonly number[], serversOf: (user: number) => Promise<ReadonlySet<string>>): Promise<void> {
    const { names, presence, serverName, outboxes } = this.#parts
    if (users.length === 0) return
    const userIds = await names.userIds(users)
    const own = users.filter((user) => serverNameOf(userIds.get(user) ?? '') === serverName)
    for (const [user, content] of await presence.list(own)) {
      const userId = userIds.get(user) ?? ''
      const push = [{ last_active_ago: 0, ...content, user_id: userId }]
      outboxes.addPassing(await serversOf(user), `presence ${userId}`, { edu_type: 'm.presence', content: { push } })
    }
  }
}
