import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { readConfig } from '../config/read-config.ts'
import { describeMistake } from '../config/mistakes.ts'
import { readOrMakeSigningKey } from '../config/signing-key-file.ts'
import { OperatorError } from '../util/operator-error.ts'
import { collectAnswers, type InitAnswers, type InitOptions } from './init-answers.ts'
import { DEFAULT_FILE } from './load-config.ts'
import { caddySnippet, nginxSnippet } from './proxy-snippets.ts'
import type { Shell } from './shell.ts'

const PORT = 8008

/** Asks what has to be known, and writes the configuration, the signing key, and what a reverse proxy needs. */
export async function init(shell: Shell, options: InitOptions & { readonly output?: string }): Promise<void> {
  const file = resolve(shell.workingFolder, options.output ?? DEFAULT_FILE)
  const folder = dirname(file)
  const answers = await collectAnswers(options, shell.note)
  await mkdir(folder, { recursive: true })
  await writeNew(file, yamlOf(answers))
  const outcome = readConfig({ file, workingFolder: folder, environment: {} })
  if (!outcome.ok) throw new OperatorError(outcome.mistakes.map(describeMistake).join('\n'))
  const { signingKeyPath } = outcome.config
  await readOrMakeSigningKey(signingKeyPath, shell.random)
  const proxy = { serverName: answers.serverName, publicHost: new URL(answers.publicBaseurl).hostname, port: PORT }
  await writeFile(join(folder, 'hearth.nginx.conf'), nginxSnippet(proxy))
  await writeFile(join(folder, 'hearth.Caddyfile'), caddySnippet(proxy))
  const shown = (path: string): string => relative(shell.workingFolder, path) || path
  shell.print([
    `  ${shown(file)} is the configuration`,
    `  ${shown(signingKeyPath)} is the signing key: keep a copy, for other servers know yours by it`,
    `  ${shown(join(folder, 'hearth.nginx.conf'))} and ${shown(join(folder, 'hearth.Caddyfile'))} are for a reverse proxy; take one`,
    '',
    `Next: npx hearth start${file === join(shell.workingFolder, DEFAULT_FILE) ? '' : ` --config ${shown(file)}`}`,
  ].join('\n'))
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    // It may hold the password of a database.
    await writeFile(file, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new OperatorError(`${file} is there already and is not overwritten. Move it away, or name another file with --output.`)
  }
}

function yamlOf({ serverName, publicBaseurl, registration, databaseUrl, dataDir }: InitAnswers): string {
  const quoted = (text: string): string => JSON.stringify(text)
  return `# Every other key has a good default: see config.example.yaml, or ask "npx hearth config explain KEY".
server_name: ${quoted(serverName)}
public_baseurl: ${quoted(publicBaseurl)}
data_dir: ${quoted(dataDir)}

listeners:
  - { bind: 127.0.0.1, port: ${PORT}, resources: [client, federation, health] }
${databaseUrl === undefined ? '' : `
database:
  url: ${quoted(databaseUrl)}
`}
registration:
  enabled: ${registration !== 'closed'}
  tokens_required: ${registration === 'token'}
`
}
