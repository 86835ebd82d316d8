import { createLog, type Log } from '../util/log.ts'
import { claimDataFolder, prepareDataFolder } from './data-folder.ts'
import { findConnection, type FoundConnection } from './find-connection.ts'
import { loadConfig, type LoadedConfig } from './load-config.ts'
import type { RunnableServer, Shell } from './shell.ts'
import { listenForStop } from './stop-signals.ts'
import { welcome } from './welcome.ts'

/** Runs the server until it is asked to stop. Errors: an OperatorError for what the operator can put right. */
export async function start(shell: Shell, options: { readonly config?: string }): Promise<void> {
  const signals = listenForStop(shell.clock)
  void signals.second.then(() => {
    shell.note('Stopping at once.')
    process.exit(1)
  })
  const loaded = loadConfig(shell, options.config)
  const log = createLog(loaded.config.log)
  reportStrayErrors(log)
  await prepareDataFolder(loaded.config.dataDir)
  const release = await claimDataFolder(loaded.config.dataDir)
  try {
    const found = await findConnection(loaded.config, log)
    try {
      await serve(shell, loaded, found, log, signals.first)
    } finally {
      await found.release()
    }
  } finally {
    await release()
  }
}

async function serve(shell: Shell, loaded: LoadedConfig, found: FoundConnection, log: Log, stopped: Promise<string>): Promise<void> {
  const { clock, random, version } = shell
  const server = await shell.createServer({ config: loaded.config, connection: found.connection, clock, random, log, version })
  try {
    await announce(shell, loaded, found, log, server)
    const reason = await stopped
    log.info({ reason }, 'Stopping: requests that wait are answered first')
  } finally {
    await server.close()
  }
}

async function announce(shell: Shell, loaded: LoadedConfig, { place }: FoundConnection, log: Log, server: RunnableServer): Promise<void> {
  const urls = (await server.listen()).map(({ url }) => url)
  const { setupUrl } = server
  if (loaded.config.log.format === 'json') {
    log.info({ urls, serverName: loaded.config.serverName, setupUrl }, `Hearth ${shell.version} is running`)
  }
  else shell.print(welcome({ version: shell.version, loaded, urls, place, setupUrl }))
}

/**
 * An error that nobody awaited is ours, never a reason to leave everybody without a server; after a thrown one nothing is
 * sure any more.
 */
function reportStrayErrors(log: Log): void {
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'An error was not handled; please report it'))
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'An error was not caught; please report it. Hearth ends, and can be started again')
    process.exit(1)
  })
}
