// Starts Hearth and Synapse in turn, each with a scripted server of this bench beside it, and measures what passes between them.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { certificateFiles, TEST_CA_FILE } from '../../tests/support/peers.ts'
import { findFreePort, sharedSecret, type Contender, type FederationPlan } from '../contenders/contender.ts'
import { makeHearth } from '../contenders/hearth.ts'
import { startPostgres, type Postgres } from '../contenders/postgres.ts'
import { makeSynapse } from '../contenders/synapse.ts'
import { Homeserver } from '../homeserver.ts'
import type { Row } from '../measure.ts'
import { compareRuns, formatMarkdown } from '../ratios.ts'
import { formatNumber, printRows } from '../table.ts'
import { measureInbound } from './inbound.ts'
import { measureJoins } from './join.ts'
import { measureOutbound } from './outbound.ts'
import { Peer } from './peer.ts'
import { buildLargeRoom, shareRooms, type FederationBench } from './world.ts'

const usage = `npm run bench:federation -- [options]

  --only a,b             of: inbound, outbound, join
  --runs 1               how often each server is measured, in turn, on new data each time
  --inbound 2000         messages that the other server sends
  --outbound 5000        messages that it misses while it is away
  --rooms 50             rooms that both share
  --members 10000        members of the room that is joined
  --names 10             servers that these are of
  --room-version 11
  --servers hearth,synapse   measure only one of them
  --synapse-python P     a python that has matrix-synapse[postgres] (or SYNAPSE_PYTHON; default python3)
  --postgres-bin D       PostgreSQL's programs (default: Debian's newest, else the bundled)
  --work D               data and logs, made anew (default bench/results/federation)
  --out F                the Markdown table goes to this file too
`

const { values } = parseArgs({
  options: {
    'only': { type: 'string', default: 'inbound,outbound,join' },
    'runs': { type: 'string', default: '1' },
    'inbound': { type: 'string', default: '2000' },
    'outbound': { type: 'string', default: '5000' },
    'rooms': { type: 'string', default: '50' },
    'members': { type: 'string', default: '10000' },
    'names': { type: 'string', default: '10' },
    'room-version': { type: 'string', default: '11' },
    'servers': { type: 'string', default: 'hearth,synapse' },
    'synapse-python': { type: 'string', default: process.env.SYNAPSE_PYTHON ?? 'python3' },
    'postgres-bin': { type: 'string' },
    'work': { type: 'string', default: join(import.meta.dirname, '../results/federation') },
    'out': { type: 'string' },
    'help': { type: 'boolean', default: false },
  },
})

interface Result {
  version: string
  readonly runs: Row[][]
}

const tls: FederationPlan['tls'] = { ...certificateFiles(), ca: TEST_CA_FILE }

if (values.help) process.stdout.write(usage)
else await compare(resolve(values.work))

async function compare(work: string): Promise<void> {
  rmSync(work, { recursive: true, force: true })
  const results = new Map<string, Result>(values.servers.split(',').map((name) => [name, { version: '', runs: [] }]))
  const loads: number[] = []
  for (let run = 1; run <= Number(values.runs); run += 1) {
    for (const [name, result] of results) {
      const folder = join(work, `${name}-${run}`)
      mkdirSync(folder, { recursive: true })
      const postgres = await startPostgres(join(folder, 'postgres'), values['postgres-bin'])
      try {
        const contender = await makeContender(name, folder, postgres)
        result.version = contender.version
        loads.push(loadavg()[0] ?? 0)
        process.stderr.write(`== run ${run} of ${values.runs}: ${name} ${contender.version}\n`)
        const rows = await measureOnce(contender, postgres)
        process.stderr.write(`${printRows(rows)}\n`)
        result.runs.push(rows)
      } finally {
        postgres.stop()
      }
    }
  }
  report(work, results, loads)
}

interface FederatedContender extends Contender { readonly serverName: string }

async function makeContender(name: string, folder: string, postgres: Postgres): Promise<FederatedContender> {
  const [clients, others] = [await findFreePort(), await findFreePort()]
  const plan: FederationPlan = { serverName: `127.0.0.1:${others}`, port: others, tls }
  const contender = name === 'hearth'
    ? await makeHearth(folder, postgres, clients, plan)
    : await makeSynapse(folder, postgres, clients, values['synapse-python'], plan)
  return { ...contender, serverName: plan.serverName }
}

async function measureOnce(contender: FederatedContender, postgres: Postgres): Promise<Row[]> {
  const peers = await openPeers(Number(values.names))
  let running = await contender.start()
  try {
    const server = new Homeserver(running.url, sharedSecret)
    const client = server.connect()
    const user = await server.register(client, 'local')
    client.close()
    const settings = {
      pid: running.pid, postgresPid: postgres.pid, roomVersion: values['room-version'], members: Number(values.members),
      inboundMessages: Number(values.inbound), outboundMessages: Number(values.outbound), sharedRooms: Number(values.rooms),
    }
    const bench: FederationBench = {
      settings, server, serverName: contender.serverName, peers, user, peerUser: `@peer:${peers[0]?.name}`, isRestarted: false,
      restart: async () => {
        await running.stop()
        running = await contender.start()
        return { ...bench, settings: { ...settings, pid: running.pid }, isRestarted: true }
      },
    }
    return await runWorkloads(bench, values.only.split(','))
  } finally {
    await running.stop()
    for (const peer of peers) await peer.close()
  }
}

async function runWorkloads(bench: FederationBench, wanted: readonly string[]): Promise<Row[]> {
  const rows: Row[] = []
  if (wanted.includes('join')) rows.push(...await measureJoins(bench, [buildLargeRoom(bench), buildLargeRoom(bench)]))
  if (!wanted.includes('inbound') && !wanted.includes('outbound')) return rows
  const rooms = await shareRooms(bench, bench.settings.sharedRooms)
  if (wanted.includes('inbound')) rows.push(...await measureInbound(bench, rooms))
  if (wanted.includes('outbound')) rows.push(...await measureOutbound(bench, rooms))
  return rows
}

/** They share the rooms: whoever is asked knows them. */
async function openPeers(count: number): Promise<Peer[]> {
  const rooms: Peer['rooms'] = new Map()
  const peers: Peer[] = []
  for (let index = 0; index < count; index += 1) peers.push(new Peer(await findFreePort(), tls, rooms))
  for (const peer of peers) await peer.open()
  return peers
}

function report(work: string, results: ReadonlyMap<string, Result>, loads: readonly number[]): void {
  writeFileSync(join(work, 'runs.json'), JSON.stringify(Object.fromEntries(results), undefined, 2))
  const [ours, theirs] = [results.get('hearth'), results.get('synapse')]
  if (ours === undefined || theirs === undefined) return
  const head = [
    new Date().toISOString().slice(0, 10), `Hearth ${ours.version}`, `Synapse ${theirs.version}`,
    `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'CPU'}`, `load before each ${loads.map(formatNumber).join(', ')}`,
  ].join(' · ')
  const markdown = `${head}\n\n${formatMarkdown(compareRuns(ours.runs, theirs.runs), ['Hearth', 'Synapse'])}\n`
  process.stdout.write(`\n${markdown}`)
  if (values.out !== undefined) writeFileSync(values.out, markdown)
}
