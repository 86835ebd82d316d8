// A room forks: our server and another one set the same keys of its state apart from each other, then hear of each other.
import { pduOf } from '../../src/matrix/event.ts'
import { buildReceiving } from '../../src/rooms/build-receiving.ts'
import type { Room } from '../../src/rooms/room.ts'
import { Names } from '../../src/store/names.ts'
import { silentLog } from '../../src/util/log.ts'
import { RemoteRoom, testKeys } from '../../tests/support/remote-room.ts'
import { makeAccounts } from '../fixtures.ts'
import type { EngineRow } from './engine-row.ts'
import { costOf, type Cost, type EngineWorld } from './engine-world.ts'
import { countRows, type RowCounts } from './row-counts.ts'

const bob = '@bob:b.test'
/** As many events as one transaction between servers brings at most. */
const transactionMax = 50
const type = 'bench.state'

export async function measureFork(world: EngineWorld, size: number): Promise<EngineRow[]> {
  const { room, creator } = await makeRoom(world)
  const remote = new RemoteRoom(room.version, room.roomId, await listPdus(world, room))
  const { receiver } = buildReceiver(world, remote)
  const receive = async (eventIds: readonly string[]) => {
    const outcomes = await receiver.receive(await world.services.rooms.get(room.roomId), remote.jsons(eventIds), { origin: 'b.test' })
    const bad = outcomes.find(({ kind }) => kind !== 'accepted')
    if (bad !== undefined) throw new Error(`An event of the fork was ${bad.kind}: ${bad.reason}`)
  }
  await receive([remote.say({ sender: bob, type: 'm.room.member', stateKey: bob, content: { membership: 'join' } })])
  const content = (side: string, index: number) => ({ side, index })
  const theirs = Array.from({ length: size }, (_, index) =>
    remote.say({ sender: bob, type, stateKey: String(index), content: content('theirs', index) }))
  const drafts = Array.from({ length: size }, (_, index) =>
    ({ type, sender: creator, stateKey: String(index), content: content('ours', index) }))
  for (let start = 0; start < size; start += transactionMax) {
    await world.services.writer.append(await world.services.rooms.get(room.roomId), drafts.slice(start, start + transactionMax))
  }
  const before = await countRows(world)
  const taken = await costOf(world, async () => {
    for (let start = 0; start < size; start += transactionMax) await receive(theirs.slice(start, start + transactionMax))
  })
  const afterFork = await countRows(world)
  for (const json of await listPdus(world, room)) {
    const pdu = pduOf(json, room.version)
    if (!remote.listIds().includes(pdu.eventId)) remote.add(pdu)
  }
  const merging = remote.say({ sender: bob, type: 'm.room.message', content: { msgtype: 'm.text', body: 'Together again.' } })
  const merged = await costOf(world, () => receive([merging]))
  const afterMerge = await countRows(world)
  return [
    { case: `fork of ${size} state events received`, metrics: { ...metricsOf(taken), ...differences(before, afterFork) } },
    { case: 'event that merges it', metrics: { ...metricsOf(merged), ...differences(afterFork, afterMerge) } },
  ]
}

function metricsOf({ tookMs, cpuMs, postgresCpuMs, loopDelayMs }: Cost): Record<string, number> {
  return { took_ms: tookMs, loop_delay_max_ms: loopDelayMs, cpu_ms: cpuMs, postgres_cpu_ms: postgresCpuMs }
}

function differences(before: RowCounts, after: RowCounts): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [`${name}_rows`, count - (before[name] ?? 0)]))
}

/** Everybody may set state in it. */
async function makeRoom({ server, services, fixtures }: EngineWorld): Promise<{ room: Room, creator: string }> {
  const [account] = await makeAccounts({ server, fixtures }, 'fork', 1)
  if (account === undefined) throw new Error('Nobody was registered')
  const client = server.connect(account)
  const { room_id } = await client.call('POST', '/_matrix/client/v3/createRoom', {
    preset: 'public_chat', power_level_content_override: { state_default: 0 },
  })
  client.close()
  return { room: await services.rooms.get(String(room_id)), creator: account.userId }
}

async function listPdus({ services, database }: EngineWorld, room: Room) {
  const rows = await database.db.selectFrom('events').select('nid').where('room_nid', '=', room.nid).orderBy('pos').execute()
  return (await services.events.list(rows.map(({ nid }) => nid))).map((event) => event.pdu)
}

function buildReceiver({ services, database }: EngineWorld, remote: RemoteRoom) {
  return buildReceiving({
    ...services,
    db: database.db,
    names: new Names(database.db),
    serverName: 'localhost',
    log: silentLog,
    remoteRooms: remote,
    serverKeys: testKeys(new Map([['localhost', services.signingKey]])),
  })
}
