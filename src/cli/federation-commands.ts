import type { Command } from 'commander'
import type { Shell } from './shell.ts'

export function addFederationCommands(program: Command, shell: Shell): void {
  const federation = program.command('federation').description('look at the way to other servers')
  federation.command('test').description('try each step of the way to another server, and whether it finds the way back')
    .argument('<server>', 'such as matrix.org').option('-c, --config <file>', 'the configuration')
    // Loaded when it is needed, with all that speaks to the network.
    .action(async (server: string, options: { config?: string }) =>
      (await import('./run-federation-test.ts')).runFederationTest(shell, server, options))
}
