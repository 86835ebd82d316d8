import { serverNameOf } from '../matrix/ids.ts'

/** The first user of a server came, or the last one left. */
interface ServerMove {
  readonly pos: number
  readonly server: string
  readonly isIn: boolean
}

const MOVES_MAX = 128

/** Which servers have users in a room, now and a little while ago. */
export class JoinedServers {
  /** How many users each has in it. */
  readonly #counts = new Map<string, number>()
  /** What changed after `#from`, in order. */
  #moves: ServerMove[] = []
  #from: number

  /** `from` is the position since which it has been as it is at first. */
  constructor(from: number) {
    this.#from = from
  }

  has(server: string): boolean {
    return this.#counts.has(server)
  }

  list(): Iterable<string> {
    return this.#counts.keys()
  }

  count(): number {
    return this.#counts.size
  }

  /** Takes over that a user came (1) or left (-1); without a position that was before all that is remembered. */
  add(userId: string, change: number, pos?: number): void {
    const server = serverNameOf(userId)
    if (server === undefined || change === 0) return
    const count = (this.#counts.get(server) ?? 0) + change
    if (count > 0) this.#counts.set(server, count)
    else this.#counts.delete(server)
    if (pos !== undefined && (count === 0 || (count === 1 && change === 1))) this.#remember({ pos, server, isIn: count > 0 })
  }

  /** The servers in the room before or after the event at a position; undefined where that is longer ago than is remembered. */
  around(pos: number): Iterable<string> | undefined {
    if (pos <= this.#from) return undefined
    const later = this.#moves.filter((move) => move.pos >= pos)
    if (later.length === 0) return this.#counts.keys()
    const servers = new Set(this.#counts.keys())
    for (const move of later.toReversed()) {
      if (!move.isIn) servers.add(move.server)
      else if (move.pos > pos) servers.delete(move.server)
    }
    return servers
  }

  #remember(move: ServerMove): void {
    this.#moves.push(move)
    if (this.#moves.length <= MOVES_MAX) return
    this.#from = this.#moves[MOVES_MAX / 2]?.pos ?? this.#from
    this.#moves = this.#moves.filter(({ pos }) => pos > this.#from)
  }
}
