// Another server was away while much was said, and comes back: how soon it has the newest of each room, and then the rest, for
// which it asks.
import type { JsonObject } from '../../src/matrix/json.ts'
import { pduOf } from '../../src/matrix/event.ts'
import { sendMessage } from '../homeserver.ts'
import { measure, waitUntilQuiet, type Row } from '../measure.ts'
import { inParallel } from '../parallel.ts'
import type { PeerRoom } from './peer-room.ts'
import type { Body, Peer } from './peer.ts'
import { mainPeer, typingEdu, until, type FederationBench } from './world.ts'

const width = 16
const backfillMax = 100

export async function measureOutbound(bench: FederationBench, rooms: readonly PeerRoom[]): Promise<Row[]> {
  const peer = mainPeer(bench)
  await beHeard(bench, rooms)
  const rows: Row[] = []
  for (const restarts of [false, true]) {
    await peer.close()
    const said = await speak(bench, rooms, bench.settings.outboundMessages)
    rows.push(await comeBack(restarts ? await bench.restart() : bench, rooms, said))
  }
  return rows
}

async function comeBack(bench: FederationBench, rooms: readonly PeerRoom[], said: ReadonlyMap<string, string[]>): Promise<Row> {
  const { settings, serverName, peerUser, isRestarted } = bench
  const peer = mainPeer(bench)
  await waitUntilQuiet(settings)
  const missing = new Map(rooms.map((room) => [room.roomId, new Set(said.get(room.roomId))]))
  const newest = new Map(rooms.map(({ roomId }) => [said.get(roomId)?.at(-1) ?? '', roomId]))
  const name = `${settings.outboundMessages} messages in ${rooms.length} rooms missed${isRestarted ? ', restart' : ''}`
  let received = 0
  const arrived = new Set<string>()
  peer.onPdu = (json) => {
    const room = peer.rooms.get(json['room_id'] as string)
    if (room === undefined) return
    received += 1
    const { eventId } = pduOf(json as JsonObject, room.version)
    missing.get(room.roomId)?.delete(eventId)
    if (newest.has(eventId)) arrived.add(eventId)
  }
  const row = await measure(bench, { workload: 'catch-up', case: name }, async () => {
    const startedMs = performance.now()
    await peer.open()
    await peer.send(serverName, `back-${Math.trunc(startedMs)}`, [], [typingEdu(rooms[0]?.roomId ?? '', peerUser)])
    await until(() => arrived.size === newest.size)
    const newestS = (performance.now() - startedMs) / 1000
    const sentByThen = received
    await inParallel([...newest], width / 2, ([eventId, roomId]) => fetchRest(bench, peer, { roomId, from: eventId, missing }))
    const seconds = (performance.now() - startedMs) / 1000
    const left = [...missing.values()].reduce((sum, { size }) => sum + size, 0)
    const metrics = { newest_s: newestS, sent: sentByThen, all_s: seconds, per_s: (settings.outboundMessages - left) / seconds }
    return { metrics, operations: settings.outboundMessages, errors: left }
  })
  peer.onPdu = () => {}
  return row
}

/** Something has been sent in each room before: only then does a server know what is missing. */
async function beHeard(bench: FederationBench, rooms: readonly PeerRoom[]): Promise<void> {
  const peer = mainPeer(bench)
  const heard = new Set<string>()
  peer.onPdu = (json) => heard.add(json['room_id'] as string)
  await speak(bench, rooms, rooms.length)
  await until(() => heard.size === rooms.length)
}

/** Users here say so much in turn in all rooms; the ids by room, as they came to stand. */
async function speak(
  { server, user }: FederationBench, rooms: readonly PeerRoom[], count: number,
): Promise<Map<string, string[]>> {
  const lanes = Array.from({ length: Math.min(width, rooms.length) }, () => server.connect(user))
  const said = new Map<string, string[]>(rooms.map(({ roomId }) => [roomId, []]))
  const each = Math.ceil(count / rooms.length)
  await inParallel(rooms, lanes.length, async ({ roomId }, lane) => {
    for (let index = 0; index < each; index += 1) {
      const client = lanes[lane]
      if (client === undefined) return
      const txnId = `${Math.trunc(performance.now())}-${index}`
      const answer = await sendMessage(client, roomId, txnId, `This is message ${index}, said meanwhile.`)
      said.get(roomId)?.push((JSON.parse(answer.body.toString()) as Body)['event_id'] as string)
    }
  })
  lanes.forEach((lane) => lane.close())
  return said
}

interface Gap {
  readonly roomId: string
  readonly from: string
  readonly missing: ReadonlyMap<string, Set<string>>
}

/** Asks back through a room until nothing is missing, or nothing more is told. */
async function fetchRest({ serverName }: FederationBench, peer: Peer, { roomId, from, missing }: Gap): Promise<void> {
  const room = peer.rooms.get(roomId)
  const wanted = missing.get(roomId)
  let earliest = from
  while (room !== undefined && wanted !== undefined && wanted.size > 0) {
    const path = `/_matrix/federation/v1/backfill/${encodeURIComponent(roomId)}?limit=${backfillMax}&v=${encodeURIComponent(earliest)}`
    const { pdus } = await peer.ask(serverName, 'GET', path)
    const events = (pdus as JsonObject[]).map((json) => pduOf(json, room.version))
    const before = wanted.size
    for (const { eventId } of events) wanted.delete(eventId)
    const [first] = events.toSorted((a, b) => a.depth - b.depth)
    if (first === undefined || (first.eventId === earliest && wanted.size === before)) return
    earliest = first.eventId
  }
}
