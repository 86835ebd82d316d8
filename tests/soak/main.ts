// npm run soak -- [--kills 50] [--users 20] [--rooms 10] [--rate 200] [--seed N] [--folder D] [--standby]
// With --standby there are two processes on one PostgreSQL, and the one that works is killed or paused at named points.
// npm run soak -- --keys [--kills 50] [--seed N] has many claim one-time keys at two such processes.
// npm run soak -- --encrypted [--synapse] [--messages 1000] [--seed N] [--folder D] has clients encrypt between two servers that are
// killed; with --synapse one of them is the Synapse of the Python that SYNAPSE_PYTHON names.
// npm run soak -- --check LEDGER looks at the ledger of an earlier run again.
// npm run soak -- --properties N [--seed S] looks at N random rooms and events for each property of the protocol's core.
// npm run soak -- --partitions N [--changes 1000] [--seed S] cuts three servers off from each other N times and lets them agree again.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkProperty, PROPERTIES } from '../unit/matrix/properties.ts'
import { checkLedger } from './checkers.ts'
import { HearthProcess } from './hearth-process.ts'
import { readLedger } from './ledger.ts'
import { soakKeys } from './one-time-keys/play.ts'
import { playPartitions } from './partitions/main.ts'
import { killAgainAndAgain, runSoak, type SoakOptions, type SoakReport } from './soak.ts'
import { summarize, summarizeFindings } from './summary.ts'
import { failAgainAndAgain, TAKE_OVER_MAX_MS, TwoProcesses } from './two-processes.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    users: { type: 'string', default: '20' },
    rooms: { type: 'string', default: '10' },
    rate: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    folder: { type: 'string' },
    standby: { type: 'boolean', default: false },
    keys: { type: 'boolean', default: false },
    encrypted: { type: 'boolean', default: false },
    synapse: { type: 'boolean', default: false },
    messages: { type: 'string', default: '1000' },
    check: { type: 'string' },
    properties: { type: 'string' },
    partitions: { type: 'string' },
    changes: { type: 'string', default: '1000' },
  },
})

if (values.properties !== undefined) checkProperties(Number(values.properties))
else if (values.partitions !== undefined) await partition(Number(values.partitions))
else if (values.encrypted) await encrypt()
else if (values.keys) await claimKeys()
else if (values.check === undefined) await soak()
else checkAgain(values.check)

function checkProperties(runs: number): void {
  process.stdout.write(`seed ${values.seed}\n`)
  for (const property of PROPERTIES) {
    checkProperty(property, runs, Number(values.seed))
    process.stdout.write(`${property.name}: ${runs} times\n`)
  }
}

function checkAgain(ledgerFile: string): void {
  const findings = checkLedger(readLedger(ledgerFile))
  conclude(summarizeFindings(findings), findings.length === 0)
}

async function partition(count: number): Promise<void> {
  const folder = openFolder()
  const isGood = await playPartitions({
    folder, count, changes: Number(values.changes), seed: Number(values.seed), onProgress: (line) => process.stdout.write(`${line}\n`),
  })
  if (isGood && values.folder === undefined) rmSync(folder, { recursive: true, force: true })
  conclude(isGood ? 'All agreed' : `Not all agreed; see ${folder}`, isGood)
}

function openFolder(): string {
  return values.folder === undefined ? mkdtempSync(join(tmpdir(), 'hearth-soak-')) : resolve(values.folder)
}

async function encrypt(): Promise<void> {
  const folder = openFolder()
  process.stdout.write(`# seed ${values.seed}, in ${folder}\n`)
  // It prints TAP as soon as it is there.
  const { soakEncrypted } = await import('./encrypted.ts')
  const isGood = await soakEncrypted({
    folder, messages: Number(values.messages), withSynapse: values.synapse, seed: Number(values.seed),
    onProgress: (line) => process.stdout.write(`# ${line}\n`),
  })
  if (isGood && values.folder === undefined) rmSync(folder, { recursive: true, force: true })
  // matrix-js-sdk leaves timers behind.
  process.exit(isGood ? 0 : 1)
}

async function claimKeys(): Promise<void> {
  const folder = openFolder()
  process.stdout.write(`seed ${values.seed}, in ${folder}\n`)
  const onProgress = (line: string): void => void process.stdout.write(`${line}\n`)
  const options = { folder, kills: Number(values.kills), seed: Number(values.seed), onProgress }
  const { findings, summary } = await soakKeys(options, await TwoProcesses.create(folder))
  if (findings.length === 0 && values.folder === undefined) rmSync(folder, { recursive: true, force: true })
  conclude(summary, findings.length === 0)
}

async function soak(): Promise<void> {
  const folder = openFolder()
  process.stdout.write(`seed ${values.seed}, in ${folder}\n`)
  const options: SoakOptions = {
    folder, kills: Number(values.kills), users: Number(values.users), rooms: Number(values.rooms),
    messagesPerSecond: Number(values.rate), seed: Number(values.seed), onProgress: (line) => process.stdout.write(`${line}\n`),
  }
  const report = values.standby ? await soakTwo(options) : await soakOne(options)
  const longestMs = Math.max(...report.ledger.kills.map(({ readyMs }) => readyMs))
  const isGood = report.findings.length === 0 && (!values.standby || longestMs <= TAKE_OVER_MAX_MS)
  // A failed run's data and ledger stay, since they are the evidence.
  if (isGood && values.folder === undefined) rmSync(folder, { recursive: true, force: true })
  conclude(summarize(report), isGood)
}

async function soakOne(options: SoakOptions): Promise<SoakReport> {
  const target = await HearthProcess.create(options.folder)
  return runSoak(options, target, killAgainAndAgain(target))
}

async function soakTwo(options: SoakOptions): Promise<SoakReport> {
  const target = await TwoProcesses.create(options.folder)
  return runSoak(options, target, failAgainAndAgain(target))
}

function conclude(summary: string, isGood: boolean): void {
  process.stdout.write(`${summary}\n`)
  process.exitCode = isGood ? 0 : 1
}
