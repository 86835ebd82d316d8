// Somebody joins a large room of another server and speaks at once; whether the server is there for others meanwhile.
import { readFileSync, writeFileSync } from 'node:fs'
import { sendMessage, type Account, type Client } from '../homeserver.ts'
import { measure, waitUntilQuiet, type Row } from '../measure.ts'
import { sleep } from '../parallel.ts'
import { latencyMetrics } from '../stats.ts'
import type { PeerRoom } from './peer-room.ts'
import { mainPeer, until, type FederationBench } from './world.ts'

const pollEveryMs = 20

/** `rooms` have the same members; the one is told without them where that is asked for, the other always whole. */
export async function measureJoins(bench: FederationBench, [inPart, whole]: readonly [PeerRoom, PeerRoom]): Promise<Row[]> {
  const peer = mainPeer(bench)
  const { members } = bench.settings
  const rows = [await measureJoin(bench, inPart, `${members} members`)]
  peer.omitsMembers = false
  rows.push(await measureJoin(bench, whole, `${members} members, told whole`))
  peer.omitsMembers = true
  return rows
}

async function measureJoin(bench: FederationBench, room: PeerRoom, name: string): Promise<Row> {
  const { settings, server, user } = bench
  const peer = mainPeer(bench)
  peer.rooms.set(room.roomId, room)
  const lastMember = room.last()?.pdu.sender ?? ''
  const client = server.connect(user)
  await waitUntilQuiet(settings)
  const before = readResidentMb(settings.pid)
  forgetPeak(settings.pid)
  const poller = new Poller(server.connect(user))
  const polling = poller.run()
  const row = await measure(bench, { workload: 'join', case: name }, async () => {
    const startedMs = performance.now()
    const since = () => performance.now() - startedMs
    const via = encodeURIComponent(peer.name)
    await client.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(room.roomId)}?via=${via}&server_name=${via}`, {})
    const joinMs = since()
    await until(async () => (await sendMessage(client, room.roomId, 'first', 'Hello')).status === 200)
    const sendMs = since()
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room.roomId)}/state/m.room.member/${encodeURIComponent(lastMember)}`
    await until(async () => (await client.ask('GET', path)).status === 200)
    const completeMs = since()
    poller.stop()
    const latencies = await polling
    const peakMb = readPeakMb(settings.pid)
    const known = await countMembers(client, room.roomId)
    return {
      metrics: {
        join_ms: joinMs, send_ms: sendMs, complete_ms: completeMs, memory_peak_mb: peakMb, memory_more_mb: peakMb - before,
        ...latencyMetrics('versions_', latencies), missing_members: settings.members + 1 - known,
      },
      operations: 1,
      errors: settings.members + 1 - known,
    }
  })
  client.close()
  return row
}

async function countMembers(client: Client, roomId: string): Promise<number> {
  const { joined } = await client.call('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/joined_members`)
  return Object.keys(joined as Record<string, Account>).length
}

/** Asks for something that costs nothing, again and again. */
class Poller {
  readonly #client: Client
  #isStopped = false

  constructor(client: Client) {
    this.#client = client
  }

  async run(): Promise<number[]> {
    const latencies: number[] = []
    while (!this.#isStopped) {
      const { startedMs, endedMs } = await this.#client.ask('GET', '/_matrix/client/versions')
      latencies.push(endedMs - startedMs)
      await sleep(pollEveryMs)
    }
    this.#client.close()
    return latencies
  }

  stop(): void {
    this.#isStopped = true
  }
}

const statusOf = (pid: number, key: string): number => {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024
}

function readResidentMb(pid: number): number {
  return statusOf(pid, 'VmRSS')
}

function readPeakMb(pid: number): number {
  return statusOf(pid, 'VmHWM')
}

/** From now on the peak is that since now (proc(5), clear_refs). */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
