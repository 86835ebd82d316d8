import type { Branches } from '../state/branches.ts'
import { MAIN_LINE, type StateReference } from '../state/state-reference.ts'

/** From where to where an entry of the state had a value on the main line. */
export interface Episode {
  readonly from: number
  readonly to: number
  readonly value: string
}

/** From which step on an entry has a value on a branch; undefined where the branch does not have it. */
export interface BranchedEpisode {
  readonly branch: number
  readonly from: number
  readonly value: string | undefined
}

/** How one entry of a room's state went, over all of its time and wherever the graph forks. */
export class KeyCourse {
  readonly #branches: Pick<Branches, 'pathOf'>
  readonly #episodes: readonly Episode[]
  readonly #branched: ReadonlyMap<number, readonly BranchedEpisode[]>

  /** Both lists are in order. */
  constructor(branches: Pick<Branches, 'pathOf'>, episodes: readonly Episode[], branched: readonly BranchedEpisode[]) {
    this.#branches = branches
    this.#episodes = episodes
    this.#branched = Map.groupBy(branched, (episode) => episode.branch)
  }

  valueAt(reference: StateReference | undefined): string | undefined {
    if (reference === undefined) return undefined
    if (reference.branch === MAIN_LINE) return this.#onMainLine(reference.at)
    for (const { branch, at } of this.#branches.pathOf(reference)) {
      if (branch === MAIN_LINE) return this.#onMainLine(at)
      const episode = this.#branched.get(branch)?.findLast(({ from }) => from <= at)
      if (episode !== undefined) return episode.value
    }
    return undefined
  }

  /** Whether it has a value on the main line after a position, or has it then. */
  hasLater(wanted: string, pos: number): boolean {
    return this.#episodes.some(({ to, value }) => value === wanted && to > pos)
  }

  #onMainLine(pos: number): string | undefined {
    return this.#episodes.find(({ from, to }) => from <= pos && pos < to)?.value
  }
}
