import { pduOf } from '../../../src/matrix/event.ts'
import { contentHash, eventSignedText } from '../../../src/matrix/hashes.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import type { RoomVersion } from '../../../src/matrix/room-versions.ts'
import { signText, withSignature } from '../../../src/matrix/signing.ts'
import { federationPath } from '../../../src/remote/path.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { createFederatedServer } from '../../support/federated-server.ts'
import { ScriptedPeer } from '../../support/peers.ts'
import { keyOf, RemoteRoom, type Said } from '../../support/remote-room.ts'
import type { TestServer, TestUser } from '../../support/server.ts'
import { Talk } from '../../support/talk.ts'
import { TestNetwork } from '../../support/test-network.ts'
import { openDatabase, type Db } from '../../../src/store/database.ts'
import { silentLog } from '../../../src/util/log.ts'

type Cleanup = Parameters<typeof createFederatedServer>[0]

export const OURS = 'one.hearth.test'
export const THEIRS = 'peer.hearth.test'
export const BOB = `@bob:${THEIRS}`
export const BEN = `@ben:${THEIRS}`

export const join = (userId: string): Said => ({ sender: userId, type: 'm.room.member', stateKey: userId, content: { membership: 'join' } })
export const text = (sender: string, body: string): Said => ({ sender, type: 'm.room.message', content: { msgtype: 'm.text', body } })

/** An event of the peer with changes, hashed and signed as if it had been made so. */
export function resign(version: RoomVersion, event: JsonObject, changes: JsonObject, key = keyOf(THEIRS)): JsonObject {
  const { signatures: _, hashes: __, ...told } = { ...event, ...changes }
  const hashed = { ...told, hashes: { sha256: contentHash(told) } }
  return withSignature(hashed, THEIRS, { keyId: key.keyId, signature: signText(eventSignedText(hashed, version), key) })
}

export interface Sent { readonly pdus?: readonly (JsonObject | string)[], readonly edus?: readonly JsonObject[] }

/** A server of ours, and another one that a test plays. */
export class PeerWorld {
  readonly server: TestServer
  readonly network: TestNetwork
  readonly peer: ScriptedPeer
  readonly talk: Talk
  readonly alice: TestUser
  readonly db: Db
  #transactions = 0

  private constructor(server: TestServer, network: TestNetwork, peer: ScriptedPeer, alice: TestUser, db: Db) {
    this.server = server
    this.network = network
    this.peer = peer
    this.alice = alice
    this.talk = new Talk(server.api)
    this.db = db
  }

  static async create(t: Cleanup): Promise<PeerWorld> {
    const network = new TestNetwork()
    const server = await createFederatedServer(t, OURS, { network, clock: new FakeClock() })
    const database = openDatabase(server.connection, silentLog, 3)
    t.teardown(() => database.close())
    const peer = await ScriptedPeer.start(t, { network, name: THEIRS, key: keyOf(THEIRS) })
    return new PeerWorld(server, network, peer, await server.register('alice'), database.db)
  }

  /** A further server. */
  addPeer(t: Cleanup, name: string): Promise<ScriptedPeer> {
    return ScriptedPeer.start(t, { network: this.network, name, key: keyOf(name) })
  }

  /** A room of alice that bob of the peer has joined. */
  async found(version = '11', body: object = {}): Promise<PeerRoom> {
    const roomId = await this.talk.create(this.alice, { preset: 'public_chat', room_version: version, ...body })
    const { rooms, events, receiver } = this.server.services
    const room = await rooms.get(roomId)
    const rows = await this.db.selectFrom('events').select('nid').where('room_nid', '=', room.nid).orderBy('pos').execute()
    const remote = new RemoteRoom(room.version, roomId, (await events.list(rows.map(({ nid }) => nid))).map((event) => event.pdu))
    const shared = new PeerRoom(this, roomId, remote)
    await receiver.receive(room, remote.jsons([remote.say(join(BOB))]), { origin: THEIRS })
    return shared
  }

  get(path: string, from = this.peer) {
    return from.ask(this.server.url, OURS, 'GET', path)
  }

  /** Sends a transaction of the peer. */
  send({ pdus = [], edus = [] }: Sent, { txnId = `t${this.#transactions += 1}`, from = this.peer } = {}) {
    const body = { origin: from.name, origin_server_ts: 1, pdus, edus }
    return from.ask(this.server.url, OURS, 'PUT', federationPath('v1', 'send', txnId), body)
  }

