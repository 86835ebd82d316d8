// Starts Hearth and Synapse in turn on one PostgreSQL, measures both by the same bench, and prints the ratios as Markdown.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { findFreePort, sharedSecret, type Contender } from './contenders/contender.ts'
import { makeHearth } from './contenders/hearth.ts'
import { startPostgres, type Postgres } from './contenders/postgres.ts'
import { makeSynapse } from './contenders/synapse.ts'
import { sleep } from './parallel.ts'
import type { Row } from './measure.ts'
import { compareRuns, formatMarkdown } from './ratios.ts'

const usage = `npm run bench:compare -- [options] [-- options of npm run bench]

  --runs 5             how often each server is measured, in turn
  --synapse-python P   a python that has matrix-synapse[postgres] (or SYNAPSE_PYTHON; default python3)
  --postgres-bin D     PostgreSQL's programs (default: Debian's newest, else the bundled)
  --work D             data, accounts and logs; kept, since making them takes long (default bench/results/work)
  --out F              the Markdown table goes to this file too
  --servers hearth,synapse   measure only one of them
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'runs': { type: 'string', default: '5' },
    'synapse-python': { type: 'string', default: process.env.SYNAPSE_PYTHON ?? 'python3' },
    'postgres-bin': { type: 'string' },
    'work': { type: 'string', default: join(import.meta.dirname, 'results/work') },
    'out': { type: 'string' },
    'servers': { type: 'string', default: 'hearth,synapse' },
    'help': { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else await compare(resolve(values.work), values.servers.split(','))

async function compare(work: string, names: readonly string[]): Promise<void> {
  mkdirSync(work, { recursive: true })
  const postgres = await startPostgres(join(work, 'postgres'), values['postgres-bin'])
  try {
    const contenders: Contender[] = []
    const python = values['synapse-python']
    const [hearthFolder, synapseFolder] = [join(work, 'hearth'), join(work, 'synapse')]
    if (names.includes('hearth')) contenders.push(await makeHearth(hearthFolder, postgres, await findFreePort()))
    if (names.includes('synapse')) contenders.push(await makeSynapse(synapseFolder, postgres, await findFreePort(), python))
    const runs = new Map<Contender, Row[][]>(contenders.map((contender) => [contender, []]))
    for (let run = 1; run <= Number(values.runs); run += 1) {
      for (const contender of contenders) {
        process.stderr.write(`== run ${run} of ${values.runs}: ${contender.name} ${contender.version}\n`)
        runs.get(contender)?.push(await measureOnce(work, contender, postgres))
      }
    }
    report(work, contenders, postgres, runs)
  } finally {
    postgres.stop()
  }
}

/** Each run begins with a fresh process, and the other server is not there. */
async function measureOnce(work: string, contender: Contender, postgres: Postgres): Promise<Row[]> {
  const running = await contender.start()
  const json = join(work, `${contender.name.toLowerCase()}-rows.json`)
  try {
    await sleep(2000)
    await runBench([
      '--url', running.url, '--pid', String(running.pid), '--postgres-pid', String(postgres.pid),
      '--database-url', contender.databaseUrl, '--shared-secret', sharedSecret,
      '--state', contender.stateFile, '--json', json, ...positionals,
    ])
    return (JSON.parse(readFileSync(json, 'utf8')) as { rows: Row[] }).rows
  } finally {
    await running.stop()
  }
}

/** The driver is a process of its own, so that its CPU is its own. */
function runBench(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], { stdio: 'inherit' })
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('exit', (code) => code === 0 ? done() : failed(new Error(`The bench ended with ${code}`)))
  })
}

function report(work: string, contenders: readonly Contender[], postgres: Postgres, runs: ReadonlyMap<Contender, Row[][]>): void {
  const results = contenders.map(({ name, version }, index) => ({ name, version, runs: [...runs.values()][index] ?? [] }))
  writeFileSync(join(work, 'runs.json'), JSON.stringify(results, undefined, 2))
  const [ours, theirs] = results
  if (ours === undefined || theirs === undefined) return
  const { machine } = JSON.parse(readFileSync(join(work, `${ours.name.toLowerCase()}-rows.json`), 'utf8')) as { machine: string }
  const titles = [`${ours.name} ${ours.version}`, `${theirs.name} ${theirs.version}`] as const
  const head = [
    new Date().toISOString().slice(0, 10), ...titles, `PostgreSQL ${postgres.version}`, machine,
    `medians of ${values.runs} interleaved runs`,
  ].join(' · ')
  const markdown = `${head}\n\n${formatMarkdown(compareRuns(ours.runs, theirs.runs), [ours.name, theirs.name])}\n`
  process.stdout.write(`\n${markdown}`)
  if (values.out !== undefined) writeFileSync(values.out, markdown)
}
