import type { Config } from '../config/config.ts'
import type { Environment } from '../config/variables.ts'
import type { Network } from '../remote/network.ts'
import type { Connection } from '../store/database.ts'
import type { Clock } from '../util/clock.ts'
import type { Log } from '../util/log.ts'
import type { Random } from '../util/random.ts'

/** What a command has of the world around it. */
export interface Shell {
  readonly workingFolder: string
  readonly environment: Environment
  readonly clock: Clock
  readonly random: Random
  /** Our own version, as in `0.1.0`. */
  readonly version: string
  /** Writes a line of what was asked for. */
  print(text: string): void
  /** Writes a line beside it: progress, questions, warnings. */
  note(text: string): void
  readonly createServer: CreateServer
  /** Where other machines are found, if not on the internet. */
  readonly network?: Network
}

/** The server as the command line sees it; `server.ts` makes it. */
export type CreateServer = (parts: {
  readonly config: Config
  readonly connection: Connection
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly version: string
  readonly onStandby: (urls: readonly string[]) => void
  readonly signal: AbortSignal
}) => Promise<RunnableServer>

export interface RunnableServer {
  listen(): Promise<readonly { readonly url: string }[]>
  readonly setupUrl: string | undefined
  readonly lost: Promise<void>
  abandon(): Promise<void>
  close(): Promise<void>
}
