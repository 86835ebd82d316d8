// What the workloads of federation are handed, and the rooms that the scripted server shares with the one that is measured.
import { buildEvent } from '../../src/matrix/build-event.ts'
import type { JsonObject } from '../../src/matrix/json.ts'
import { findNextBatch, sync, createRoom, type Account, type Client, type Homeserver } from '../homeserver.ts'
import type { WatchedProcesses } from '../measure.ts'
import { inParallel, sleep } from '../parallel.ts'
import { PeerRoom } from './peer-room.ts'
import type { Body, Peer } from './peer.ts'

export interface FederationSettings extends WatchedProcesses {
  readonly pid: number
  readonly roomVersion: string
  readonly inboundMessages: number
  readonly outboundMessages: number
  readonly sharedRooms: number
  readonly members: number
}

export interface FederationBench {
  readonly settings: FederationSettings
  readonly server: Homeserver
  /** The name by which others know the server that is measured. */
  readonly serverName: string
  /** The first holds rooms; the others are only where members are. */
  readonly peers: readonly Peer[]
  /** Of the scripted server's only sender. */
  readonly peerUser: string
  readonly user: Account
  readonly isRestarted: boolean
  /** Starts the measured server anew on its data. */
  restart(): Promise<FederationBench>
}

/** What does not come within this time is not waited for any more. */
const giveUpMs = 300_000
const lookEveryMs = 10

export const mainPeer = ({ peers }: FederationBench): Peer => {
  const [peer] = peers
  if (peer === undefined) throw new Error('There is no scripted server')
  return peer
}

/** Rooms that a user of the server has made and one of the scripted server has joined. */
export async function shareRooms(bench: FederationBench, count: number): Promise<PeerRoom[]> {
  const lanes = Array.from({ length: 8 }, () => bench.server.connect(bench.user))
  try {
    return await inParallel(Array.from({ length: count }), lanes.length, async (_, lane) => {
      return shareRoom(bench, lanes[lane] ?? bench.server.connect(bench.user))
    })
  } finally {
    lanes.forEach((lane) => lane.close())
  }
}

async function shareRoom(bench: FederationBench, client: Client): Promise<PeerRoom> {
  const { serverName, peerUser, settings: { roomVersion } } = bench
  const peer = mainPeer(bench)
  const roomId = await createRoom(client, 'Shared', roomVersion)
  const room = new PeerRoom(roomVersion, () => peer.key)
  room.roomId = roomId
  const about = [roomId, peerUser].map(encodeURIComponent).join('/')
  const { event } = await peer.ask(serverName, 'GET', `/_matrix/federation/v1/make_join/${about}?ver=${roomVersion}`)
  const built = buildEvent({
    version: room.version,
    fields: {
      type: 'm.room.member', sender: peerUser, stateKey: peerUser, roomId, content: { membership: 'join' },
      prevEvents: event.prev_events, authEvents: event.auth_events, depth: event.depth, originServerTs: Date.now(),
    },
    serverName: peer.name,
    key: peer.key,
  })
  if (!built.ok) throw new Error(built.message)
  const send = `/_matrix/federation/v2/send_join/${[roomId, built.pdu.eventId].map(encodeURIComponent).join('/')}`
  const answer = await peer.ask(serverName, 'PUT', send, built.canonical)
  room.takeState(answer.auth_chain as JsonObject[])
  room.takeState(answer.state as JsonObject[])
  room.take(built.pdu.json)
  peer.rooms.set(roomId, room)
  return room
}

/** A room with that many members of all the scripted servers, none of them of the one that is measured. */
export function buildLargeRoom({ peers, settings: { roomVersion, members } }: Pick<FederationBench, 'peers' | 'settings'>): PeerRoom {
  const keys = new Map(peers.map(({ name, key }) => [name, key]))
  const users = Array.from({ length: members }, (_, index) => `@member${index}:${peers[index % peers.length]?.name}`)
  return PeerRoom.create(roomVersion, users, (serverName) => {
    const key = keys.get(serverName)
    if (key === undefined) throw new Error(`${serverName} has no key`)
    return key
  })
}

const everyMessage = JSON.stringify({
  presence: { not_types: ['*'] }, account_data: { not_types: ['*'] },
  room: { timeline: { limit: 10_000 }, state: { lazy_load_members: true }, ephemeral: { not_types: ['*'] } },
})

/** Follows /sync. */
export class MessageReader {
  readonly #client: Client
  #since: string | undefined

  constructor(client: Client) {
    this.#client = client
  }

  /** What was there before is not told. */
  async begin(): Promise<void> {
    const { body } = await sync(this.#client, { timeoutMs: 0, filter: everyMessage })
    this.#since = findNextBatch(body)
  }

  /** Reads until the newest of them are there or it takes too long; which of those that are wanted came. */
  async readUntil(newest: readonly string[], wanted: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const seen = new Set<string>()
    const startedMs = performance.now()
    while (!newest.every((eventId) => seen.has(eventId)) && performance.now() - startedMs < giveUpMs) {
      const { status, body } = await sync(this.#client, { since: this.#since, timeoutMs: 5_000, filter: everyMessage })
      if (status !== 200) throw new Error(`/sync was answered ${status}`)
      const { next_batch: next, rooms } = JSON.parse(body.toString()) as Body
      this.#since = next as string
      for (const { timeline } of Object.values<Body>(rooms?.join ?? {})) {
        for (const { event_id: eventId } of timeline.events) if (wanted.has(eventId as string)) seen.add(eventId as string)
      }
    }
    return seen
  }
}

export const typingEdu = (roomId: string, userId: string): JsonObject => (
  { edu_type: 'm.typing', content: { room_id: roomId, user_id: userId, typing: true } }
)

export async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  const startedMs = performance.now()
  while (!await isDone()) {
    if (performance.now() - startedMs > giveUpMs) throw new Error('What was waited for did not come')
    await sleep(lookEveryMs)
  }
}
