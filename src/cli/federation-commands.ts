import type { Command } from 'commander'
import { printFederationStatus, resetFederation, type StatusOptions } from './federation-status.ts'
import type { Shell } from './shell.ts'

export function addFederationCommands(program: Command, shell: Shell): void {
  const federation = program.command('federation').description('look at the way to other servers')
  federation.command('test').description('try each step of the way to another server, and whether it finds the way back')
    .argument('<server>', 'such as matrix.org').option('-c, --config <file>', 'the configuration')
    // Loaded when it is needed, with all that speaks to the network.
    .action(async (server: string, options: { config?: string }) =>
      (await import('./run-federation-test.ts')).runFederationTest(shell, server, options))
  federation.command('status').description('list the servers that do not answer or have not been sent everything')
    .argument('[server]', 'only this one').option('-c, --config <file>', 'the configuration').option('--json', 'for programs')
    .action((server: string | undefined, options: StatusOptions) => printFederationStatus(shell, server, options))
  federation.command('reset').description('try a server at once that did not answer of late')
    .argument('<server>', 'such as matrix.org').option('-c, --config <file>', 'the configuration')
    .action((server: string, options: StatusOptions) => resetFederation(shell, server, options))
}