  async asAlice(path: string) {
    return this.server.api.get(`/_matrix/client/v3${path}`, { token: this.alice.token })
  }
}

/** One room, here and at the peer. */
export class PeerRoom {
  readonly world: PeerWorld
  readonly roomId: string
  readonly remote: RemoteRoom

  constructor(world: PeerWorld, roomId: string, remote: RemoteRoom) {
    this.world = world
    this.roomId = roomId
    this.remote = remote
  }

  /** The peer hears what was said here. */
  async hear(...eventIds: string[]): Promise<void> {
    const heard = await this.world.server.services.events.mapById(eventIds)
    for (const eventId of eventIds) {
      const event = heard.get(eventId)
      if (event !== undefined) this.remote.add(pduOf(event.pdu, this.remote.version, eventId))
    }
  }

  /** Alice says something, and the peer hears it. */
  async say(what: string): Promise<string> {
    const eventId = await this.world.talk.say(this.world.alice, this.roomId, what)
    await this.hear(eventId)
    return eventId
  }

  /** Alice sets something, and the peer hears it. */
  async set(type: string, content: object): Promise<string> {
    const eventId = await this.world.talk.set(this.world.alice, this.roomId, type, content)
    await this.hear(eventId)
    return eventId
  }

  /** Somebody of the peer says something, and our server is sent it. */
  async receive(...said: Said[]): Promise<string[]> {
    const eventIds = said.map((each) => this.remote.say(each))
    await this.world.send({ pdus: this.remote.jsons(eventIds) })
    await this.world.server.server.settled()
    return eventIds
  }

  /** From now on the peer answers what is asked about the room. */
  serve(): void {
    const { world: { peer }, remote, roomId } = this
    const at = (kind: string) => new RegExp(`^/_matrix/federation/v1/${kind}/${encodeURIComponent(roomId).replaceAll('.', '\\.')}`)
    const queryOf = (url: string) => new URL(url, 'https://peer').searchParams
    peer.on('GET', at('state_ids'), async ({ url }) => {
      const { state, authChain } = await remote.findStateIds('', '', queryOf(url).get('event_id') ?? '')
      return { body: { pdu_ids: state, auth_chain_ids: authChain } }
    })
    peer.on('GET', at('state'), async ({ url }) => {
      const { state, authChain } = await remote.findState('', '', queryOf(url).get('event_id') ?? '')
      return { body: { pdus: state, auth_chain: authChain } }
    })
    peer.on('GET', at('backfill'), async ({ url }) => {
      const query = queryOf(url)
      const pdus = await remote.backfill('', '', query.getAll('v'), Number(query.get('limit')))
      return { body: { origin: THEIRS, origin_server_ts: 1, pdus } }
    })
    peer.on('POST', at('get_missing_events'), async ({ body }) => {
      const { earliest_events: earliest, latest_events: latest, limit } = JSON.parse(body)
      return { body: { events: await remote.listMissingEvents('', '', { earliest, latest, limit }) } }
    })
    peer.on('GET', at('timestamp_to_event'), ({ url }) => {
      const query = queryOf(url)
      const [ts, isForwards] = [Number(query.get('ts')), query.get('dir') === 'f']
      const events = remote.listIds()
        .map((eventId) => ({ event_id: eventId, origin_server_ts: Number(remote.json(eventId)['origin_server_ts']) }))
        .filter((event) => isForwards ? event.origin_server_ts >= ts : event.origin_server_ts <= ts)
        .sort((a, b) => (a.origin_server_ts - b.origin_server_ts) * (isForwards ? 1 : -1))
      return events[0] === undefined ? { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'None' } } : { body: events[0] }
    })
  }

  /** What alice gets when she asks for an event. */
  event(eventId: string) {
    return this.world.asAlice(`/rooms/${encodeURIComponent(this.roomId)}/event/${encodeURIComponent(eventId)}`)
  }

  /** The ids of what alice is shown, latest first. */
  async shown(): Promise<string[]> {
    const answer = await this.world.asAlice(`/rooms/${encodeURIComponent(this.roomId)}/messages?dir=b&limit=200`)
    return answer.body['chunk'].map((event: { event_id: string }) => event.event_id)
  }
}
