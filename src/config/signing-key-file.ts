import { open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { formatSigningKey, parseSigningKeys, type SigningKey } from '../matrix/signing.ts'
import { makeFolder } from '../util/make-folder.ts'
import { messageOf } from '../util/message-of.ts'
import { OperatorError } from '../util/operator-error.ts'
import { randomString, type Random } from '../util/random.ts'

const SEED_BYTES = 32
const NAME_LENGTH = 6

/** The key of a file in the form that Synapse uses as well; undefined where there is no file. Errors: OperatorError. */
export async function findSigningKey(path: string): Promise<SigningKey | undefined> {
  const text = await readText(path)
  return text === undefined ? undefined : parse(text, path)
}

/** The same for who needs the key and makes none. */
export async function getSigningKey(path: string): Promise<SigningKey> {
  const key = await findSigningKey(path)
  if (key !== undefined) return key
  throw new OperatorError(
    `There is no signing key at ${path}. Put it back from a backup; `
    + 'a new server gets one at its first start, or by "npx hearth generate-key".',
  )
}

/** Writes a new key. A file that is there already is never overwritten, since peers know the server by its key. Errors: OperatorError. */
export async function makeSigningKey(path: string, random: Random): Promise<SigningKey> {
  const text = formatSigningKey(`a_${randomString(random, NAME_LENGTH)}`, random.bytes(SEED_BYTES))
  try {
    await makeFolder(dirname(path), 0o700)
    await write(path, text)
  } catch (error) {
    throw new OperatorError(
      `The signing key cannot be written to ${path} (${messageOf(error)}). `
      + 'Give that folder to the user who runs Hearth, or name another file with signing_key_path.',
    )
  }
  return parse(text, path)
}

export async function findOrMakeSigningKey(path: string, random: Random): Promise<SigningKey> {
  return await findSigningKey(path) ?? makeSigningKey(path, random)
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    // Half a key would be taken for a damaged one at the next start.
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new OperatorError(`The signing key ${path} cannot be read (${messageOf(error)}). Give it to the user who runs Hearth.`)
  }
}

function parse(text: string, path: string): SigningKey {
  const key = parseSigningKeys(text)?.[0]
  if (key !== undefined) return key
  throw new OperatorError(`${path} holds no signing key. Put the key back from a backup, or name another file with signing_key_path.`)
}
