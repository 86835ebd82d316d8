import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { backUp } from './backup.ts'
import { BEGIN_AGAIN, BeginAgain } from './begin-again.ts'
import { addConfigCommands } from './config-commands.ts'
import { explainError } from './explain-error.ts'
import { addFederationCommands } from './federation-commands.ts'
import { generateKey } from './generate-key.ts'
import { init } from './init.ts'
import { REGISTRATIONS, type InitOptions } from './init-answers.ts'
import { Interrupted } from './interruptible.ts'
import { addRegistrationTokenCommands } from './registration-token-commands.ts'
import { addJobsCommand } from './jobs-command.ts'
import { restore } from './restore.ts'
import { addRoomCommands } from './room-commands.ts'
import type { Shell } from './shell.ts'
import { start, type StartOptions } from './start.ts'
import { addUserCommands } from './user-commands.ts'

const CONFIG_OPTION = [
  '-c, --config <file>',
  'the configuration (default: hearth.yaml where the command is started, if there is one)',
] as const

const PORT_MAX = 65_535

/** What a shell expects of a program that Ctrl-C has ended. */
const EXIT_INTERRUPTED = 130

/** Carries out one command; the exit code tells whether it worked. */
export async function runCommandLine(args: readonly string[], shell: Shell): Promise<number> {
  const program = new Command('hearth')
    .description('A Matrix homeserver.')
    .version(shell.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.print(text.trimEnd()), writeErr: (text) => shell.note(text.trimEnd()) })
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help to see what there is.')
  program.command('start').description('run the server').option(...CONFIG_OPTION)
    .option('-p, --port <number>', 'the port of a trial, which has no configuration (default: 8008)', portOf)
    .action((options: StartOptions) => start(shell, options))
  addInitCommand(program, shell)
  addConfigCommands(program, shell)
  addUserCommands(program, shell)
  addFederationCommands(program, shell)
  addJobsCommand(program, shell)
  addRoomCommands(program, shell)
  addRegistrationTokenCommands(program, shell)
  program
    .command('generate-key')
    .description('make a signing key')
    .argument('[file]', 'where (default: signing_key_path)')
    .option(...CONFIG_OPTION)
    .action((file: string | undefined, options: { config?: string }) => generateKey(shell, file, options))
  program
    .command('backup')
    .description('write database, signing key and media into a new folder')
    .argument('<folder>')
    .option(...CONFIG_OPTION)
    .action((folder: string, options: { config?: string }) => backUp(shell, folder, options))
  program.command('restore').description('make a server of a backup').argument('<folder>').option(...CONFIG_OPTION)
    .action((folder: string, options: { config?: string }) => restore(shell, folder, options))
  try {
    // Old habits and process managers start a program without a command.
    const isBare = ['--config', '--port', undefined].includes(args[0])
    await program.parseAsync([...(isBare ? ['start'] : []), ...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (error instanceof BeginAgain) return BEGIN_AGAIN
    if (isRefusal(error)) return EXIT_INTERRUPTED
    if (error instanceof Interrupted) {
      shell.note('Stopped before it was done.')
      return EXIT_INTERRUPTED
    }
    shell.note(explainError(error) ?? describeBug(error))
    return 1
  }
}

function addInitCommand(program: Command, shell: Shell): void {
  program.command('init').description('ask five questions and write a configuration, a key, and settings for a reverse proxy')
    .option('--server-name <name>', 'the name behind the colon in user ids')
    .option('--public-baseurl <url>', 'where clients reach the server')
    .option('--registration <who>', `who may register: ${REGISTRATIONS.join(', ')}`)
    .option('--database-url <url>', 'a PostgreSQL of your own, or: embedded')
    .option('--data-dir <folder>', 'where the data is kept')
    .option('-o, --output <file>', 'the file to write (default: hearth.yaml)')
    .option('-y, --yes', 'ask nothing; what is not given has its default')
    .action((options: InitOptions & { output?: string }) => init(shell, options))
}

/** Whether somebody pressed Ctrl-C or Ctrl-D instead of an answer. */
const isRefusal = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > PORT_MAX) throw new InvalidArgumentError(`It must be a number from 0 to ${PORT_MAX}.`)
  return Number(text)
}

function describeBug(error: unknown): string {
  return `This should not happen; please report it.\n${error instanceof Error ? error.stack ?? error.message : String(error)}`
}
