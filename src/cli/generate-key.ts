import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { makeSigningKey } from '../config/signing-key-file.ts'
import { OperatorError } from '../util/operator-error.ts'
import { loadConfig } from './load-config.ts'
import type { Shell } from './shell.ts'

/** Makes a signing key where the configuration, or the caller, wants it; never over one that is there. */
export async function generateKey(shell: Shell, file: string | undefined, options: { readonly config?: string }): Promise<void> {
  const path = file === undefined ? loadConfig(shell, options.config).config.signingKeyPath : resolve(shell.workingFolder, file)
  if (existsSync(path)) {
    throw new OperatorError(`${path} is there already. Other servers know yours by its key, so it is not overwritten; name another file.`)
  }
  const { keyId, publicKey } = await makeSigningKey(path, shell.random)
  shell.print(`${path} holds the key ${keyId} now. Its public half: ${publicKey}`)
}
