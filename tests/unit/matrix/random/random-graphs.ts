import { authTypesFor } from '../../../../src/matrix/auth-events.ts'
import { authorize } from '../../../../src/matrix/auth-rules.ts'
import { pduOf } from '../../../../src/matrix/event.ts'
import { isJsonObject, type JsonObject } from '../../../../src/matrix/json.ts'
import { stateKeyText } from '../../../../src/matrix/room-state.ts'
import type { RoomVersion } from '../../../../src/matrix/room-versions.ts'
import type { ResolvableEvent, StateMap } from '../../../../src/matrix/state-resolution/resolution.ts'
import { resolveState } from '../../../../src/matrix/state-resolution/resolve-state.ts'
import type { Dice } from './dice.ts'
import {
  randomJoinRules, randomPowerLevels, randomThirdPartyInvite, SERVERS, TOKENS, USERS, wellFormedChange,
} from './random-contents.ts'
import { randomCreate } from './random-decisions.ts'
import { idOf, roomIdOf, wireEvent, type EventDraft } from './random-events.ts'

/** A room whose history forked, and states of it that are to be resolved. */
export interface RandomGraph {
  readonly version: RoomVersion
  /** In the order in which they were sent. */
  readonly events: readonly JsonObject[]
  readonly pdus: readonly ResolvableEvent[]
  readonly rejected: ReadonlySet<string>
  readonly find: (eventId: string) => ResolvableEvent | undefined
  readonly resolutions: readonly (readonly StateMap[])[]
}

interface Growing {
  readonly version: RoomVersion
  readonly roomId: string
  readonly creators: readonly string[]
  readonly events: JsonObject[]
  readonly pdus: Map<string, ResolvableEvent>
  readonly stateAfter: Map<string, StateMap>
  tips: string[]
  clock: number
}

const TOPICS = ['m.room.topic', 'm.room.name', 'm.room.server_acl', 'org.test.custom']

/** A random graph of about `size` events. */
export function randomGraph(dice: Dice, version: RoomVersion, size: number): RandomGraph {
  const graph = beginning(dice, version)
  while (graph.events.length < size) grow(dice, graph)
  const find = (eventId: string): ResolvableEvent | undefined => graph.pdus.get(eventId)
  const pdus = [...graph.pdus.values()]
  const rejected = new Set(pdus.filter((pdu) => pdu.rejected === true).map((pdu) => pdu.eventId))
  return { version, events: graph.events, pdus, rejected, find, resolutions: randomResolutions(dice, graph) }
}

function beginning(dice: Dice, version: RoomVersion): Growing {
  // All rooms are open to all servers here: about the others the peers do not agree, and the decisions ask that already.
  const create = randomCreate(dice, version, [true])
  const content = create['content'] as JsonObject
  const sender = String(create['sender'])
  const additional = Array.isArray(content['additional_creators']) ? content['additional_creators'] as readonly string[] : []
  const graph: Growing = {
    version, roomId: roomIdOf(create, version), creators: [sender, ...additional],
    events: [], pdus: new Map(), stateAfter: new Map(), tips: [], clock: 1,
  }
  keep(graph, create, new Map(), false)
  graph.tips = [idOf(create, version)]
  const start: EventDraft[] = [
    { type: 'm.room.member', sender, stateKey: sender, content: { membership: 'join' } },
    ...dice.chance(0.9) ? [levelsOf(dice, graph, sender)] : [],
    { type: 'm.room.join_rules', sender, stateKey: '', content: { join_rule: dice.chance(0.7) ? 'public' : 'invite' } },
    ...USERS.filter((user) => user !== sender && dice.chance(0.5)).map((user) => membership(user, user, 'join')),
  ]
  for (const draft of start) send(dice, graph, draft, graph.tips)
  return graph
}

function levelsOf(dice: Dice, { version, creators }: Growing, sender: string): EventDraft {
  const content = randomPowerLevels(dice, version, creators)
  const users = isJsonObject(content['users']) ? content['users'] : {}
  const full = version.creatorsPrivileged ? users : { ...users, [sender]: 100 }
  return { type: 'm.room.power_levels', sender, stateKey: '', content: { ...content, users: full } }
}

function membership(sender: string, target: string, kind: string): EventDraft {
  return { type: 'm.room.member', sender, stateKey: target, content: { membership: kind } }
}

/** One more event: after a tip, after an earlier event, so that the room forks, or after several tips. */
function grow(dice: Dice, graph: Growing): void {
  const how = dice.weighted([[8, 'on'], [graph.tips.length < 4 ? 2 : 0, 'fork'], [graph.tips.length > 1 ? 1 : 0, 'merge']])
  const accepted = [...graph.stateAfter.keys()]
  const after = how === 'merge'
    ? dice.shuffled(graph.tips).slice(0, 2 + dice.below(2))
    : [dice.pick(how === 'on' ? graph.tips : accepted.slice(-8))]
  send(dice, graph, randomDraft(dice, graph, after), after)
}

/** Sends the event if the state there allows it; seldom one that it does not, which is rejected then. */
function send(dice: Dice, graph: Growing, draft: EventDraft, after: readonly string[]): void {
  const { version } = graph
  const state = resolve(graph, after.map((eventId) => graph.stateAfter.get(eventId) ?? new Map()))
  const authEvents = citedBy(dice, graph, draft, state)
  // Equal times and depths are what the last tie-breakers are for.
  graph.clock += dice.weighted([[3, 1], [1, 0], [1, 10], [1, -3]])
  const depth = Math.max(...after.map((eventId) => graph.pdus.get(eventId)?.depth ?? 0)) + 1
  const json = wireEvent(dice, version, graph.roomId, {
    ...draft, prevEvents: after, authEvents: dice.shuffled(authEvents), depth, originServerTs: 1_000_000 + graph.clock,
  })
  const pdu = pduOf(json, version)
  const allowed = isAllowed(graph, pdu, state) && isAllowed(graph, pdu, stateOf(graph, pdu.authEvents))
  if (!allowed && !dice.chance(0.02)) return
  keep(graph, json, state, !allowed)
  if (allowed) graph.tips = [...graph.tips.filter((tip) => !after.includes(tip)), pdu.eventId]
}

