import t from 'tap'
import { contentHash, eventIdOf, eventSignedText } from '../../../src/matrix/hashes.ts'
import type { JsonObject } from '../../../src/matrix/json.ts'
import { signText, withSignature } from '../../../src/matrix/signing.ts'
import { sql } from 'kysely'
import type { ScriptedPeer } from '../../support/peers.ts'
import { keyOf } from '../../support/remote-room.ts'
import { join, PeerWorld, type PeerRoom } from '../receiving/world.ts'

/** One server of ours, an honest one that a test plays, and a hostile one. */
export const world = await PeerWorld.create(t)
export const evil = await world.addPeer(t, 'evil.hearth.test')
export const EVE = `@eve:${evil.name}`
for (const peer of [world.peer, evil]) peer.on('PUT', /\/send\//, { body: { pdus: {} } })

/** A public room that bob of the honest server and eve are in. */
export async function openRoom(version = '11', body: object = {}): Promise<PeerRoom> {
  const shared = await world.found(version, body)
  await world.send({ pdus: shared.remote.jsons([shared.remote.say(join(EVE))]) }, { from: evil })
  await settle()
  return shared
}

export const settle = () => world.server.server.settled()

/** An event, hashed and signed by a server as if it had been made so. */
export function madeBy(serverName: string, { remote }: PeerRoom, event: JsonObject, changes: JsonObject = {}): JsonObject {
  const { signatures: _, hashes: __, ...told } = { ...event, ...changes }
  const hashed = { ...told, hashes: { sha256: contentHash(told) } }
  const key = keyOf(serverName)
  return withSignature(hashed, serverName, { keyId: key.keyId, signature: signText(eventSignedText(hashed, remote.version), key) })
}

/** What was answered for each event of a transaction, as a list of whether it was taken. */
export async function sendAll(pdus: readonly JsonObject[], from: ScriptedPeer = evil): Promise<Record<string, { error?: string }>> {
  const answer = await world.send({ pdus }, { from })
  if (answer.status !== 200) throw new Error(answer.text)
  await settle()
  return answer.body['pdus']
}

/** The event is there for nobody: not by its id, not in the history, not in what is said next. */
export async function isUnseen(shared: PeerRoom, ...events: readonly (JsonObject | string)[]): Promise<boolean> {
  const ids = events.map((event) => typeof event === 'string' ? event : eventIdOf(event, shared.remote.version) ?? '')
  const said = await world.talk.say(world.alice, shared.roomId, 'and on')
  const next = (await world.server.services.events.mapById([said])).get(said)
  const shown = await shared.shown()
  const sync = await world.asAlice('/sync')
  const state = await world.asAlice(`/rooms/${encodeURIComponent(shared.roomId)}/state`)
  const found = await Promise.all(ids.map(async (eventId) => {
    const event = await shared.event(eventId)
    return event.status !== 404 || shown.includes(eventId) || sync.text.includes(eventId) || state.text.includes(eventId)
      || JSON.stringify(next?.pdu).includes(eventId)
  }))
  return sync.status === 200 && !found.includes(true)
}

/** Tables that may change whatever becomes of what was sent: answers, keys, names that were looked up, what waits to be sent. */
const MAY_CHANGE = [
  'unsent_events', 'unsent_edus', 'carried_events', 'inbound_transactions', 'server_keys', 'users', 'state_keys', 'destinations',
  'uia_sessions',
]

/** How many rows each table has, and the newest position. */
export async function countRows(): Promise<Record<string, number>> {
  const { rows: tables } = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
  `.execute(world.db)
  const counts = tables.filter(({ name }) => !MAY_CHANGE.includes(name)).map(({ name }) => (
    sql<{ name: string, count: number }>`select ${name}::text as name, count(*)::int as count from ${sql.table(name)}`
  ))
  const { rows } = await sql<{ name: string, count: number }>`${sql.join(counts, sql` union all `)}`.execute(world.db)
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]))
}
