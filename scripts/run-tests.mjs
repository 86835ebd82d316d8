// Runs tap and closes with one line, 'N passed, N failed[, N skipped]'. Arguments are passed on:
//   npm test -- tests/unit/config.test.ts
// The name of this file must not match what tap takes for a test, or it would start itself again.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFailures } from './failures.mjs'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const tap = at('node_modules/tap/dist/esm/run.mjs')
const options = { cwd: at('.'), env: { ...process.env, NODE_NO_WARNINGS: '1' } }

/** tap bakes its list of plugins into generated code; after `npm ci` that would still be the default list. */
function buildTap() {
  if (existsSync(at('.tap/plugins')) && existsSync(at('node_modules/@tapjs/test/test-built'))) return
  const build = spawnSync(process.execPath, [tap, 'build'], { ...options, stdio: ['ignore', 'ignore', 'inherit'] })
  if (build.status !== 0) process.exit(build.status ?? 1)
}

/** tap's own last words are `# { total: 5, pass: 2, fail: 1, todo: 1, skip: 1 }`. */
function countsOf(tail) {
  const summary = [...tail.matchAll(/^# \{ (total: \d+[^}]*) \}$/gm)].at(-1)?.[1] ?? ''
  const counts = new Map(summary.split(', ').map((part) => part.split(': ')))
  const count = (name) => Number(counts.get(name) ?? 0)
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') }
}

/** What failed stands at the end too, where it is looked for. */
function tellFailures({ told }) {
  for (const { name, details } of told) console.log(['', `FAILED ${name}`, ...details].join('\n'))
}

/**
 * A file with a failure is run once more, alone: what then passes depended on what ran beside it.
 * It is told, and the checks that failed at first do not count as passed.
 */
async function runAgain({ files }, environment) {
  console.log(`\nOnce more, alone: ${files.join(' ')}\n`)
  const again = await runTap(environment, ['--jobs=1', ...args.filter((word) => word.startsWith('-')), ...files])
  const unsteady = files.filter((file) => !again.failures.files.includes(file))
  if (unsteady.length > 0) console.log(`\nUNSTEADY, failed beside others and passed alone: ${unsteady.join(' ')}`)
  return again
}

function finish(code, { passed, failed, skipped }) {
  // A run in which nothing was tested is not a success.
  const ranNothing = passed + failed === 0
  if (code !== 0 && failed === 0) console.log(`tap ended with ${code} though no test failed: look above for a crash or a timeout.`)
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exit(code === 0 && ranNothing ? 1 : code ?? 1)
}

/**
 * One PostgreSQL, the embedded one or that of HEARTH_TEST_PG_BIN, for all test files,
 * each of which makes a database of its own there.
 */
async function startPostgres() {
  const bin = process.env.HEARTH_TEST_PG_BIN
  return bin === undefined ? startEmbeddedPostgres() : startOutsidePostgres(bin)
}

const environmentOf = ({ host, port, user }) =>
  ({ HEARTH_TEST_PG_HOST: host, HEARTH_TEST_PG_PORT: String(port), HEARTH_TEST_PG_USER: user })

async function startOutsidePostgres(bin) {
  const { createOutsidePostgres } = await import('../tests/support/outside-postgres.ts')
  const server = createOutsidePostgres(bin)
  return { environment: environmentOf({ ...server, port: 5432 }), stop: () => server.remove() }
}

/** It may forget what it wrote, unlike those that the tests of durability start for themselves. */
async function startEmbeddedPostgres() {
  const { startEmbedded } = await import('../src/store/embedded/embedded.ts')
  const { silentLog } = await import('../src/util/log.ts')
  const { default: pg } = await import('pg')
  const dataDir = await mkdtemp(join(tmpdir(), 'hearth-tests-'))
  const first = await startEmbedded({ dataDir, log: silentLog })
  const client = new pg.Client(first.connection)
  await client.connect()
  for (const setting of ['fsync = off', 'synchronous_commit = off', 'full_page_writes = off', 'max_connections = 200']) {
    await client.query(`alter system set ${setting}`)
  }
  await client.end()
  await first.stop()
  const server = await startEmbedded({ dataDir, log: silentLog })
  return {
    environment: environmentOf(server.connection),
    async stop() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function runTap(environment, words) {
  const child = spawn(process.execPath, [tap, '--reporter=tap', ...words], {
    ...options, env: { ...options.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  const failures = createFailures()
  let tail = ''
  child.stdout.setEncoding('utf8').on('data', (data) => {
    process.stdout.write(data)
    failures.read(data)
    tail = (tail + data).slice(-8192)
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
    isInterrupted = true
    child.kill(signal)
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, counts: countsOf(tail), failures })))
}

async function runTests(environment) {
  const first = await runTap(environment, args)
  if (first.failures.files.length === 0 || isInterrupted) return first
  tellFailures(first.failures)
  const again = await runAgain(first.failures, environment)
  tellFailures(again.failures)
  return { code: again.code, counts: { ...first.counts, failed: again.counts.failed } }
}

const args = process.argv.slice(2)
let isInterrupted = false
buildTap()
const files = args.filter((argument) => argument.endsWith('.ts'))
const needsPostgres = files.length === 0 || files.some((file) => !file.includes('tests/unit/'))
const postgres = needsPostgres ? await startPostgres() : undefined
const { code, counts } = await runTests(postgres?.environment ?? {})
await postgres?.stop()
finish(code, counts)
