import { readFileSync } from 'node:fs'
import { runCommandLine } from './cli/command-line.ts'
import { systemClock } from './util/clock.ts'
import { systemRandom } from './util/random.ts'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string }

process.exitCode = await runCommandLine(process.argv.slice(2), {
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
// The channel to the launcher would keep a finished command alive.
process.disconnect?.()