/** What the event cites: what it should, or now and then earlier events, as a server could that wants the old state. */
function citedBy(dice: Dice, graph: Growing, draft: EventDraft, state: StateMap): readonly string[] {
  const keys = authTypesFor({ ...draft, stateKey: draft.stateKey }, graph.version).map(stateKeyText)
  const isStale = dice.chance(0.15)
  return keys.flatMap((key) => {
    const current = state.get(key)
    if (!isStale || dice.chance(0.5)) return current ?? []
    const earlier = [...graph.stateAfter.keys()].filter((eventId) => keyOf(graph.pdus.get(eventId)) === key)
    return earlier.length > 0 ? dice.pick(earlier) : current ?? []
  })
}

function stateOf({ pdus, version, events }: Growing, eventIds: readonly string[]): StateMap {
  const create = events[0]
  const ids = version.roomIdFromCreateEvent && create !== undefined ? [idOf(create, version), ...eventIds] : eventIds
  return new Map(ids.map((eventId) => [keyOf(pdus.get(eventId)), eventId]))
}

function isAllowed({ pdus, version }: Growing, pdu: ResolvableEvent, state: StateMap): boolean {
  const findState = (type: string, stateKey: string): ResolvableEvent | undefined =>
    pdus.get(state.get(stateKeyText({ type, stateKey })) ?? '')
  return authorize(version, pdu, findState, { isSignedBy: () => true }).allowed
}

function keyOf(pdu: ResolvableEvent | undefined): string {
  return stateKeyText({ type: pdu?.type ?? '', stateKey: pdu?.stateKey ?? '' })
}

function keep(graph: Growing, json: JsonObject, before: StateMap, rejected: boolean): void {
  const pdu = pduOf(json, graph.version)
  graph.events.push(json)
  graph.pdus.set(pdu.eventId, { ...pdu, rejected })
  if (rejected || pdu.stateKey === undefined) return
  graph.stateAfter.set(pdu.eventId, new Map(before).set(keyOf(pdu), pdu.eventId))
}

function resolve(graph: Growing, states: readonly StateMap[]): StateMap {
  return resolveState(graph.version, states, { findEvent: (eventId) => graph.pdus.get(eventId) })
}

function randomDraft(dice: Dice, graph: Growing, after: readonly string[]): EventDraft {
  const state = graph.stateAfter.get(after[0] ?? '')
  const current = (type: string, stateKey: string): JsonObject | undefined =>
    graph.pdus.get(state?.get(stateKeyText({ type, stateKey })) ?? '')?.content
  const joined = USERS.filter((user) => current('m.room.member', user)?.['membership'] === 'join')
  const senders = joined.length > 0 ? [...joined, ...joined.filter((user) => graph.creators.includes(user))] : USERS
  const sender = dice.pick(senders)
  const levels = current('m.room.power_levels', '') ?? {}
  const setting = (type: string, content: JsonObject, stateKey = ''): EventDraft => ({ type, sender, stateKey, content })
  return dice.weighted<() => EventDraft>([
    [6, () => setting('m.room.power_levels', wellFormedChange(dice, graph.version, levels, graph.creators))],
    [3, () => setting('m.room.join_rules', randomJoinRules(dice))],
    [4, () => membership(sender, dice.pick(USERS), 'ban')],
    [4, () => membership(sender, dice.pick(USERS), 'leave')],
    [3, () => membership(sender, dice.pick(USERS), 'invite')],
    [2, () => membership(sender, sender, 'leave')],
    [4, () => joining(dice, sender)],
    [6, () => setting(dice.pick(TOPICS), { n: graph.clock }, dice.pick(['', '', '', 'x']))],
    [1, () => setting('m.room.third_party_invite', randomThirdPartyInvite(dice), dice.pick(TOKENS))],
    [1, () => setting('m.room.aliases', {}, dice.pick(SERVERS))],
  ])()
}

function joining(dice: Dice, authoriser: string): EventDraft {
  const user = dice.pick(USERS)
  const vouched = dice.chance(0.3) ? { join_authorised_via_users_server: authoriser } : {}
  const content: JsonObject = { membership: 'join', ...vouched }
  return { type: 'm.room.member', sender: user, stateKey: user, content: dice.chance(0.15) ? { membership: 'knock' } : content }
}

/** The states of the tips, those of some events, and those that no server should come to but that a peer could claim. */
function randomResolutions(dice: Dice, graph: Growing): readonly (readonly StateMap[])[] {
  const states = [...graph.stateAfter.values()]
  const tips = graph.tips.map((tip) => graph.stateAfter.get(tip)).filter((state) => state !== undefined)
  const some = [dice.pick(states), dice.pick(states), ...dice.chance(0.4) ? [dice.pick(states)] : []]
  const claimed = [randomState(dice, graph), dice.pick(states), ...dice.chance(0.5) ? [randomState(dice, graph)] : []]
  return [tips.length > 1 ? tips : some, claimed]
}

function randomState(dice: Dice, graph: Growing): StateMap {
  const state = new Map<string, string>()
  for (const { eventId, type, stateKey } of dice.shuffled([...graph.pdus.values()])) {
    const isKept = type === 'm.room.create' || dice.chance(0.8)
    if (stateKey !== undefined && isKept) state.set(stateKeyText({ type, stateKey }), eventId)
  }
  return state
}
