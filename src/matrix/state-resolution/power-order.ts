import { compareCodePoints } from '../canonical-json.ts'
import { impliedCreateEvent } from '../event.ts'
import { powerLevelsOf, userLevel } from '../power-levels.ts'
import type { RoomVersion } from '../room-versions.ts'
import type { FindEvent, ResolvableEvent } from './resolution.ts'

interface Ranked {
  readonly event: ResolvableEvent
  readonly senderLevel: number
  /** How many of its auth events are still to be placed. */
  waitingFor: number
  readonly citedBy: Ranked[]
}

/**
 * Reverse topological power ordering (room version 2, State resolution, Definitions): what authorises an event comes before
 * it, and of those that could be next the one of the more powerful sender, then the older, then the lower id.
 */
export function sortByPower(
  version: RoomVersion, events: readonly ResolvableEvent[], findEvent: FindEvent,
): readonly ResolvableEvent[] {
  const ranked = new Map<string, Ranked>()
  for (const event of events) {
    ranked.set(event.eventId, { event, senderLevel: senderLevelOf(version, event, findEvent), waitingFor: 0, citedBy: [] })
  }
  for (const each of ranked.values()) {
    for (const authEvent of new Set(each.event.authEvents)) {
      const cited = ranked.get(authEvent)
      if (cited === undefined) continue
      cited.citedBy.push(each)
      each.waitingFor += 1
    }
  }
  // Kept so that the next one is the last, where taking it away is cheap.
  const ready = [...ranked.values()].filter((each) => each.waitingFor === 0).sort((a, b) => compare(b, a))
  const sorted: ResolvableEvent[] = []
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    sorted.push(next.event)
    for (const citing of next.citedBy) {
      citing.waitingFor -= 1
      if (citing.waitingFor === 0) insert(ready, citing)
    }
  }
  return sorted
}

/** The sender's level by the event's own auth events. */
function senderLevelOf(version: RoomVersion, event: ResolvableEvent, findEvent: FindEvent): number {
  const implied = impliedCreateEvent(event, version)
  const cited = [...(implied === undefined ? [] : [implied]), ...event.authEvents].flatMap((eventId) => findEvent(eventId) ?? [])
  const levels = powerLevelsOf(version, (type, stateKey) =>
    cited.find((each) => each.type === type && each.stateKey === stateKey))
  return userLevel(levels, event.sender)
}

function compare(a: Ranked, b: Ranked): number {
  if (a.senderLevel !== b.senderLevel) return a.senderLevel > b.senderLevel ? -1 : 1
  return a.event.originServerTs - b.event.originServerTs || compareCodePoints(a.event.eventId, b.event.eventId)
}

function insert(ready: Ranked[], added: Ranked): void {
  let low = 0
  let high = ready.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = ready[middle]
    if (other !== undefined && compare(other, added) > 0) low = middle + 1
    else high = middle
  }
  ready.splice(low, 0, added)
}
