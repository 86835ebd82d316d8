// A Hearth of its own in a temporary folder, with the embedded PostgreSQL, that can be killed and started again on its data.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFreePort } from '../../bench/contenders/contender.ts'
import { Homeserver } from '../../bench/homeserver.ts'
import { sleep } from '../../bench/parallel.ts'
import { readServerUsage } from '../../bench/processes.ts'
import type { SoakTarget } from './soak.ts'

const root = join(import.meta.dirname, '../..')
const readyTimeoutMs = 60_000

export interface HearthProcessOptions {
  /** Keys of the configuration in place of those of a test server. */
  readonly changes?: Record<string, object | string>
  /** What runs instead of src/main.ts, with arguments that it takes before its own. */
  readonly command?: readonly string[]
}

export class HearthProcess implements SoakTarget {
  readonly url: string
  readonly urls: readonly string[]
  readonly sharedSecret = 'soak-shared-secret'
  readonly logFile: string
  readonly #folder: string
  readonly #configFile: string
  readonly #command: readonly string[]
  #child: ChildProcess | undefined

  static async create(folder: string, changes: Record<string, object> = {}): Promise<HearthProcess> {
    return new HearthProcess(folder, await findFreePort(), { changes })
  }

  constructor(folder: string, port: number, { changes = {}, command = [join(root, 'src/main.ts')] }: HearthProcessOptions = {}) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#command = command
    this.url = `http://127.0.0.1:${port}`
    this.urls = [this.url]
    this.logFile = join(folder, 'hearth.log')
    this.#configFile = join(folder, 'hearth.yaml')
    // JSON is YAML as well.
    writeFileSync(this.#configFile, JSON.stringify({
      server_name: 'localhost',
      public_baseurl: this.url,
      data_dir: join(folder, 'data'),
      listeners: [{ bind: '127.0.0.1', port, resources: ['client', 'federation'] }],
      registration: { shared_secret: this.sharedSecret },
      password_hash: { fast_insecure: true },
      rate_limits: { enabled: false },
      log: { level: 'warn', format: 'json' },
      ...changes,
    }, undefined, 2))
  }

  launch(): void {
    const log = openSync(this.logFile, 'a')
    const args = [...this.#command, 'start', '--config', this.#configFile]
    this.#child = spawn(process.execPath, args, { cwd: this.#folder, stdio: ['ignore', log, log] })
    closeSync(log)
  }

  async start(): Promise<number> {
    const startedMs = performance.now()
    this.launch()
    const child = this.#child
    while (performance.now() - startedMs < readyTimeoutMs) {
      const client = new Homeserver(this.url).connect()
      const isUp = await client.call('GET', '/_matrix/client/versions').then(() => true, () => false)
      client.close()
      if (isUp) return performance.now() - startedMs
      if (child !== undefined && (child.exitCode !== null || child.signalCode !== null)) break
      await sleep(20)
    }
    throw new Error(`Hearth did not start; its log ends with:\n${this.readLogEnd()}`)
  }

  /** Starts it again when it has ended by itself. */
  async restart(): Promise<number> {
    await this.#end('SIGKILL')
    return this.start()
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#child?.kill(name)
  }

  /** As the kernel kills when memory runs out: nothing can be finished. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** Kills the embedded PostgreSQL's postmaster too, and leaves its lock file behind. */
  killPostgres(): void {
    const pid = this.#readPostmasterPid()
    if (pid !== undefined) signal(pid, 'SIGKILL')
  }

  /** Ends in good order, and makes sure that no PostgreSQL is left behind. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    const pid = this.#readPostmasterPid()
    if (pid !== undefined) signal(pid, 'SIGINT')
  }

  /** What CPU it has taken so far, with that of its PostgreSQL. */
  readCpuMs(): number {
    if (this.#child?.pid === undefined) return 0
    const { server, postgres } = readServerUsage(this.#child.pid, this.#readPostmasterPid())
    return server.cpuMs + postgres.cpuMs
  }

  readLogEnd(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8').slice(-3000) : ''
  }

  async #end(how: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(how)
    const killer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(killer)
  }

  #readPostmasterPid(): number | undefined {
    const file = join(this.#folder, 'data/postgres/cluster/postmaster.pid')
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined
  }
}

function signal(pid: number, name: 'SIGKILL' | 'SIGINT'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}
