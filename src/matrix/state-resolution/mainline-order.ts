import { compareCodePoints } from '../canonical-json.ts'
import type { Conflicts, ResolvableEvent } from './resolution.ts'

/** What leads from power levels to earlier ones. */
export type PowerLine = Pick<Conflicts, 'findEvent' | 'powerLine'>

/**
 * Mainline ordering (room version 2, State resolution, Definitions): events whose power levels are of an earlier part of
 * the line of power levels come first, then the older, then the lower id.
 */
export function sortByMainline(
  events: readonly ResolvableEvent[], powerLevels: string | undefined, line: PowerLine,
): readonly ResolvableEvent[] {
  const positions = mainlinePositions(powerLevels, line)
  const placed = events.map((event) => ({ event, position: mainlinePosition(event, positions, line) }))
  placed.sort((a, b) => comparePositions(a.position, b.position)
    || a.event.originServerTs - b.event.originServerTs || compareCodePoints(a.event.eventId, b.event.eventId))
  return placed.map(({ event }) => event)
}

/** From these power levels back through those that authorised them, each with its number of steps. */
function mainlinePositions(powerLevels: string | undefined, line: PowerLine): Map<string, number> {
  const positions = new Map<string, number>()
  let eventId = powerLevels
  while (eventId !== undefined && !positions.has(eventId)) {
    positions.set(eventId, positions.size)
    eventId = stepBack(eventId, line)
  }
  return positions
}

/**
 * Infinite for an event whose line of power levels never meets the mainline. What is learned on the way is kept for the
 * next ones.
 */
function mainlinePosition(event: ResolvableEvent, positions: Map<string, number>, line: PowerLine): number {
  const passed = new Set<string>()
  let eventId = powerLevelsBehind(event, line)
  while (eventId !== undefined && !positions.has(eventId) && !passed.has(eventId)) {
    passed.add(eventId)
    eventId = stepBack(eventId, line)
  }
  const position = (eventId === undefined ? undefined : positions.get(eventId)) ?? Number.POSITIVE_INFINITY
  for (const each of passed) positions.set(each, position)
  return position
}

/** From power levels to those that authorised them. */
function stepBack(eventId: string, line: PowerLine): string | undefined {
  if (line.powerLine?.has(eventId) === true) return line.powerLine.get(eventId)
  const event = line.findEvent(eventId)
  return event === undefined ? undefined : powerLevelsBehind(event, line)
}

function powerLevelsBehind(event: ResolvableEvent, { findEvent }: PowerLine): string | undefined {
  return event.authEvents.find((eventId) => {
    const cited = findEvent(eventId)
    return cited?.type === 'm.room.power_levels' && cited.stateKey === ''
  })
}

/** A greater position is earlier; two infinite ones are equal, which their difference would not be. */
function comparePositions(a: number, b: number): number {
  if (a === b) return 0
  return a > b ? -1 : 1
}
