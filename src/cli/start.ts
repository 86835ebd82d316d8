import { variableName } from '../config/variables.ts'
import { createLog, type Log } from '../util/log.ts'
import { OperatorError } from '../util/operator-error.ts'
import { BeginAgain } from './begin-again.ts'
import { claimDataFolder, prepareDataFolder, prepareMediaFolder } from './data-folder.ts'
import { explainError } from './explain-error.ts'
import { findConnection, type FoundConnection } from './find-connection.ts'
import { findConfigFile, loadConfig, type LoadedConfig } from './load-config.ts'
import type { RunnableServer, Shell } from './shell.ts'
import { listenForStop } from './stop-signals.ts'
import { welcome } from './welcome.ts'

const LISTENERS_VARIABLE = variableName(['listeners'])

export interface StartOptions {
  readonly config?: string
  /** Of a trial. */
  readonly port?: number
}

/** Runs the server until it is asked to stop. Errors: an OperatorError for what the operator can put right. */
export async function start(shell: Shell, options: StartOptions): Promise<void> {
  const loaded = loadConfig(options.port === undefined ? shell : withPort(shell, options.port, options.config), options.config)
  const signals = listenForStop(shell.clock)
  void signals.second.then(() => {
    shell.note('Stopping at once.')
    process.exit(1)
  })
  const log = createLog(loaded.config.log)
  reportStrayErrors(log)
  await prepareDataFolder(loaded.config.dataDir)
  await prepareMediaFolder(loaded.config.media.path)
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

/** A trial has no file in which its port could stand. Errors: an OperatorError where there is a better place for it. */
function withPort(shell: Shell, port: number, configFile: string | undefined): Shell {
  if (findConfigFile(shell, configFile) !== undefined || hasListeners(shell)) {
    throw new OperatorError('--port is for a trial without a configuration. Write the port under listeners.')
  }
  const listeners = `[{ port: ${port}, resources: [client, federation, health] }]`
  return { ...shell, environment: { ...shell.environment, [LISTENERS_VARIABLE]: listeners } }
}

const hasListeners = ({ environment }: Shell): boolean => (environment[LISTENERS_VARIABLE] ?? '') !== ''

async function serve(shell: Shell, loaded: LoadedConfig, found: FoundConnection, log: Log, stopped: Promise<string>): Promise<void> {
  const server = await takeOver(shell, loaded, found, log, stopped)
  if (server === undefined) return
  try {
    await announce(shell, loaded, found, log, server)
  } catch (error) {
    await server.close()
    throw error
  }
  const reason = await Promise.race([stopped, server.lost])
  if (reason === undefined) {
    log.warn({}, 'Another process took over while this one was paused or cut off from the database; this one begins anew, to stand by')
    await server.abandon()
    throw new BeginAgain()
  }
  log.info({ reason }, 'Stopping: requests that wait are answered first')
  await server.close()
}

/** Waits while another process does the work; undefined when this one was stopped meanwhile. */
async function takeOver(
  shell: Shell, { config }: LoadedConfig, { connection, place }: FoundConnection, log: Log, stopped: Promise<string>,
): Promise<RunnableServer | undefined> {
  const { clock, random, version } = shell
  const stop = new AbortController()
  void stopped.then(() => stop.abort())
  const onStandby = (urls: readonly string[]): void => {
    log.info({ urls, place }, 'Another process does the work; this one stands by, hands requests on to it and takes over when it ends')
  }
  try {
    return await shell.createServer({ config, connection, clock, random, log, version, onStandby, signal: stop.signal })
  } catch (error) {
    if (stop.signal.aborted) return undefined
    throw error
  }
}

async function announce(shell: Shell, loaded: LoadedConfig, { place }: FoundConnection, log: Log, server: RunnableServer): Promise<void> {
  const urls = await listen(server, loaded, !hasListeners(shell))
  const { setupUrl } = server
  if (loaded.config.log.format === 'json') {
    log.info({ urls, serverName: loaded.config.serverName, setupUrl }, `Hearth ${shell.version} is running`)
    for (const sentence of loaded.idle) log.info({}, sentence)
  }
  else shell.print(welcome({ version: shell.version, loaded, urls, place, setupUrl }))
}

async function listen(server: RunnableServer, { isTrial, config }: LoadedConfig, mayHavePort: boolean): Promise<string[]> {
  try {
    return (await server.listen()).map(({ url }) => url)
  } catch (error) {
    const said = explainError(error)
    if (!isTrial || !mayHavePort || said === undefined) throw error
    const port = (config.listeners[0]?.port ?? 0) + 1
    throw new OperatorError(`${said} In a trial: npm start -- --port ${port}`)
  }
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
