// Synapse from PyPI in a temporary folder, on SQLite, with TLS on loopback.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFreePort } from '../../bench/contenders/contender.ts'
import { createApi, type Api } from '../support/api.ts'
import { certificateFiles, TEST_CA_FILE } from '../support/peers.ts'
import { eventually } from './eventually.ts'

const python = process.env['SYNAPSE_PYTHON'] ?? 'python3'
const readyTimeoutMs = 120_000

export function hasSynapse(): Promise<boolean> {
  return promisify(execFile)(python, ['-c', 'import synapse']).then(() => true, () => false)
}

/** No limits, no notaries, loopback allowed, and servers that were away are tried again within seconds. */
function configuration(folder: string, serverName: string, ports: { client: number, federation: number }): object {
  const { cert, key } = certificateFiles()
  const unlimited = { per_second: 10_000, burst_count: 10_000 }
  return {
    server_name: serverName,
    public_baseurl: `http://127.0.0.1:${ports.client}`,
    listeners: [
      { port: ports.client, type: 'http', bind_addresses: ['127.0.0.1'], resources: [{ names: ['client'] }] },
      { port: ports.federation, tls: true, type: 'http', bind_addresses: ['127.0.0.1'], resources: [{ names: ['federation', 'keys'] }] },
    ],
    tls_certificate_path: cert,
    tls_private_key_path: key,
    federation_custom_ca_list: [TEST_CA_FILE],
    federation_ip_range_blacklist: [],
    ip_range_blacklist: [],
    trusted_key_servers: [],
    database: { name: 'sqlite3', args: { database: join(folder, 'homeserver.db') } },
    log_config: join(folder, 'log.yaml'),
    media_store_path: join(folder, 'media'),
    signing_key_path: join(folder, 'signing.key'),
    pid_file: join(folder, 'homeserver.pid'),
    macaroon_secret_key: 'macaroons',
    form_secret: 'forms',
    report_stats: false,
    enable_registration: true,
    enable_registration_without_verification: true,
    bcrypt_rounds: 4,
    allow_public_rooms_over_federation: true,
    room_list_publication_rules: [{ action: 'allow' }],
    federation: {
      destination_min_retry_interval: '1s', destination_retry_multiplier: 1, destination_max_retry_interval: '2s',
      // Within one attempt it would wait for up to a minute, though the other server is back and talks to it.
      max_long_retry_delay: '1s',
    },
    // Otherwise the same question of a client is answered as before for two minutes.
    caches: { sync_response_cache_duration: '0s' },
    rc_message: unlimited,
    rc_registration: unlimited,
    rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
    rc_joins: { local: unlimited, remote: unlimited },
    rc_joins_per_room: unlimited,
    rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
    rc_federation: { window_size: 1000, sleep_limit: 10_000, sleep_delay: 1, reject_limit: 10_000, concurrent: 50 },
    rc_presence: { per_user: unlimited },
  }
}

const logging = (file: string): object => ({
  version: 1,
  disable_existing_loggers: false,
  formatters: { plain: { format: '%(asctime)s %(name)s %(levelname)s %(message)s' } },
  handlers: { file: { class: 'logging.FileHandler', filename: file, formatter: 'plain' } },
  root: { level: 'INFO', handlers: ['file'] },
})

export class SynapseProcess {
  readonly serverName: string
  readonly api: Api
  readonly #folder: string
  #child: ChildProcess | undefined

  static async create(folder: string): Promise<SynapseProcess> {
    return new SynapseProcess(folder, { client: await findFreePort(), federation: await findFreePort() })
  }

  constructor(folder: string, ports: { client: number, federation: number }) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    // Rules of rooms on servers do not look at ports: the other one has another host.
    this.serverName = `localhost:${ports.federation}`
    this.api = createApi(`http://127.0.0.1:${ports.client}`)
    // JSON is YAML as well.
    const write = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content, undefined, 2))
    write('homeserver.yaml', configuration(folder, this.serverName, ports))
    write('log.yaml', logging(join(folder, 'homeserver.log')))
  }

  async start(): Promise<void> {
    const output = openSync(join(this.#folder, 'output.log'), 'a')
    const config = join(this.#folder, 'homeserver.yaml')
    // Its signing key is made where there is none yet.
    const args = ['-m', 'synapse.app.homeserver', '--config-path', config]
    if (!existsSync(join(this.#folder, 'signing.key'))) await promisify(execFile)(python, [...args, '--generate-keys'])
    const child = spawn(python, args, { cwd: this.#folder, stdio: ['ignore', output, output] })
    closeSync(output)
    this.#child = child
    await eventually('Synapse answers', async () => {
      if (child.exitCode !== null) throw new Error(`Synapse did not start:\n${this.readLogEnd()}`)
      return this.api.get('/_matrix/client/versions').then(({ status }) => status === 200, () => false)
    }, readyTimeoutMs)
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name)
  }

  async end(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(how)
    const killer = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await ended
    clearTimeout(killer)
  }

  readLogEnd(): string {
    return ['output.log', 'homeserver.log'].map((name) => join(this.#folder, name))
      .filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8').slice(-3000)).join('\n')
  }
}
