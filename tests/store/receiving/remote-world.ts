import { Names } from '../../../src/store/names.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { silentLog } from '../../../src/util/log.ts'
import { stateKeyText } from '../../../src/matrix/room-state.ts'
import { buildReceiving } from '../../../src/rooms/build-receiving.ts'
import type { Outcome } from '../../../src/rooms/receive/received.ts'
import type { Room } from '../../../src/rooms/room.ts'
import { stateAfter, stateBefore } from '../../../src/rooms/state-reference.ts'
import type { Receiving } from '../../../src/rooms/build-receiving.ts'
import { createTestServer, type TestServer, type TestUser } from '../../support/server.ts'
import { RemoteRoom, testKeys } from '../../support/remote-room.ts'
import { Talk } from '../../support/talk.ts'

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

/** A server of ours beside a room that other servers are in as well. */
export class RemoteWorld {
  readonly world: TestServer
  readonly talk: Talk
  readonly alice: TestUser
  readonly #database: ReturnType<typeof openDatabase>

  private constructor(world: TestServer, alice: TestUser, database: ReturnType<typeof openDatabase>) {
    this.world = world
    this.talk = new Talk(world.api)
    this.alice = alice
    this.#database = database
  }

  static async create(t: Cleanup): Promise<RemoteWorld> {
    const world = await createTestServer(t)
    const database = openDatabase(world.connection, silentLog, 4)
    t.teardown(() => database.close())
    return new RemoteWorld(world, await world.register('alice'), database)
  }

  get db() {
    return this.#database.db
  }

  /** A room that alice made here, and that others may join. */
  async found(version: string, body: object = {}): Promise<SharedRoom> {
    const roomId = await this.talk.create(this.alice, { preset: 'public_chat', room_version: version, ...body })
    const { rooms, events } = this.world.services
    const room = await rooms.get(roomId)
    const rows = await this.db.selectFrom('events').select('nid').where('room_nid', '=', room.nid).orderBy('pos').execute()
    const remote = new RemoteRoom(room.version, roomId, (await events.list(rows.map(({ nid }) => nid))).map((event) => event.pdu))
    return new SharedRoom(this, room.roomId, remote)
  }
}

/** One room, here and elsewhere. */
export class SharedRoom {
  readonly roomId: string
  readonly remote: RemoteRoom
  readonly #world: RemoteWorld
  readonly #receiving: Receiving

  constructor(world: RemoteWorld, roomId: string, remote: RemoteRoom) {
    this.#world = world
    this.roomId = roomId
    this.remote = remote
    const { services } = world.world
    this.#receiving = buildReceiving({
      ...services,
      db: world.db,
      names: new Names(world.db),
      serverName: 'localhost',
      log: silentLog,
      remoteRooms: remote,
      serverKeys: testKeys(new Map([['localhost', services.signingKey]])),
    })
  }

  get receiving(): Receiving {
    return this.#receiving
  }

  room(): Promise<Room> {
    return this.#world.world.services.rooms.get(this.roomId)
  }

  /** Sends events to our server; returns what became of each. */
  async receive(...eventIds: string[]): Promise<Outcome[]> {
    return this.#receiving.receiver.receive(await this.room(), this.remote.jsons(eventIds), { origin: 'b.test' })
  }

  async kinds(...eventIds: string[]): Promise<string[]> {
    return (await this.receive(...eventIds)).map(({ kind, reason }) => reason === undefined ? kind : `${kind}: ${reason}`)
  }

  /** The state after an event, as our server tells it. */
  async stateAfter(eventId: string): Promise<Record<string, string>> {
    return this.#state(eventId, stateAfter)
  }

  async stateBefore(eventId: string): Promise<Record<string, string>> {
    return this.#state(eventId, stateBefore)
  }

  /** The present state in memory. */
  async present(): Promise<Record<string, string>> {
    const room = await this.room()
    const members = [...room.listMembers()].map(({ userId, eventId }) => ({ type: 'm.room.member', stateKey: userId, eventId }))
    return sorted([...room.listState(), ...members].map(({ type, stateKey, eventId }) => [stateKeyText({ type, stateKey }), eventId]))
  }

  /** The present state in the database. */
  async stored(): Promise<Record<string, string>> {
    const room = await this.room()
    return this.#read({ branch: 0, at: room.lastPos() })
  }

  async #state(eventId: string, at: typeof stateAfter): Promise<Record<string, string>> {
    const event = await this.#world.world.services.events.findById(eventId)
    const reference = event === undefined ? undefined : at(event)
    return reference === undefined ? {} : this.#read(reference)
  }

  async #read(reference: { branch: number, at: number }): Promise<Record<string, string>> {
    const room = await this.room()
    const events = await this.#world.world.services.statesAt.list(room.nid, reference)
    return sorted(events.map(({ type, stateKey = '', eventId }) => [stateKeyText({ type, stateKey }), eventId]))
  }
}

/** A state as an object in the order of its keys. */
export function sorted(entries: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries([...entries].sort(([a], [b]) => a < b ? -1 : 1))
}
