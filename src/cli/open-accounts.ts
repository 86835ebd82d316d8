import { prepareDatabase } from '../store/prepare-database.ts'
import { openDatabase, type Database } from '../store/database.ts'
import { Names } from '../store/names.ts'
import { AccessTokens } from '../users/access-tokens.ts'
import { Accounts } from '../users/accounts.ts'
import { ApplicationServices } from '../users/application-services.ts'
import { Masks } from '../users/masks.ts'
import { Passwords } from '../users/passwords.ts'
import { Sightings } from '../users/sightings.ts'
import { createLog, type Log } from '../util/log.ts'
import { OperatorError } from '../util/operator-error.ts'
import { findConnection } from './find-connection.ts'
import { interruptible } from './interruptible.ts'
import { loadConfig } from './load-config.ts'
import type { Shell } from './shell.ts'

const POOL_MAX = 2

interface Opened { readonly database: Database, readonly log: Log, readonly serverName: string }

/** Opens the database of the configuration beside a server that may be running, for as long as `use` takes. */
export async function withDatabase<T>(
  shell: Shell, configFile: string | undefined, use: (opened: Opened) => Promise<T>,
): Promise<T> {
  const { config } = loadConfig(shell, configFile)
  const log = createLog({ ...config.log, level: 'warn' })
  const found = await findConnection(config, log)
  try {
    const database = openDatabase(found.connection, log, POOL_MAX)
    try {
      const prepared = await prepareDatabase(database.db, config.serverName)
      if (!prepared.ok) throw new OperatorError(`${prepared.problem} ${prepared.fix}`)
      return await interruptible(() => use({ database, log, serverName: config.serverName }))
    } finally {
      await database.close()
    }
  } finally {
    await found.release()
  }
}

/** The same for commands about people. */
export function withAccounts<T>(shell: Shell, configFile: string | undefined, use: (accounts: Accounts) => Promise<T>): Promise<T> {
  const { clock, random } = shell
  return withDatabase(shell, configFile, ({ database: { db }, log, serverName }) => {
    const passwords = new Passwords({ random, fastInsecure: false })
    const appservices = new ApplicationServices({ registrations: [], serverName })
    const tokens = new AccessTokens({ db, clock, sightings: new Sightings({ db, clock, log }), masks: new Masks({ db, appservices }) })
    return use(new Accounts({ db, names: new Names(db), clock, random, passwords, tokens, serverName }))
  })
}
