import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { readConfig } from '../config/read-config.ts'
import { describeMistake } from '../config/mistakes.ts'
import { findOrMakeSigningKey } from '../config/signing-key-file.ts'
import { makeFolder } from '../util/make-folder.ts'
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
  const [nginxFile, caddyFile] = [join(folder, 'hearth.nginx.conf'), join(folder, 'hearth.Caddyfile')]
  const taken = [file, nginxFile, caddyFile].find((path) => existsSync(path))
  if (taken !== undefined) {
    throw new OperatorError(
      `${taken} is there already and is not overwritten. Move it away, or write into another folder with --output.`,
    )
  }
  const answers = await collectAnswers(options, shell.note)
  await makeFolder(folder)
  // It may hold the password of a database.
  await writeFile(file, yamlOf(answers), { flag: 'wx', mode: 0o600 })
  const outcome = readConfig({ file, workingFolder: folder, environment: {} })
  if (!outcome.ok) throw new OperatorError(outcome.mistakes.map(describeMistake).join('\n'))
  const { signingKeyPath } = outcome.config
  await findOrMakeSigningKey(signingKeyPath, shell.random)
  const proxy = { serverName: answers.serverName, publicHost: new URL(answers.publicBaseurl).hostname, port: PORT }
  await writeFile(nginxFile, nginxSnippet(proxy))
  await writeFile(caddyFile, caddySnippet(proxy))
  const shown = (path: string): string => relative(shell.workingFolder, path) || path
  shell.print([
    `  ${shown(file)} is the configuration`,
    `  ${shown(signingKeyPath)} is the signing key: keep a copy, for other servers know yours by it`,
    `  ${shown(nginxFile)} and ${shown(caddyFile)} are for a reverse proxy; take one`,
    ...(answers.registration === 'token' ? ['', 'Tokens to register with are made by: npx hearth registration-token create'] : []),
    '',
    `Next: npx hearth start${file === join(shell.workingFolder, DEFAULT_FILE) ? '' : ` --config ${shown(file)}`}`,
  ].join('\n'))
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
