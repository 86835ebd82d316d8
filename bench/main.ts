// Measures one homeserver by its public Client-Server API.
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { Fixtures } from './fixtures.ts'
import { Homeserver } from './homeserver.ts'
import type { Row, Workload } from './measure.ts'
import { readSettings, usage, type Settings } from './settings.ts'
import { printRows } from './table.ts'
import { measureConcurrency } from './workloads/concurrency.ts'
import { measureDisk } from './workloads/disk.ts'
import { measureFanOut } from './workloads/fan-out.ts'
import { measureFirstSync } from './workloads/first-sync.ts'
import { measureGrowth } from './workloads/growth.ts'
import { measureIdle } from './workloads/idle.ts'
import { measureInbox } from './workloads/inbox.ts'
import { measureKeys } from './workloads/keys.ts'
import { measurePagination } from './workloads/pagination.ts'
import { measureRegistration } from './workloads/registration.ts'
import { measureSend } from './workloads/send.ts'
import { measureWaiting } from './workloads/waiting.ts'

const workloads: Readonly<Record<string, Workload>> = {
  'registration': measureRegistration,
  'send': measureSend,
  'fan-out': measureFanOut,
  'first-sync': measureFirstSync,
  'waiting': measureWaiting,
  'idle': measureIdle,
  'growth': measureGrowth,
  'pagination': measurePagination,
  'concurrency': measureConcurrency,
  'disk': measureDisk,
  'inbox': measureInbox,
  'keys': measureKeys,
}

async function run(settings: Settings): Promise<void> {
  const fixtures = new Fixtures(settings.state)
  const server = new Homeserver(settings.url, settings.sharedSecret)
  const rows: Row[] = []
  for (const name of settings.only ?? Object.keys(workloads)) {
    const workload = workloads[name]
    if (workload === undefined) throw new Error(`There is no workload "${name}"; there are ${Object.keys(workloads).join(', ')}`)
    process.stderr.write(`${name}\n`)
    rows.push(...await workload({ server, fixtures, settings }))
  }
  process.stdout.write(`${printRows(rows)}\n`)
  const report = { machine: describeMachine(), rows }
  if (settings.json !== undefined) writeFileSync(settings.json, JSON.stringify(report, undefined, 2))
}

function describeMachine(): string {
  return `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`
}

const args = process.argv.slice(2)
if (args.includes('--help')) process.stdout.write(usage)
else await run(readSettings(args))
