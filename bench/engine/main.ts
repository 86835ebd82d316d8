// npm run bench:engine -- [--work bench/results/engine] [--only states,fork] [--events 100000] [--members 10000] [--fork 1000]
// Measures parts of Hearth that no public API reaches: the state at old events, and forks.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { formatNumber } from '../table.ts'
import type { EngineRow } from './engine-row.ts'
import { openEngineWorld } from './engine-world.ts'
import { measureFork } from './fork.ts'
import { measureStates } from './states.ts'

const { values } = parseArgs({
  options: {
    work: { type: 'string', default: join(import.meta.dirname, '../results/engine') },
    only: { type: 'string', default: 'states,fork' },
    events: { type: 'string', default: '100000' },
    members: { type: 'string', default: '10000' },
    fork: { type: 'string', default: '1000' },
  },
})

const world = await openEngineWorld(resolve(values.work))
try {
  const wanted = values.only.split(',')
  const rows: EngineRow[] = []
  if (wanted.includes('states')) rows.push(...await measureStates(world, Number(values.events), Number(values.members)))
  if (wanted.includes('fork')) rows.push(...await measureFork(world, Number(values.fork)))
  for (const row of rows) {
    const metrics = Object.entries(row.metrics).map(([name, value]) => `${name}=${formatNumber(value)}`)
    process.stdout.write(`${row.case}: ${metrics.join(' ')}\n`)
  }
} finally {
  await world.close()
}
