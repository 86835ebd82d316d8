import { Command, CommanderError } from 'commander'
import { addConfigCommands } from './config-commands.ts'
import { explainError } from './explain-error.ts'
import type { Shell } from './shell.ts'
import { start } from './start.ts'

const CONFIG_OPTION = ['-c, --config <file>', 'the configuration (default: hearth.yaml where the command is started, if there is one)'] as const

/** Carries out one command; the exit code tells whether it worked. */
export async function runCommandLine(args: readonly string[], shell: Shell): Promise<number> {
  const program = new Command('hearth')
    .description('A Matrix homeserver.')
    .version(shell.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.print(text.trimEnd()), writeErr: (text) => shell.note(text.trimEnd()) })
    .showSuggestionAfterError()
  program.command('start').description('run the server').option(...CONFIG_OPTION)
    .action((options: { config?: string }) => start(shell, options))
  addConfigCommands(program, shell)
  try {
    // Old habits and process managers start a program without a command.
    await program.parseAsync([...(args.length === 0 || args[0] === '--config' ? ['start'] : []), ...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    shell.note(explainError(error) ?? describeBug(error))
    return 1
  }
}

function describeBug(error: unknown): string {
  return `This should not happen; please report it.\n${error instanceof Error ? error.stack ?? error.message : String(error)}`
}
