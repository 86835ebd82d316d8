// Messages of another server, in transactions as large as they may be, one after another, until somebody here has read them.
import { measure, waitUntilQuiet, type Row } from '../measure.ts'
import type { PeerRoom } from './peer-room.ts'
import { mainPeer, MessageReader, type FederationBench } from './world.ts'

const pdusMax = 50

export async function measureInbound(bench: FederationBench, rooms: readonly PeerRoom[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const into of [rooms.slice(0, 1), rooms]) rows.push(await receive(bench, into))
  return rows
}

async function receive(bench: FederationBench, rooms: readonly PeerRoom[]): Promise<Row> {
  const { settings, server, serverName, user, peerUser } = bench
  const peer = mainPeer(bench)
  const messages = sayInTurn(rooms, peerUser, settings.inboundMessages)
  const wanted = new Set(messages.map(({ eventId }) => eventId))
  const newest = rooms.map((room) => room.last()?.pdu.eventId ?? '')
  const client = server.connect(user)
  const reader = new MessageReader(client)
  await reader.begin()
  await waitUntilQuiet(settings)
  const name = `${settings.inboundMessages} messages into ${rooms.length === 1 ? 'a room' : `${rooms.length} rooms`}`
  const row = await measure(bench, { workload: 'inbound', case: name }, async () => {
    const startedMs = performance.now()
    const reading = reader.readUntil(newest, wanted)
    for (let at = 0; at < messages.length; at += pdusMax) {
      const pdus = messages.slice(at, at + pdusMax).map(({ canonical }) => canonical)
      await peer.send(serverName, `in-${rooms.length}-${at}-${Math.trunc(startedMs)}`, pdus)
    }
    const acceptedS = (performance.now() - startedMs) / 1000
    const seen = await reading
    const seconds = (performance.now() - startedMs) / 1000
    const metrics = { per_s: seen.size / seconds, accepted_s: acceptedS, unseen: messages.length - seen.size }
    return { metrics, operations: messages.length, errors: newest.filter((eventId) => !seen.has(eventId)).length }
  })
  client.close()
  return row
}

function sayInTurn(rooms: readonly PeerRoom[], sender: string, count: number): { eventId: string, canonical: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const content = { msgtype: 'm.text', body: `This is message ${index}, and it is about as long as most are.` }
    const room = rooms[index % rooms.length]
    if (room === undefined) throw new Error('There is no room')
    const { pdu: { eventId }, canonical } = room.say({ sender, type: 'm.room.message', content })
    return { eventId, canonical }
  })
}
