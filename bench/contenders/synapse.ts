// Synapse from PyPI in one process, as its documentation sets it up, with the rate limits out of the way.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedSecret, startServer, type Contender, type FederationPlan } from './contender.ts'
import { postgresUser, type Postgres } from './postgres.ts'

const database = 'synapse'

export async function makeSynapse(
  folder: string, postgres: Postgres, port: number, python: string, plan?: FederationPlan,
): Promise<Contender> {
  const version = readVersion(python)
  mkdirSync(folder, { recursive: true })
  await postgres.ensureDatabase(database)
  const configFile = join(folder, 'homeserver.yaml')
  // JSON is YAML as well.
  writeFileSync(configFile, JSON.stringify({ ...makeConfig(folder, postgres, port), ...federate(port, plan) }, undefined, 2))
  writeFileSync(join(folder, 'log.yaml'), JSON.stringify(logConfig(folder), undefined, 2))
  const run = ['-m', 'synapse.app.homeserver', '-c', configFile]
  execFileSync(python, [...run, '--generate-keys'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  return {
    name: 'Synapse',
    version,
    stateFile: join(folder, 'state.json'),
    databaseUrl: postgres.urlOf(database),
    start: () => startServer({
      url: `http://127.0.0.1:${port}`, command: python, args: run, cwd: folder, logFile: join(folder, 'output.log'),
      // Our launcher sets it for us.
      environment: { MALLOC_ARENA_MAX: undefined },
    }),
  }
}

function readVersion(python: string): string {
  try {
    const program = 'import synapse, psycopg2; print(synapse.__version__)'
    return execFileSync(python, ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim()
  } catch {
    throw new Error([
      `${python} has no Synapse. Make a virtual environment with it and name its python:`,
      '  python3 -m venv ~/synapse && ~/synapse/bin/pip install "matrix-synapse[postgres]"',
      '  npm run bench:compare -- --synapse-python ~/synapse/bin/python',
    ].join('\n'))
  }
}

function makeConfig(folder: string, postgres: Postgres, port: number) {
  return {
    server_name: 'localhost',
    report_stats: false,
    pid_file: join(folder, 'synapse.pid'),
    signing_key_path: join(folder, 'signing.key'),
    log_config: join(folder, 'log.yaml'),
    media_store_path: join(folder, 'media'),
    listeners: [{
      port, type: 'http', tls: false, bind_addresses: ['127.0.0.1'],
      resources: [{ names: ['client', 'federation'], compress: false }],
    }],
    database: {
      name: 'psycopg2',
      args: { user: postgresUser, host: '127.0.0.1', port: postgres.port, dbname: database, cp_min: 5, cp_max: 10 },
    },
    enable_registration: false,
    registration_shared_secret: sharedSecret,
    // Password hashing is made cheap on both servers: the cost of a hash is a setting, not a property of a server.
    bcrypt_rounds: 4,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    ...rateLimits(),
  }
}

function federate(port: number, plan: FederationPlan | undefined) {
  if (plan === undefined) return {}
  const { serverName, port: others, tls: { cert, key, ca } } = plan
  const bind_addresses = ['127.0.0.1']
  return {
    server_name: serverName,
    listeners: [
      { port, type: 'http', bind_addresses, resources: [{ names: ['client'] }] },
      { port: others, tls: true, type: 'http', bind_addresses, resources: [{ names: ['federation', 'keys'] }] },
    ],
    tls_certificate_path: cert,
    tls_private_key_path: key,
    federation_custom_ca_list: [ca],
    federation_ip_range_blacklist: [],
    ip_range_blacklist: [],
    // As many messages in one answer as the reader asks for.
    filter_timeline_limit: -1,
    // Whoever does not answer is away; else it takes minutes until that is noticed.
    federation: { max_long_retries: 1, max_long_retry_delay: '1s' },
    rc_federation: { window_size: 1000, sleep_limit: 1_000_000, sleep_delay: 1, reject_limit: 1_000_000, concurrent: 50 },
  }
}

function rateLimits() {
  const none = { per_second: 1_000_000, burst_count: 1_000_000 }
  return {
    rc_message: none, rc_registration: none, rc_registration_token_validity: none, rc_admin_redaction: none,
    rc_joins_per_room: none, rc_3pid_validation: none, rc_third_party_invite: none, rc_media_create: none,
    rc_login: { address: none, account: none, failed_attempts: none },
    rc_joins: { local: none, remote: none },
    rc_invites: { per_room: none, per_user: none, per_issuer: none },
    rc_room_creation: none,
    rc_presence: { per_user: none },
    rc_user_directory: none,
    rc_delayed_event_mgmt: none,
  }
}

function logConfig(folder: string) {
  return {
    version: 1,
    formatters: { precise: { format: '%(asctime)s %(name)s %(levelname)s %(message)s' } },
    handlers: { file: { class: 'logging.FileHandler', filename: join(folder, 'synapse.log'), formatter: 'precise' } },
    root: { level: 'WARNING', handlers: ['file'] },
    disable_existing_loggers: false,
  }
}
