import fc from 'fast-check'
import type { Pdu } from '../../../src/matrix/event.ts'
import type { RoomVersion } from '../../../src/matrix/room-versions.ts'
import type { ResolvableEvent, StateMap } from '../../../src/matrix/state-resolution/resolution.ts'
import { resolveState } from '../../../src/matrix/state-resolution/resolve-state.ts'
import { authEventsIn, createEvent, eventOf, keyOf, versionOf, type EventInput } from './room-of-events.ts'

export const ALICE = '@alice:a.test'
export const BOB = '@bob:a.test'
export const CHARLIE = '@charlie:b.test'
export const EVELYN = '@evelyn:c.test'
export const ZARA = '@zara:a.test'
export const VERSIONS = ['1', '2', '6', '10', '11', '12']

export type Step = Omit<EventInput, 'id'> & { readonly authEvents?: readonly string[] }

export const join = (userId: string): Step => ({ type: 'm.room.member', sender: userId, stateKey: userId, content: { membership: 'join' } })
export const member = (sender: string, target: string, membership: string): Step =>
  ({ type: 'm.room.member', sender, stateKey: target, content: { membership } })
export const power = (sender: string, users: Readonly<Record<string, number>>, more = {}): Step =>
  ({ type: 'm.room.power_levels', sender, stateKey: '', content: { users, ...more } })
export const topic = (sender: string): Step => ({ type: 'm.room.topic', sender, stateKey: '', content: {} })
export const rules = (sender: string, rule: string): Step =>
  ({ type: 'm.room.join_rules', sender, stateKey: '', content: { join_rule: rule } })

/** A graph of events in which each is sent into a state, which is that of an event before or the resolution of several. */
export class Graph {
  readonly version: RoomVersion
  readonly events = new Map<string, ResolvableEvent>()
  readonly #stateAfter = new Map<string, StateMap>()
  readonly #names = new Map<string, string>()
  #clock = 0

  constructor(version: RoomVersion) {
    this.version = version
    const create = createEvent(version)
    this.#keep('CREATE', create, new Map())
  }

  /** Users with levels: version 12 has no place for those of its creator. */
  levels(users: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
    const { [ALICE]: _, ...others } = users
    return this.version.creatorsPrivileged ? others : users
  }

  /** Sends an event after others, with the auth events of that state unless others are given. */
  send(name: string, after: readonly string[], step: Step): void {
    const state = this.stateAfter(...after)
    const id = `$${name}:a.test`
    const authEvents = step.authEvents?.map((each) => this.idOf(each)) ?? authEventsIn(this.version, { ...step, id }, state)
    this.#clock += 1
    const content = step.type === 'm.room.power_levels'
      ? { ...step.content, users: this.levels((step.content?.['users'] ?? {}) as Record<string, number>) }
      : step.content ?? {}
    const prevEvents = after.map((each) => this.idOf(each))
    const given = { originServerTs: this.#clock, depth: this.#clock, ...step }
    this.#keep(name, eventOf(this.version, { ...given, id, content, authEvents, prevEvents }), state)
  }

  idOf(name: string): string {
    return this.#names.get(name) ?? `$${name}:a.test`
  }

  stateAfter(...names: readonly string[]): StateMap {
    return this.resolve(names.map((name) => this.#stateAfter.get(name) ?? new Map()))
  }

  /** A state of the named events, which may be one that no server should have come to. */
  stateOf(...names: readonly string[]): StateMap {
    return new Map(names.map((name) => {
      const event = this.events.get(this.idOf(name))
      if (event === undefined) throw new Error(name)
      return [keyOf(event), event.eventId]
    }))
  }

  resolve(states: readonly StateMap[]): StateMap {
    return resolveState(this.version, states, { findEvent: (eventId) => this.events.get(eventId) })
  }

  /** The names of the events of a state, sorted. */
  namesOf(state: StateMap): readonly string[] {
    const byId = new Map([...this.#names].map(([name, id]) => [id, name]))
    return [...state.values()].map((id) => byId.get(id) ?? id).sort()
  }

  reject(name: string): void {
    const event = this.events.get(this.idOf(name))
    if (event !== undefined) this.events.set(event.eventId, { ...event, rejected: true })
  }

  #keep(name: string, event: Pdu, before: StateMap): void {
    this.#names.set(name, event.eventId)
    this.events.set(event.eventId, event)
    this.#stateAfter.set(name, event.stateKey === undefined ? before : new Map([...before, [keyOf(event), event.eventId]]))
  }
}

/** Alice's public room with Bob, Charlie and Zara. */
export function usualRoom(id: string): Graph {
  const graph = new Graph(versionOf(id))
  graph.send('IMA', ['CREATE'], join(ALICE))
  graph.send('IPOWER', ['IMA'], power(ALICE, { [ALICE]: 100 }))
  graph.send('IJR', ['IPOWER'], rules(ALICE, 'public'))
  graph.send('IMB', ['IJR'], join(BOB))
  graph.send('IMC', ['IMB'], join(CHARLIE))
  graph.send('START', ['IMC'], join(ZARA))
  return graph
}

/** Arbitrary events by arbitrary users, most of which some rule refuses. */
function anyStep(): fc.Arbitrary<Step> {
  const users = fc.constantFrom(ALICE, BOB, CHARLIE, ZARA, EVELYN)
  return fc.oneof(
    fc.tuple(users, users, fc.integer({ min: 0, max: 100 })).map(([sender, user, level]) => power(sender,
      { [ALICE]: 100, [user]: level })),
    fc.tuple(users, users, fc.constantFrom('ban', 'leave', 'invite', 'join')).map(([sender, user, kind]) => member(sender, user, kind)),
    users.map(join), users.map(topic), users.map((sender) => rules(sender, 'invite')),
  )
}

/** Branches of a room, each with some events. */
export function anyBranches(id: string): fc.Arbitrary<{ graph: Graph, tips: readonly string[] }> {
  return fc.array(fc.array(anyStep(), { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 }).map((branches) => {
    const graph = usualRoom(id)
    const tips = branches.map((steps, branch) => {
      let tip = 'START'
      for (const [index, each] of steps.entries()) {
        graph.send(`B${branch}N${index}`, [tip], { ...each, originServerTs: 20 + index })
        tip = `B${branch}N${index}`
      }
      return tip
    })
    return { graph, tips }
  })
}

/** A room that forks and comes together again anywhere; the last events stand for states to resolve. */
export function anyGraph(id: string, sizeMax: number): fc.Arbitrary<{ graph: Graph, tips: readonly string[] }> {
  const step = fc.tuple(anyStep(), fc.array(fc.nat(), { minLength: 1, maxLength: 2 }))
  return fc.tuple(fc.array(step, { minLength: 4, maxLength: sizeMax }), fc.integer({ min: 2, max: 4 })).map(([steps, tipCount]) => {
    const graph = usualRoom(id)
    const names = ['IMC', 'START']
    for (const [index, [each, after]] of steps.entries()) {
      const name = `N${index}`
      const chosen = after.map((at) => names[Math.max(0, names.length - 1 - at % 6)] ?? 'START')
      graph.send(name, [...new Set(chosen)], { ...each, originServerTs: 20 + index % 7 })
      names.push(name)
    }
    return { graph, tips: names.slice(-tipCount) }
  })
}
