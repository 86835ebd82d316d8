// A small share of `npm run soak`: five kills while people talk.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase } from './support/database.ts'
import { claimSideBySide } from './soak/one-time-keys/side-by-side.ts'
import { KeyTraffic, type KeyReport } from './soak/one-time-keys/traffic.ts'
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

t.test('nor when one of two processes is killed or paused at named points; and no one-time key is given twice', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-soak-'))
  const target = await TwoProcesses.create(folder)
  let keys: KeyReport | undefined
  const report = await runSoak({
    folder, kills: 5, users: 20, rooms: 10, messagesPerSecond: 200, seed: 5, onProgress: (line) => t.comment(line),
  }, target, async (...given) => {
    const traffic = await KeyTraffic.start(target, { seed: 5, claimers: 4 })
    await failAgainAndAgain(target)(...given)
    keys = await traffic.end()
  })
  t.comment(summarize(report))
  t.comment(keys?.summary)
  t.same(keys?.findings.slice(0, 20), [])
  t.ok((keys?.ledger.claims.filter(({ given }) => given !== undefined && given !== null).length ?? 0) > 100, 'people got keys')
  t.same(report.findings.slice(0, 20), [])
  t.equal(report.ledger.kills.length, 5)
  t.ok(report.ledger.acks.length > 500, 'people got to talk')
  rmSync(folder, { recursive: true, force: true })
})

t.test('nor when two processes claim keys from one database, both at work, and are killed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-soak-'))
  const report = await claimSideBySide({ connection: await createTestDatabase(t), folder, kills: 1, seed: 5 })
  const { uploaded, given, byProcess, strange, gone, goneMax } = report
  t.comment(`${uploaded} uploaded, ${given.length} given, ${gone} gone; to the processes ${byProcess.join(', ')}`)
  t.equal(new Set(given).size, given.length, 'none twice')
  t.same(strange, [], 'nothing else')
  t.ok(gone <= goneMax, `${gone} went with killed processes`)
  t.ok(byProcess.slice(0, 2).every((count) => count > 0), 'both were at work')
  rmSync(folder, { recursive: true, force: true })
})
