import type { ResolvableEvent } from '../../../src/matrix/state-resolution/resolution.ts'
import type { RoomVersion } from '../../../src/matrix/room-versions.ts'
import { createEvent, eventOf } from '../../unit/matrix/room-of-events.ts'

const ALICE = '@alice:a.test'

/** A room with power levels that were changed very often, and forks along the way. */
export interface DeepGraph {
  readonly events: readonly ResolvableEvent[]
  readonly tip: string
  readonly forks: readonly string[]
}

/** Changes of power levels, each upon the one before, so many of them with one beside it. */
export function deepGraph(version: RoomVersion, depth: number, forkCount: number): DeepGraph {
  const create = createEvent(version)
  const cited = version.roomIdFromCreateEvent ? [] : [create.eventId]
  const joined = eventOf(version, {
    id: '$alice:a.test', type: 'm.room.member', sender: ALICE, stateKey: ALICE, content: { membership: 'join' },
    authEvents: cited, depth: 2,
  })
  const events: ResolvableEvent[] = [create, joined]
  const forks: string[] = []
  const levels = (id: string, before: string | undefined, at: number): string => {
    events.push(eventOf(version, {
      id, type: 'm.room.power_levels', sender: ALICE, stateKey: '', content: { users: {}, state_default: 50 + at % 2 }, depth: at + 3,
      authEvents: [...cited, joined.eventId, ...before === undefined ? [] : [before]], originServerTs: at,
    }))
    return id
  }
  let tip: string | undefined
  for (let at = 0; at < depth; at++) {
    const before: string | undefined = tip
    tip = levels(`$p${at}:a.test`, before, at)
    if (at % Math.ceil(depth / forkCount) === 0) forks.push(levels(`$f${at}:a.test`, before, at))
  }
  return { events, tip: tip ?? '', forks }
}
