// Hearth as src/main.ts starts it, but for faults at points that the soak names in a file.
import { BEGIN_AGAIN, beginAgain } from '../../src/cli/begin-again.ts'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { createServer } from '../../src/server.ts'
import { openDatabase } from '../../src/store/database.ts'
import { systemClock } from '../../src/util/clock.ts'
import { systemRandom } from '../../src/util/random.ts'
import { Faults, withFaults } from './faults.ts'

const [faultFile = '', ...args] = process.argv.slice(2)
const faults = new Faults(faultFile)

const exitCode = await runCommandLine(args, {
  workingFolder: process.cwd(),
  environment: process.env,
  clock: systemClock,
  random: systemRandom,
  version: '0.0.0',
  print: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  createServer: (parts) => createServer({ ...parts, openDatabase: withFaults(openDatabase, faults) }),
})
if (exitCode === BEGIN_AGAIN) beginAgain()
process.exit(exitCode)
