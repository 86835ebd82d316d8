// The people of one server in a shared room, and what they can do there.
import type { Account, Client } from '../../../bench/homeserver.ts'
import type { Island } from './island.ts'

export type Json = Record<string, unknown>

const PEOPLE = 8

/** Somebody on one server. */
export interface Person {
  readonly userId: string
  readonly client: Client
}

/** The state of a room: event ids by type and state key. */
export type State = ReadonlyMap<string, string>

/** The people of one server; the first of them has power that nobody can take. */
export class Side {
  readonly island: Island
  readonly people: readonly Person[]
  readonly admin: Person

  static async gather(island: Island, prefix: string): Promise<Side> {
    const people: Person[] = []
    for (let index = 0; index < PEOPLE; index += 1) {
      const anyone = island.homeserver.connect()
      const account: Account = await island.homeserver.register(anyone, `${prefix}-${index}`)
      anyone.close()
      people.push({ userId: account.userId, client: island.homeserver.connect(account) })
    }
    return new Side(island, people)
  }

  constructor(island: Island, people: readonly Person[]) {
    const [admin] = people
    if (admin === undefined) throw new Error('A side has no people')
    this.island = island
    this.people = people
    this.admin = admin
  }

  /** The answer's body, or undefined where the server refuses, or would have to ask one that cannot be reached. */
  async try(person: Person, method: string, path: string, body?: Json): Promise<Json | undefined> {
    const answer = await person.client.ask(method, path, body)
    if (answer.status === 500) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.body}`)
    return answer.status === 200 ? JSON.parse(answer.body.toString()) as Json : undefined
  }

  async state(roomId: string): Promise<State> {
    const answer = await this.admin.client.ask('GET', `${pathOf(roomId)}/state`)
    const events = JSON.parse(answer.body.toString()) as { readonly type: string, readonly state_key: string, readonly event_id: string }[]
    return stateOf(events)
  }

  /** The state at an event; undefined where the server does not show the event. */
  async stateAt(roomId: string, eventId: string): Promise<State | undefined> {
    const answer = await this.try(this.admin, 'GET', `${pathOf(roomId)}/context/${encodeURIComponent(eventId)}?limit=0`)
    return answer === undefined ? undefined : stateOf(answer['state'] as Parameters<typeof stateOf>[0])
  }

  async hasAll(roomId: string, eventIds: readonly string[]): Promise<boolean> {
    for (const eventId of eventIds) {
      if (await this.try(this.admin, 'GET', `${pathOf(roomId)}/event/${encodeURIComponent(eventId)}`) === undefined) return false
    }
    return true
  }

  async say(roomId: string, text: string): Promise<string> {
    said += 1
    const path = `${pathOf(roomId)}/send/m.room.message/said-${said}`
    const answer = await this.admin.client.call('PUT', path, { msgtype: 'm.text', body: text })
    return String(answer['event_id'])
  }

  close(): void {
    for (const { client } of this.people) client.close()
  }
}

let said = 0

export const pathOf = (roomId: string): string => `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`

function stateOf(events: readonly { readonly type: string, readonly state_key: string, readonly event_id: string }[]): State {
  return new Map(events.map(({ type, state_key: key, event_id: eventId }) => [`${type} ${key}`, eventId] as const)
    .toSorted(([a], [b]) => a < b ? -1 : 1))
}

/** In what two states differ, for people. */
export function differencesOf(a: State, b: State): string[] {
  const keys = new Set([...a.keys(), ...b.keys()])
  return [...keys].filter((key) => a.get(key) !== b.get(key)).map((key) => `${key}: ${a.get(key)} / ${b.get(key)}`)
}
