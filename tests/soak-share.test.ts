// A small share of `npm run soak`: five kills while people talk.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { HearthProcess } from './soak/hearth-process.ts'
import { killAgainAndAgain, runSoak } from './soak/soak.ts'
import { summarize } from './soak/summary.ts'
import { failAgainAndAgain, TwoProcesses } from './soak/two-processes.ts'

t.test('nothing acknowledged is lost, nothing comes twice and nobody misses anything when the server is killed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-soak-'))
  const target = await HearthProcess.create(folder)
  const report = await runSoak({
    folder, kills: 5, users: 20, rooms: 10, messagesPerSecond: 200, seed: 5, onProgress: (line) => t.comment(line),
  }, target, killAgainAndAgain(target))
  t.comment(summarize(report))
  t.same(report.findings.slice(0, 20), [])
  t.equal(report.ledger.kills.length, 5)
  t.ok(report.ledger.acks.length > 500, 'people got to talk')
  t.ok(report.retries > 0, 'and noticed the kills')
  rmSync(folder, { recursive: true, force: true })
})

t.test('nor when one of two processes is killed or paused at named points, and the other takes over', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-soak-'))
  const target = await TwoProcesses.create(folder)
  const report = await runSoak({
    folder, kills: 5, users: 20, rooms: 10, messagesPerSecond: 200, seed: 5, onProgress: (line) => t.comment(line),
  }, target, failAgainAndAgain(target))
  t.comment(summarize(report))
  t.same(report.findings.slice(0, 20), [])
  t.equal(report.ledger.kills.length, 5)
  t.ok(report.ledger.acks.length > 500, 'people got to talk')
  rmSync(folder, { recursive: true, force: true })
})
