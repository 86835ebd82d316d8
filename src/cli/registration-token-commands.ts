import { InvalidArgumentError, type Command } from 'commander'
import {
  deleteRegistrationToken, insertRegistrationToken, listRegistrationTokens, type RegistrationTokenUse,
} from '../store/users/registration-tokens.ts'
import { DAY_MS } from '../util/durations.ts'
import { OperatorError } from '../util/operator-error.ts'
import { randomString } from '../util/random.ts'
import { withDatabase } from './open-accounts.ts'
import type { Shell } from './shell.ts'

const TOKEN_LENGTH = 20

interface Options {
  readonly config?: string
  readonly token?: string
  readonly uses?: number
  readonly days?: number
  readonly json?: boolean
}

/** The tokens with which people register where `registration.tokens_required` is set. */
export function addRegistrationTokenCommands(program: Command, shell: Shell): void {
  const command = program.command('registration-token').description('let people register by a token')
  const add = (name: string): Command => command.command(name).option('-c, --config <file>', 'the configuration')
  add('create').description('make a token')
    .option('--uses <number>', 'for so many accounts', wholeNumber)
    .option('--days <number>', 'for so many days', wholeNumber)
    .option('--token <token>', 'the token itself (default: made up)', tokenOf)
    .action((options: Options) => create(shell, options))
  add('list').description('list the tokens').option('--json', 'for programs').action((options: Options) => list(shell, options))
  add('delete').description('end a token').argument('<token>')
    .action((token: string, options: Options) => remove(shell, token, options))
}

async function create(shell: Shell, { config, token, uses, days }: Options): Promise<void> {
  const wanted = {
    token: token ?? randomString(shell.random, TOKEN_LENGTH),
    usesAllowed: uses ?? null,
    expiresAt: days === undefined ? null : shell.clock.now() + days * DAY_MS,
  }
  const isNew = await withDatabase(shell, config, ({ database: { db } }) => insertRegistrationToken(db, wanted))
  if (!isNew) throw new OperatorError('There is such a token already. Choose another, or let Hearth make one up.')
  shell.print(wanted.token)
}

async function list(shell: Shell, { config, json }: Options): Promise<void> {
  const tokens = await withDatabase(shell, config, ({ database: { db } }) => listRegistrationTokens(db))
  if (json === true) shell.print(JSON.stringify(tokens, undefined, 2))
  else if (tokens.length === 0) shell.note('There is no token yet.')
  else shell.print(tokens.map(describe).join('\n'))
}

async function remove(shell: Shell, token: string, { config }: Options): Promise<void> {
  const isGone = await withDatabase(shell, config, ({ database: { db } }) => deleteRegistrationToken(db, token))
  if (!isGone) throw new OperatorError('There is no such token.')
  shell.print('The token is good for nothing any more.')
}

function describe({ token, usesAllowed, completed, expiresAt }: RegistrationTokenUse): string {
  const uses = usesAllowed === null ? `${completed} accounts` : `${completed} of ${usesAllowed} accounts`
  const until = expiresAt === null ? '' : `, until ${new Date(expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return `${token}  ${uses}${until}`
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 1 or more.')
  return Number(text)
}

/** Client-Server API, Token-authenticated registration: what a token is made of, and how long it may be. */
function tokenOf(text: string): string {
  if (!/^[\w.~-]{1,64}$/.test(text)) throw new InvalidArgumentError('It must be made of up to 64 of A-Z a-z 0-9 . _ ~ -')
  return text
}
