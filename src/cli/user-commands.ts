import type { Command } from 'commander'
import { MatrixError } from '../matrix/errors.ts'
import type { Account } from '../store/users/accounts.ts'
import type { Accounts } from '../users/accounts.ts'
import { OperatorError } from '../util/operator-error.ts'
import { findPassword, type PasswordOptions } from './find-password.ts'
import { withAccounts } from './open-accounts.ts'
import type { Shell } from './shell.ts'

interface Options extends PasswordOptions {
  readonly config?: string
  readonly admin?: boolean
  readonly displayName?: string
  readonly json?: boolean
  readonly logOut?: boolean
}

/** What may be decided about an account (Client-Server API, Account locking and Account suspension). */
const DECISIONS = [
  { name: 'lock', about: 'let an account do nothing but log out', flags: { locked: true }, said: 'is locked' },
  { name: 'unlock', about: 'take that back', flags: { locked: false }, said: 'is not locked any more' },
  { name: 'suspend', about: 'let an account read and leave, but not speak', flags: { suspended: true }, said: 'is suspended' },
  { name: 'unsuspend', about: 'take that back', flags: { suspended: false }, said: 'is not suspended any more' },
] as const

export function addUserCommands(program: Command, shell: Shell): void {
  const user = program.command('user').description('make and look after accounts')
  const withPassword = (command: Command): Command => command
    .option('-c, --config <file>', 'the configuration')
    .option('--password-file <file>', 'read the password from a file')
    .option('--generate', 'make up a password and print it')
  withPassword(user.command('create').description('make an account').argument('<name>', 'such as alice'))
    .option('--admin', 'let it administrate this server')
    .option('--display-name <name>', 'the name that people see')
    .action((name: string, options: Options) => create(shell, name, options))
  withPassword(user.command('reset-password').description('give an account another password').argument('<name>', 'such as alice'))
    .option('--log-out', 'end every session of the account')
    .action((name: string, options: Options) => resetPassword(shell, name, options))
  for (const { name, about, flags, said } of DECISIONS) {
    user.command(name).description(about).argument('<name>', 'such as alice').option('-c, --config <file>', 'the configuration')
      .action((who: string, options: Options) => decide(shell, who, options, flags, said))
  }
  user.command('list').description('list the accounts').option('-c, --config <file>', 'the configuration').option('--json', 'for programs')
    .action((options: Options) => list(shell, options))
}

async function create(shell: Shell, name: string, options: Options): Promise<void> {
  await withAccounts(shell, options.config, async (accounts) => {
    if (accounts.ownUserIdOf(name) === undefined) throw new OperatorError(`${name} cannot be a user of ${accounts.serverName}.`)
    const userId = await plainly(() => accounts.newUserIdOf(name.startsWith('@') ? name.slice(1, name.indexOf(':')) : name))
    if ((await accounts.find(userId)) !== undefined) {
      throw new OperatorError(`${userId} has an account already. "hearth user reset-password" gives it another password.`)
    }
    const { password, isGenerated } = await findPassword(options, shell.random)
    const wish = { userId, password, isAdmin: options.admin === true, displayName: options.displayName }
    await plainly(() => accounts.create(wish))
    shell.print(`${userId} has an account now${options.admin === true ? ' and administrates this server' : ''}.`)
    if (isGenerated) shell.print(`Password: ${password}`)
  })
}

async function resetPassword(shell: Shell, name: string, options: Options): Promise<void> {
  await withAccounts(shell, options.config, async (accounts) => {
    const account = await getAccount(accounts, name)
    const { password, isGenerated } = await findPassword(options, shell.random)
    await plainly(() => accounts.setPassword(account.user, password))
    if (options.logOut === true) await accounts.endSessions(account.user)
    const sessions = options.logOut === true ? 'Every device is logged out.' : 'Devices that are logged in stay so.'
    shell.print(`${account.userId} has another password now. ${sessions}`)
    if (isGenerated) shell.print(`Password: ${password}`)
  })
}

async function getAccount(accounts: Accounts, name: string): Promise<Account> {
  const userId = accounts.ownUserIdOf(name)
  const account = userId === undefined ? undefined : await accounts.find(userId)
  if (account === undefined) {
    throw new OperatorError(`There is no account ${userId ?? name}. "hearth user list" shows those that there are.`)
  }
  return account
}

async function decide(
  shell: Shell, name: string, { config }: Options, flags: { locked: boolean } | { suspended: boolean }, said: string,
): Promise<void> {
  await withAccounts(shell, config, async (accounts) => {
    const { user, userId, deactivatedAt } = await getAccount(accounts, name)
    if (deactivatedAt !== null) throw new OperatorError(`${userId} has been deactivated.`)
    await accounts.setFlags(user, flags)
    shell.print(`${userId} ${said}.`)
  })
}

async function list(shell: Shell, options: Options): Promise<void> {
  await withAccounts(shell, options.config, async (accounts) => {
    for (let page = await accounts.list(); page.length > 0; page = await accounts.list({ after: page.at(-1)?.userId ?? '' })) {
      for (const account of page) shell.print(options.json === true ? asJson(account) : asLine(account))
    }
  })
}

function asLine({ userId, kind, isAdmin, locked, suspended, deactivatedAt, createdAt }: Account): string {
  const marks = [
    ...(isAdmin ? ['admin'] : []), ...(kind === 'user' ? [] : [kind]), ...(locked ? ['locked'] : []),
    ...(suspended ? ['suspended'] : []), ...(deactivatedAt === null ? [] : ['deactivated']),
  ]
  return `${new Date(createdAt).toISOString().slice(0, 10)}  ${userId}${marks.length === 0 ? '' : `  (${marks.join(', ')})`}`
}

function asJson({ userId, kind, isAdmin, locked, suspended, deactivatedAt, createdAt }: Account): string {
  return JSON.stringify({
    user_id: userId, kind, admin: isAdmin, locked, suspended, deactivated: deactivatedAt !== null, creation_ts: createdAt,
  })
}

/** What the account code says to clients is a plain sentence for the terminal as well. */
async function plainly<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof MatrixError) throw new OperatorError(error.message)
    throw error
  }
}
