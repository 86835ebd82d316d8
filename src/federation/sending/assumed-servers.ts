import type { Db } from '../../store/database.ts'
import { deleteAssumedServers, insertAssumedServers, listAssumedServers } from '../../store/federation/assumed-servers.ts'

/**
 * The servers that are said to be in rooms of which this one does not know all members yet: they are to have its events as well
 * (Server-Server API, PUT /send_join, `servers_in_room`).
 */
export class AssumedServers {
  readonly #db: Db
  readonly #byRoom = new Map<number, ReadonlySet<string>>()

  constructor(db: Db) {
    this.#db = db
  }

  /** Reads what was known before the last stop. */
  async open(): Promise<void> {
    const rows = await listAssumedServers(this.#db)
    for (const [room, own] of Map.groupBy(rows, (row) => row.room)) this.#byRoom.set(room, new Set(own.map(({ server }) => server)))
  }

  listIn(room: number): Iterable<string> {
    return this.#byRoom.get(room) ?? []
  }

  async set(room: number, servers: readonly string[]): Promise<void> {
    this.#byRoom.set(room, new Set(servers))
    await insertAssumedServers(this.#db, room, servers)
  }

  /** Now all members are known. */
  async drop(room: number): Promise<void> {
    await deleteAssumedServers(this.#db, room)
    this.#byRoom.delete(room)
  }
}
