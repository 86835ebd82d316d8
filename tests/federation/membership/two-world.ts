import type { Config } from '../../../src/config/config.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { createFederatedServer, type TestWorld } from '../../support/federated-server.ts'
import type { TestServer, TestUser } from '../../support/server.ts'
import { Talk } from '../../support/talk.ts'
import { TestNetwork } from '../../support/test-network.ts'

type Cleanup = Parameters<typeof createFederatedServer>[0]

const V3 = '/_matrix/client/v3'

/** A server with the people of a test. */
export class Town {
  readonly name: string
  readonly server: TestServer
  readonly talk: Talk
  #since: Record<string, string> = {}

  private constructor(name: string, server: TestServer) {
    this.name = name
    this.server = server
    this.talk = new Talk(server.api)
  }

  static async found(t: Cleanup, name: string, world: TestWorld, changes?: Partial<Config>): Promise<Town> {
    return new Town(name, await createFederatedServer(t, name, world, changes))
  }

  ask(user: TestUser, method: string, path: string, body?: object) {
    return this.server.api.ask(method, `${V3}${path}`, { token: user.token, ...(body === undefined ? {} : { body }) })
  }

  room(user: TestUser, roomId: string, action: string, body: object = {}) {
    return this.ask(user, 'POST', `/rooms/${encodeURIComponent(roomId)}/${action}`, body)
  }

  /** Joins by way of servers. */
  join(user: TestUser, roomIdOrAlias: string, ...via: string[]) {
    const query = via.map((server) => `via=${encodeURIComponent(server)}`).join('&')
    return this.ask(user, 'POST', `/join/${encodeURIComponent(roomIdOrAlias)}?${query}`, {})
  }

  /** What a client hears that looks again and again. */
  async sync(user: TestUser) {
    const since = this.#since[user.userId]
    const answer = await this.ask(user, 'GET', `/sync?timeout=0${since === undefined ? '' : `&since=${since}`}`)
    this.#since[user.userId] = answer.body['next_batch']
    return answer.body['rooms'] ?? {}
  }

  /** The memberships in a room as this server has them, without those who left. */
  async members(roomId: string): Promise<Record<string, string>> {
    const room = await this.server.services.rooms.find(roomId)
    const members = [...room?.listMembers() ?? []].filter(({ membership }) => membership !== 'leave')
    return Object.fromEntries(members.map(({ userId, membership }) => [userId, membership]))
  }

  /** All of a room's state by type and key, as ids of events. */
  async state(roomId: string): Promise<Record<string, string>> {
    const room = await this.server.services.rooms.find(roomId)
    const entries = [...room?.listState() ?? []].map(({ type, stateKey, eventId }) => [`${type} ${stateKey}`, eventId])
    const members = [...room?.listMembers() ?? []].map(({ userId, eventId }) => [userId, eventId])
    return Object.fromEntries([...entries, ...members])
  }

  /** Gives another server what this one has said in a room, should it not have heard it yet. */
  async tell(other: Town, roomId: string): Promise<void> {
    const { rooms, events } = this.server.services
    const [here, there] = [await rooms.get(roomId), await other.server.services.rooms.get(roomId)]
    const found = await events.list(here.extremities().map(({ nid }) => nid))
    await other.server.services.receiver.receive(there, found.map((event) => event.pdu), { origin: this.name })
  }
}

export async function foundTowns(t: Cleanup): Promise<{ one: Town, two: Town, three: Town, world: TestWorld }> {
  const world = { network: new TestNetwork(), clock: new FakeClock() }
  return {
    world,
    one: await Town.found(t, 'one.hearth.test', world),
    two: await Town.found(t, 'two.hearth.test', world),
    three: await Town.found(t, 'three.hearth.test', world),
  }
}
