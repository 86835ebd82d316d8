import type { Config } from '../config/config.ts'
import type { Connection } from '../store/database.ts'
import { startEmbedded } from '../store/embedded/embedded.ts'
import { probeDatabase } from '../store/probe.ts'
import type { Log } from '../util/log.ts'
import { OperatorError } from '../util/operator-error.ts'
import { prepareDataFolder } from './data-folder.ts'

export interface FoundConnection {
  readonly connection: Connection
  /** What people are told of where the data is. */
  readonly place: string
  release(): Promise<void>
}

/** The database that the configuration names, or else the embedded one, started if needed. Errors: an OperatorError with the fix. */
export async function findConnection(config: Config, log: Log): Promise<FoundConnection> {
  await prepareDataFolder(config.dataDir)
  const { url } = config.database
  if (url === undefined) {
    const { connection, stop } = await startEmbedded({ dataDir: config.dataDir, log })
    return { connection, place: `the embedded PostgreSQL in ${config.dataDir}`, release: stop }
  }
  const place = `PostgreSQL at ${withoutPassword(url)}`
  const probe = await probeDatabase({ url })
  if (!probe.ok) throw new OperatorError(`${place} cannot be used. ${probe.problem} ${probe.fix}`)
  return { connection: { url }, place, release: () => Promise.resolve() }
}

function withoutPassword(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
