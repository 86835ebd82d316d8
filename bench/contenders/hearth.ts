// Hearth from this checkout, in one process.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedSecret, startServer, type Contender, type FederationPlan } from './contender.ts'
import type { Postgres } from './postgres.ts'

const database = 'hearth'
const root = join(import.meta.dirname, '../..')

export async function makeHearth(folder: string, postgres: Postgres, port: number, plan?: FederationPlan): Promise<Contender> {
  mkdirSync(folder, { recursive: true })
  await postgres.ensureDatabase(database)
  const configFile = join(folder, 'hearth.yaml')
  writeFileSync(configFile, JSON.stringify({ ...makeConfig(folder, postgres, port), ...federate(port, plan) }, undefined, 2))
  return {
    name: 'Hearth',
    version: readCommit(),
    stateFile: join(folder, 'state.json'),
    databaseUrl: postgres.urlOf(database),
    // The bench runs under the Node that the launcher would choose, with its options: without it there is one process less.
    start: () => startServer({
      url: `http://127.0.0.1:${port}`,
      command: process.execPath,
      args: [...process.execArgv, join(root, 'src/main.ts'), 'start', '--config', configFile],
      cwd: folder,
      logFile: join(folder, 'output.log'),
      environment: { NODE_ENV: 'production' },
    }),
  }
}

function makeConfig(folder: string, postgres: Postgres, port: number) {
  return {
    server_name: 'localhost',
    public_baseurl: `http://127.0.0.1:${port}`,
    data_dir: join(folder, 'data'),
    listeners: [{ bind: '127.0.0.1', port, resources: ['client', 'federation'] }],
    database: { url: postgres.urlOf(database) },
    registration: { shared_secret: sharedSecret },
    password_hash: { fast_insecure: true },
    rate_limits: { enabled: false },
    log: { level: 'warn', format: 'json' },
  }
}

function federate(port: number, plan: FederationPlan | undefined) {
  if (plan === undefined) return {}
  const { serverName, port: others, tls: { cert, key, ca } } = plan
  return {
    server_name: serverName,
    listeners: [
      { bind: '127.0.0.1', port, resources: ['client'] },
      { bind: '127.0.0.1', port: others, resources: ['federation'], tls: { cert, key } },
    ],
    federation: { ca_file: ca, allow_private_addresses: true },
  }
}

function readCommit(): string {
  try {
    const commit = execFileSync('git', ['-C', root, 'rev-parse', '--short', 'HEAD']).toString().trim()
    const changes = execFileSync('git', ['-C', root, 'status', '--porcelain', '--', 'src']).toString().trim()
    return changes === '' ? commit : `${commit} with changes`
  } catch {
    return 'no commit'
  }
}
