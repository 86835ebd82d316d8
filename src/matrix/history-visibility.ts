import { ownValue, type JsonObject } from './json.ts'

export type HistoryVisibility = 'world_readable' | 'shared' | 'invited' | 'joined'

/** What decides whether a user may see an event. All of it is the state at the event, not the current one. */
export interface VisibilityQuestion {
  /** The history visibility before the event. */
  readonly visibility: HistoryVisibility
  /** The history visibility after it, where the event itself sets it. */
  readonly visibilityAfter?: HistoryVisibility
  /** The user's membership before the event, undefined for a user who never had one. */
  readonly membership: string | undefined
  /** The user's membership after it, where the event itself sets it. */
  readonly membershipAfter?: string | undefined
  /** Whether the user is in the room now, or was at any time after the event. */
  readonly joinedLater: boolean
}

/** The visibility that the content of an `m.room.history_visibility` sets; `shared` if there is none or it is unknown. */
export function historyVisibilityOf(content: JsonObject | undefined): HistoryVisibility {
  const visibility = content === undefined ? undefined : ownValue(content, 'history_visibility')
  return visibility === 'world_readable' || visibility === 'invited' || visibility === 'joined' ? visibility : 'shared'
}

/**
 * Whether the user may see the event (Client-Server API, Room History Visibility, Server behaviour). For an event that
 * itself changes the visibility, or the user's own membership, before or after suffices.
 */
export function maySeeEvent(question: VisibilityQuestion): boolean {
  const { visibility, visibilityAfter, membership, joinedLater } = question
  const memberships = 'membershipAfter' in question ? [membership, question.membershipAfter] : [membership]
  const visibilities = visibilityAfter === undefined ? [visibility] : [visibility, visibilityAfter]
  return visibilities.some((each) => memberships.some((member) => maySee(each, member, joinedLater)))
}

/**
 * Whether a server may be given the event: the same rules, where a server stands for all of its users
 * (Server-Server API, Backfilling and retrieving missing events).
 */
export function mayServerSeeEvent(
  visibility: HistoryVisibility, memberships: Iterable<string | undefined>, joinedLater: boolean,
): boolean {
  if (maySee(visibility, undefined, joinedLater)) return true
  for (const membership of memberships) {
    if (maySee(visibility, membership, joinedLater)) return true
  }
  return false
}

function maySee(visibility: HistoryVisibility, membership: string | undefined, joinedLater: boolean): boolean {
  if (visibility === 'world_readable' || membership === 'join') return true
  if (visibility === 'shared') return joinedLater
  return visibility === 'invited' && membership === 'invite'
}
