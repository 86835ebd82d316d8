import { readFileSync } from 'node:fs'
import { BEGIN_AGAIN, beginAgain } from './cli/begin-again.ts'
import { runCommandLine } from './cli/command-line.ts'
import { systemClock } from './util/clock.ts'
import { systemRandom } from './util/random.ts'

const LOG_FLUSH_MS = 50
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string }

const exitCode = await runCommandLine(process.argv.slice(2), {
  workingFolder: process.cwd(),
  environment: process.env,
  clock: systemClock,
  random: systemRandom,
  version: manifest.version,
  print: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  // Loaded when it is needed: a command that only looks at the configuration should answer at once.
  createServer: async (parts) => (await import('./server.ts')).createServer(parts),
})
// A start that failed half-way may have left connections open that would keep the process alive. What the log still
// holds is written first.
await systemClock.sleep(LOG_FLUSH_MS)
if (exitCode === BEGIN_AGAIN) beginAgain()
process.exit(exitCode)
