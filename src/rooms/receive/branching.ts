import type { Db } from '../../store/database.ts'
import { findBranches } from '../../store/rooms/state-at.ts'
import type { BranchStep, OpenedBranch, Standing } from '../draft.ts'
import { MAIN_LINE, type StateReference } from '../state/state-reference.ts'
import { compareViews, type StateView, type ViewEntry } from '../state/state-view.ts'

/** Which entry an event adds to the state before it. */
export interface Added {
  readonly key: number
  readonly entry: ViewEntry
}

export interface BranchingInput {
  readonly room: number
  readonly nid: number
  readonly before: StateView
  /** Undefined where the event leaves the state as it is. */
  readonly added: Added | undefined
  /** The present end of the main line. */
  readonly present: StateReference
}

/** Where the state of an event is told, and what has to be written for that. */
export interface Branching extends Pick<Standing, 'branch' | 'steps'> {
  readonly opens: Omit<OpenedBranch, 'isTold'> | undefined
}

/** Branches upon branches are read step by step; beyond so many a new one is written over the main line. */
const DEPTH_MAX = 8

/** Where the state of an event is told that does not follow the main line: a step of a branch, or a branch of its own. */
export async function branchOff(
  db: Db, { room, nid, before, added, present }: BranchingInput,
): Promise<Branching> {
  const { base, changes } = before
  if (changes.size === 0 && added === undefined) return { branch: base, opens: undefined, steps: [] }
  const parent = base.branch === MAIN_LINE ? undefined : (await findBranches(db, [base.branch])).get(base.branch)
  const goesOn = changes.size === 0 && parent?.last_seq === base.at
  if (goesOn && added !== undefined) {
    const seq = base.at + 1
    return { branch: { branch: base.branch, at: seq }, opens: undefined, steps: [{ branch: base.branch, seq, ...added }] }
  }
  const depth = (parent?.depth ?? 0) + 1
  if (depth > DEPTH_MAX) {
    const { differences: [flat] } = await compareViews(db, room, present, [before])
    return open({ room, nid, before: { base: present, changes: flat ?? changes }, added, present }, 1)
  }
  return open({ room, nid, before, added, present }, depth)
}

/** A branch that begins with an event bears its number. */
function open({ nid, before: { base, changes }, added }: BranchingInput, depth: number): Branching {
  const steps: BranchStep[] = [...changes].map(([key, entry]) => ({ branch: nid, seq: 0, key, entry }))
  if (added !== undefined) steps.push({ branch: nid, seq: 1, ...added })
  const at = added === undefined ? 0 : 1
  return { branch: { branch: nid, at }, opens: { parent: base, depth: base.branch === MAIN_LINE ? 1 : depth }, steps }
}
