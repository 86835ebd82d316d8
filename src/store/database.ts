import { Kysely, PostgresDialect, type Transaction as KyselyTransaction } from 'kysely'
import pg from 'pg'
import type { Log } from '../util/log.ts'
import { applicationName, passFence, type Fence } from './fence.ts'
import type { Tables } from './tables.ts'
import { reach } from './unreachable.ts'

/** Where PostgreSQL is: a URL, or the parts for a unix socket. */
export interface Connection {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly database?: string
}

export type Db = Kysely<Tables>
export type Transaction = KyselyTransaction<Tables>

/** A connection of its own, on which statements may be sent without waiting for the answers of earlier ones. */
export type PinnedClient = pg.Client

export interface Database {
  readonly db: Db
  /** What its transactions must be within; undefined for who works beside the server. */
  readonly fence: Fence | undefined
  /** Opens a further connection for one owner; `onLost` is called when it breaks. */
  pin(onLost: (error: Error) => void): Promise<PinnedClient>
  close(): Promise<void>
}

const INT8 = 20
const INT8_ARRAY = 1016

/** Positions and numbers of events stay below 2^53, so that 64-bit integers may be read as JavaScript numbers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary' | undefined) => {
    if (oid === INT8) return Number
    if (oid === INT8_ARRAY) return parseNumbers
    return pg.types.getTypeParser(oid, format)
  }) as typeof pg.types.getTypeParser,
}

function parseNumbers(text: string): number[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(Number)
}

/**
 * Opens a pool on PostgreSQL.
 * Nothing is asked of the server before the first statement, so that an unreachable one shows at the first migration.
 */
export function openDatabase(connection: Connection, log: Log, poolMax = 10, fence?: Fence): Database {
  const config: pg.ClientConfig = {
    ...(connection.url === undefined ? {} : { connectionString: connection.url }),
    ...(connection.host === undefined ? {} : { host: connection.host }),
    ...(connection.port === undefined ? {} : { port: connection.port }),
    ...(connection.user === undefined ? {} : { user: connection.user }),
    ...(connection.database === undefined ? {} : { database: connection.database }),
    types,
    application_name: applicationName(fence?.epoch),
    options: '-c jit=off',
  }
  const pool = new pg.Pool({ ...config, max: poolMax, onConnect: (client) => passFence(client, fence) })
  pool.on('error', (error) => {
    // While the pool is closed, its connections still say good-bye when PostgreSQL stops too.
    if (!pool.ending) log.info({ error: error.message }, 'An idle database connection was closed')
  })
  // A connection that breaks while somebody uses it fails that one's statements. The event that it brings besides would end the
  // process if nobody heard it, and the pool itself listens to idle connections only.
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ error: error.message }, 'A database connection broke')))
  const { options } = pool
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: { connect: () => reach(() => pool.connect()), end: () => pool.end(), options } }),
  })
  return {
    db,
    fence,
    async pin(onLost) {
      const client = new pg.Client({
        ...config,
        pipeline: true,
        // Hot statements are prepared once and take arrays of any length: planning them anew each time would cost more than it gains.
        options: `${config.options} -c plan_cache_mode=force_generic_plan`,
      } as pg.ClientConfig)
      client.on('error', onLost)
      client.on('end', () => onLost(new Error('The database connection was closed')))
      await reach(() => client.connect())
      await passFence(client, fence)
      return client
    },
    close: () => db.destroy(),
  }
}
