import fc from 'fast-check'
import { authTypesFor } from '../../../src/matrix/auth-events.ts'
import { authorize } from '../../../src/matrix/auth-rules.ts'
import { canonicalJson } from '../../../src/matrix/canonical-json.ts'
import { pduOf } from '../../../src/matrix/event.ts'
import { contentHash, eventIdOf } from '../../../src/matrix/hashes.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { redactEvent } from '../../../src/matrix/redaction.ts'
import { stateKeyText } from '../../../src/matrix/room-state.ts'
import { listRoomVersions, type RoomVersion } from '../../../src/matrix/room-versions.ts'
import type { ResolvableEvent, StateMap } from '../../../src/matrix/state-resolution/resolution.ts'
import { resolveState } from '../../../src/matrix/state-resolution/resolve-state.ts'
import { parseObject } from './parse-object.ts'
import { Dice } from './random/dice.ts'
import { randomDecisions } from './random/random-decisions.ts'
import { randomGraph, type RandomGraph } from './random/random-graphs.ts'
import { ODDNESSES, randomEventText } from './random/random-texts.ts'

const DECISIONS_IN_A_ROOM = 5

/** What holds for every room and every event, whatever the room version. */
export interface Property {
  readonly name: string
  readonly holds: (dice: Dice, version: RoomVersion) => boolean
}

export const PROPERTIES: readonly Property[] = [
  { name: 'resolution does not depend on the order of the states and of their entries', holds: resolvesInAnyOrder },
  { name: 'a room comes to the same state in whatever order its events arrive', holds: replaysInAnyOrder },
  { name: 'whether an event is allowed depends on what it has to cite, and on nothing else of the state', holds: judgesByCitedAlone },
  { name: 'Canonical JSON is read back the same', holds: canonicalRoundTrips },
  { name: 'redacting twice is redacting once, and keeps the event id', holds: redactsOnce },
  { name: 'hashes do not depend on how an event is written, nor on what they leave out', holds: hashesAreStable },
]

/** Throws if a random room or event breaks the property; the message names the seed. */
export function checkProperty({ holds }: Property, runs: number, seed?: number): void {
  const given = seed === undefined ? {} : { seed }
  fc.assert(fc.property(fc.nat(), fc.constantFrom(...listRoomVersions()), (start, version) => holds(new Dice(start), version)), {
    numRuns: runs, ...given,
  })
}

function resolvesInAnyOrder(dice: Dice, version: RoomVersion): boolean {
  const { find, resolutions } = smallGraph(dice, version)
  const resolve = (states: readonly StateMap[]): string => textOf(resolveState(version, states, { findEvent: find }))
  return resolutions.every((states) => {
    const shuffled = dice.shuffled(states).map((state) => new Map(dice.shuffled([...state])))
    // A state that is there twice says nothing more.
    return resolve(states) === resolve([...shuffled, dice.pick(shuffled)])
  })
}

function replaysInAnyOrder(dice: Dice, version: RoomVersion): boolean {
  const graph = smallGraph(dice, version)
  return replay(graph, graph.pdus) === replay(graph, anyArrival(dice, graph.pdus))
}

/** The events in another order in which each still comes after those that it names. */
function anyArrival(dice: Dice, pdus: readonly ResolvableEvent[]): readonly ResolvableEvent[] {
  const arrived = new Set<string>()
  const waiting = new Set(dice.shuffled(pdus))
  while (waiting.size > 0) {
    for (const pdu of waiting) {
      if (![...pdu.prevEvents, ...pdu.authEvents].every((eventId) => arrived.has(eventId))) continue
      arrived.add(pdu.eventId)
      waiting.delete(pdu)
    }
  }
  const byId = new Map(pdus.map((pdu) => [pdu.eventId, pdu]))
  return [...arrived].flatMap((eventId) => byId.get(eventId) ?? [])
}

/** The state after each event and which were rejected, worked out from nothing but the events in this order. */
function replay({ version }: RandomGraph, order: readonly ResolvableEvent[]): string {
  const known = new Map<string, ResolvableEvent>()
  const stateAfter = new Map<string, StateMap>()
  for (const pdu of order) {
    const findEvent = (eventId: string): ResolvableEvent | undefined => known.get(eventId)
    const before = resolveState(version, pdu.prevEvents.map((eventId) => stateAfter.get(eventId) ?? new Map()), { findEvent })
    const findState = (type: string, stateKey: string): ResolvableEvent | undefined =>
      known.get(before.get(stateKeyText({ type, stateKey })) ?? '')
    const { allowed } = authorize(version, pdu, findState, { isSignedBy: () => true })
    known.set(pdu.eventId, { ...pdu, rejected: !allowed })
    if (allowed && pdu.stateKey !== undefined) before.set(stateKeyText({ type: pdu.type, stateKey: pdu.stateKey }), pdu.eventId)
    stateAfter.set(pdu.eventId, before)
  }
  const lines = [...stateAfter].map(([eventId, state]) => `${eventId} ${known.get(eventId)?.rejected} ${textOf(state)}`)
  return lines.sort().join('\n')
}

function judgesByCitedAlone(dice: Dice, version: RoomVersion): boolean {
  return randomDecisions(dice, version, DECISIONS_IN_A_ROOM).every(({ event, state }) => {
    const pdu = pduOf(event, version)
    const held = new Map(state.map((json) => (
      [stateKeyText({ type: String(json['type']), stateKey: String(json['state_key']) }), pduOf(json, version)]
    )))
    // Where the id of a room is the hash of its create event, that one is known without being cited.
    const cited = new Set([...authTypesFor(pdu, version), { type: 'm.room.create', stateKey: '' }].map(stateKeyText))
    const judge = (isShown: (key: string) => boolean): string => JSON.stringify(authorize(version, pdu, (type, stateKey) => {
      const key = stateKeyText({ type, stateKey })
      return isShown(key) ? held.get(key) : undefined
    }, { isSignedBy: () => true }))
    return judge(() => true) === judge((key) => cited.has(key))
  })
}

function canonicalRoundTrips(dice: Dice, version: RoomVersion): boolean {
  const text = canonicalJson(randomEvent(dice, version))
  return canonicalJson(parseObject(text)) === text
}

function redactsOnce(dice: Dice, version: RoomVersion): boolean {
  const event = randomEvent(dice, version)
  const once = redactEvent(event, version)
  const sameText = canonicalJson(redactEvent(once, version)) === canonicalJson(once)
  return sameText && eventIdOf(once, version) === eventIdOf(event, version)
}

function hashesAreStable(dice: Dice, version: RoomVersion): boolean {
  const event = randomEvent(dice, version)
  const { unsigned: _, signatures: __, ...bare } = event
  const shuffled = Object.fromEntries(dice.shuffled(Object.entries(bare)))
  const rewritten = parseObject(canonicalJson({ ...shuffled, unsigned: { age: 1 } }))
  const sameContent = contentHash(rewritten) === contentHash(event)
  const rehashed = { ...event, hashes: { sha256: 'other' } }
  const sameId = eventIdOf(rewritten, version) === eventIdOf(event, version)
  return sameContent && sameId && contentHash(rehashed) === contentHash(event)
}

function smallGraph(dice: Dice, version: RoomVersion): RandomGraph {
  return randomGraph(dice, version, 12 + dice.below(20))
}

function randomEvent(dice: Dice, version: RoomVersion): JsonObject {
  return parseObject(randomEventText(dice, version, dice.pick(ODDNESSES)))
}

function textOf(state: StateMap): string {
  return [...state].map(([key, eventId]) => `${key} ${eventId}`).sort().join(', ')
}
