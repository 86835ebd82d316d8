/**
 * A point in the course of a room's state: a position of the main line, which is what clients were told, or a step of a
 * branch that left it.
 */
export interface StateReference {
  readonly branch: number
  readonly at: number
}

/** The number that stands for the main line among branches. */
export const MAIN_LINE = 0

/** What tells where an event stands in the course of the state. */
export interface InCourse {
  readonly pos: number | undefined
  /** The state after it; undefined on the main line, where its position tells. */
  readonly branch: StateReference | undefined
  readonly stateKey: string | undefined
  readonly status: string
}

/** The state after an event; undefined for an outlier, of which nobody knows. */
export function stateAfter({ pos, branch }: InCourse): StateReference | undefined {
  if (branch !== undefined) return branch
  return pos === undefined ? undefined : { branch: MAIN_LINE, at: pos }
}

/** The state before an event, which a state event that was not rejected goes one step beyond. */
export function stateBefore({ pos, branch, stateKey, status }: InCourse): StateReference | undefined {
  if (branch === undefined) return pos === undefined ? undefined : { branch: MAIN_LINE, at: pos - 1 }
  // What was learned later of the state after it does not tell of the state before it.
  if (branch.branch === MAIN_LINE && pos !== undefined && branch.at > pos) return { branch: MAIN_LINE, at: pos - 1 }
  const took = stateKey !== undefined && status !== 'rejected' && branch.branch !== MAIN_LINE
  return took ? { ...branch, at: branch.at - 1 } : branch
}

/** Whether both lead to the same state. */
export function isSameReference(a: StateReference, b: StateReference): boolean {
  return a.branch === b.branch && a.at === b.at
}

/** The entry of the state that is the membership of who sent an event. */
export function memberKeyOf({ sender }: { readonly sender: string }): { readonly type: string, readonly stateKey: string } {
  return { type: 'm.room.member', stateKey: sender }
}
