import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { formatSigningKey, parseSigningKeys, type SigningKey } from '../matrix/signing.ts'
import { OperatorError } from '../util/operator-error.ts'
import { randomString, type Random } from '../util/random.ts'

const SEED_BYTES = 32
const NAME_LENGTH = 6

/** The key that this server signs with; made at the first start. The file has the form that Synapse uses as well. */
export async function readOrMakeSigningKey(path: string, random: Random): Promise<SigningKey> {
  const text = await readText(path) ?? await make(path, random)
  const key = parseSigningKeys(text)?.[0]
  if (key === undefined) throw new OperatorError(
    `${path} holds no signing key. Put the key back from a backup, or name another file with signing_key_path.`,
  )
  return key
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new OperatorError(`The signing key ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

/** Writes a new key. A file that is there already is never overwritten, since peers know the server by its key. */
async function make(path: string, random: Random): Promise<string> {
  const text = formatSigningKey(`a_${randomString(random, NAME_LENGTH)}`, random.bytes(SEED_BYTES))
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  return text
}
