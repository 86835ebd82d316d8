import { readFile } from 'node:fs/promises'
import { messageOf } from '../util/message-of.ts'
import { OperatorError } from '../util/operator-error.ts'
import { randomString, type Random } from '../util/random.ts'
import { askSecret, canAsk, readPiped } from './ask.ts'

export interface PasswordOptions {
  readonly passwordFile?: string
  readonly generate?: boolean
}

export interface FoundPassword {
  readonly password: string
  /** Made up by us, so it has to be told. */
  readonly isGenerated: boolean
}

const GENERATED_LENGTH = 20

/**
 * A password from where the caller wants it: made up, a file, the terminal, or a pipe. It never stands among the arguments,
 * which other users of the machine can see.
 */
export async function findPassword(options: PasswordOptions, random: Random): Promise<FoundPassword> {
  if (options.generate === true) return { password: randomString(random, GENERATED_LENGTH), isGenerated: true }
  const password = options.passwordFile === undefined ? await askOrRead() : await readPasswordFile(options.passwordFile)
  if (password === '') throw new OperatorError('The password is empty. Type one, pipe one in, or let Hearth make one up with --generate.')
  return { password, isGenerated: false }
}

async function readPasswordFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    throw new OperatorError(`The password file cannot be read: ${messageOf(error)}.`)
  }
}

async function askOrRead(): Promise<string> {
  if (!canAsk()) return readPiped()
  const password = await askSecret('Password:')
  if (await askSecret('Once more:') !== password) throw new OperatorError('The two passwords differ. Nothing was changed.')
  return password
}
