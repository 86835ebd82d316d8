import type { Db } from '../../store/database.ts'
import { listBranchParents } from '../../store/rooms/state-at.ts'
import { Lru } from '../../util/lru.ts'
import { MAIN_LINE, type StateReference } from './state-reference.ts'

const REMEMBERED_MAX = 200_000

/** Where branches of the state left what they lie over, which never changes. */
export class Branches {
  readonly #db: Db
  readonly #parents = new Lru<number, StateReference>(REMEMBERED_MAX)

  constructor(db: Db) {
    this.#db = db
  }

  add(branch: number, parent: StateReference): void {
    this.#parents.set(branch, parent)
  }

  /** Brings branches and all that they lie over into memory. */
  async load(branches: readonly number[]): Promise<void> {
    const missing = branches.filter((branch) => branch !== MAIN_LINE && this.#parents.get(branch) === undefined)
    if (missing.length === 0) return
    for (const { nid, branch, at } of await listBranchParents(this.#db, [...new Set(missing)])) this.add(nid, { branch, at })
  }

  /** What holds at a reference, what lies on top first; as far down as it is in memory. */
  pathOf(reference: StateReference): StateReference[] {
    const path: StateReference[] = []
    for (let step: StateReference | undefined = reference; step !== undefined; step = this.#parents.get(step.branch)) path.push(step)
    return path
  }
}
