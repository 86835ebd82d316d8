import { Names } from '../../../src/store/names.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { silentLog } from '../../../src/util/log.ts'
import { pduOf } from '../../../src/matrix/event.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import type { SigningKey } from '../../../src/matrix/signing.ts'
import { stateKeyText } from '../../../src/matrix/room-state.ts'
import { buildReceiving, type Receiving } from '../../../src/rooms/build-receiving.ts'
import type { Outcome } from '../../../src/rooms/receive/received.ts'
import type { Room } from '../../../src/rooms/room.ts'
import { stateAfter, stateBefore } from '../../../src/rooms/state/state-reference.ts'
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

  /** A room that somebody made elsewhere, and that everybody may join. */
  foreign(version: string, creator: string): SharedRoom {
    const remote = RemoteRoom.create(version, creator)
    return new SharedRoom(this, remote.roomId, remote)
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
  readonly #ownKey: SigningKey

  constructor(world: RemoteWorld, roomId: string, remote: RemoteRoom) {
    this.#world = world
    this.roomId = roomId
    this.remote = remote
    this.#ownKey = world.world.services.signingKey
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

  /** The event by which somebody of our server joins, as another server has it. */
  joinOf(userId: string): string {
    return this.remote.say({ sender: userId, type: 'm.room.member', stateKey: userId, content: { membership: 'join' } }, this.#ownKey)
  }

  /** A state with what authorises it, as another server tells it. */
  given(state: ReadonlyMap<string, string>): { readonly state: JsonObject[], readonly authChain: JsonObject[] } {
    const ids = [...state.values()]
    return { state: this.remote.jsons(ids), authChain: this.remote.jsons(this.remote.chainOf(ids)) }
  }

  /** Our server enters the room. */
  enter(joined: string, state: ReadonlyMap<string, string>) {
    return this.#receiving.roomImport.importRoom({
      roomId: this.roomId, version: this.remote.version.id, join: this.remote.json(joined), ...this.given(state),
    })
  }

  /** The other servers hear of what was said here. */
  async learn(): Promise<void> {
    const { events } = this.#world.world.services
    const known = new Set(this.remote.listIds())
    const rows = await this.#world.db.selectFrom('events').select('nid').where('room_nid', '=', (await this.room()).nid)
      .where('pos', 'is not', null).orderBy('pos').execute()
    for (const event of await events.list(rows.map(({ nid }) => nid))) {
      if (!known.has(event.eventId)) this.remote.add(pduOf(event.pdu, this.remote.version))
    }
  }

  /** The room has to be read anew. */
  async forget(): Promise<void> {
    const room = await this.room()
    room.spoil()
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

  /** The ids of the events that alice is shown, latest first. */
  async shown(): Promise<string[]> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(this.roomId)}/messages?dir=b&limit=100`
    const answer = await this.#world.world.api.get<{ chunk: { event_id: string }[] }>(path, { token: this.#world.alice.token })
    return answer.body.chunk.map((event) => event.event_id)
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
