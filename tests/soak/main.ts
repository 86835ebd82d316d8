// npm run soak -- [--kills 50] [--users 20] [--rooms 10] [--rate 200] [--seed N] [--folder D]
// npm run soak -- --check LEDGER looks at the ledger of an earlier run again.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkLedger } from './checkers.ts'
import { HearthProcess } from './hearth-process.ts'
import { readLedger } from './ledger.ts'
import { runSoak } from './soak.ts'
import { summarize, summarizeFindings } from './summary.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    users: { type: 'string', default: '20' },
    rooms: { type: 'string', default: '10' },
    rate: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    folder: { type: 'string' },
    check: { type: 'string' },
  },
})

if (values.check === undefined) await soak()
else checkAgain(values.check)

function checkAgain(ledgerFile: string): void {
  const findings = checkLedger(readLedger(ledgerFile))
  conclude(summarizeFindings(findings), findings.length === 0)
}

async function soak(): Promise<void> {
  const folder = values.folder === undefined ? mkdtempSync(join(tmpdir(), 'hearth-soak-')) : resolve(values.folder)
  process.stdout.write(`seed ${values.seed}, in ${folder}\n`)
  const report = await runSoak({
    folder, kills: Number(values.kills), users: Number(values.users), rooms: Number(values.rooms),
    messagesPerSecond: Number(values.rate), seed: Number(values.seed), onProgress: (line) => process.stdout.write(`${line}\n`),
  }, await HearthProcess.create(folder))
  const isGood = report.findings.length === 0
  // A failed run's data and ledger stay, since they are the evidence.
  if (isGood && values.folder === undefined) rmSync(folder, { recursive: true, force: true })
  conclude(summarize(report), isGood)
}

function conclude(summary: string, isGood: boolean): void {
  process.stdout.write(`${summary}\n`)
  process.exitCode = isGood ? 0 : 1
}
