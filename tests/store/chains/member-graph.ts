import type { ResolvableEvent, StateMap } from '../../../src/matrix/state-resolution/resolution.ts'
import type { RoomVersion } from '../../../src/matrix/room-versions.ts'
import { createEvent, eventOf, keyOf, type EventInput } from '../../unit/matrix/room-of-events.ts'

/** A room whose members changed half on one branch and half on the other. */
export interface MemberGraph {
  readonly events: readonly ResolvableEvent[]
  readonly states: readonly [StateMap, StateMap]
}

const ALICE = '@alice:a.test'

export function memberGraph(version: RoomVersion, members: number, changed: number): MemberGraph {
  const create = createEvent(version)
  const events: ResolvableEvent[] = [create]
  const base = version.roomIdFromCreateEvent ? [] : [create.eventId]
  const send = (input: Omit<EventInput, 'sender'> & { readonly sender?: string }): string => {
    const authEvents = [...base, ...input.authEvents ?? []]
    events.push(eventOf(version, { sender: ALICE, ...input, authEvents, depth: events.length, originServerTs: events.length }))
    return input.id
  }
  const alice = send({ id: '$alice:a.test', type: 'm.room.member', stateKey: ALICE, content: { membership: 'join' } })
  const power = send({ id: '$power:a.test', type: 'm.room.power_levels', stateKey: '', content: { users: {} }, authEvents: [alice] })
  const rules = send({
    id: '$rules:a.test', type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'public' }, authEvents: [alice, power],
  })
  const join = (index: number, name: string, before: readonly string[]): string => {
    const userId = `@u${index}:b.test`
    const content = { membership: 'join', displayname: `Somebody ${name} ${index}` }
    const authEvents = [power, rules, ...before]
    return send({ id: `$${name}${index}:a.test`, type: 'm.room.member', sender: userId, stateKey: userId, content, authEvents })
  }
  const first = Array.from({ length: members }, (_, index) => join(index, 'j', []))
  const common = new Map(events.map((event) => [keyOf(event), event.eventId]))
  const states = [new Map(common), new Map(common)] as const
  for (let index = 0; index < changed; index++) {
    join(index, 'k', [first[index] ?? ''])
    const event = events.at(-1)
    if (event !== undefined) states[index % 2 === 0 ? 0 : 1].set(keyOf(event), event.eventId)
  }
  return { events, states }
}
