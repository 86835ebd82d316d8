/** How far somebody has read in a room, as others may be told. */
export interface Receipt {
  readonly room: number
  readonly user: number
  readonly userId: string
  readonly type: string
  /** Empty for a receipt that is not of a thread. */
  readonly threadId: string
  readonly eventId: string
  readonly ts: number
  readonly pos: number
}

const RECEIPTS_MAX = 50_000

/** The latest receipts of all rooms in the order of positions, so that those who follow rooms need no query. */
export class RecentReceipts {
  readonly #rooms = new Map<number, Receipt[]>()
  /** All of them, oldest first, from `#oldest` on. */
  #queue: Receipt[] = []
  #oldest = 0
  /** Every receipt after this position is here, unless a later one has taken its place. */
  #from: number

  constructor(from: number) {
    this.#from = from
  }

  push(receipt: Receipt): void {
    this.#queue.push(receipt)
    const known = this.#rooms.get(receipt.room)
    if (known === undefined) this.#rooms.set(receipt.room, [receipt])
    else known.push(receipt)
    if (this.#queue.length - this.#oldest > RECEIPTS_MAX) this.#dropOldest()
  }

  /** The receipts of a room after a position and up to another, newest of each kind only; undefined where they are no longer all here. */
  between(room: number, after: number, upTo: number): readonly Receipt[] | undefined {
    if (after < this.#from) return undefined
    const known = this.#rooms.get(room) ?? []
    const found = new Map<string, Receipt>()
    for (let index = known.length - 1; index >= 0; index -= 1) {
      const receipt = known[index]
      if (receipt === undefined || receipt.pos <= after) break
      const name = nameOf(receipt)
      if (receipt.pos <= upTo && !found.has(name)) found.set(name, receipt)
    }
    return [...found.values()].reverse()
  }

  #dropOldest(): void {
    const oldest = this.#queue[this.#oldest]
    this.#oldest += 1
    if (oldest === undefined) return
    this.#from = oldest.pos
    const ofRoom = this.#rooms.get(oldest.room)
    ofRoom?.shift()
    if (ofRoom?.length === 0) this.#rooms.delete(oldest.room)
    if (this.#oldest < RECEIPTS_MAX) return
    // Moving the whole queue at each drop would cost more than keeping as much again.
    this.#queue = this.#queue.slice(this.#oldest)
    this.#oldest = 0
  }
}

function nameOf({ user, type, threadId }: Receipt): string {
  return `${user} ${type} ${threadId}`
}
